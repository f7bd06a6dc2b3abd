"""Commands of the operator: ``flask --app app NAME``. Each commits its own work."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import with_appcontext

from admin_views.delivery import deliver_pending
from config import Environment
from extensions import db
from jobs import worker
from models.engine import writing
from services import certificates, demo, files, founding, institutions, reference, scale
from services.errors import DomainError, FieldErrors
from services.trail import checking, clearing

if TYPE_CHECKING:
    from flask import Flask

#: What the audit trail says about where a command was run from.
FROM_COMMAND_LINE = "服务器命令行"
#: Faults of the audit trail that are shown one by one.
MOST_FAULTS = 20


def register(app: Flask) -> None:
    """Add the platform's own commands to ``app``."""
    for command in (
        create_root,
        recover_account,
        seed_demo,
        seed_scale,
        demo_accounts,
        load_reference,
        purge_bin,
        recount_doubts,
        sweep_files,
        verify_audit,
        purge_audit,
        run_worker,
    ):
        app.cli.add_command(command)


@click.command("create-root")
@click.option("--name", required=True, help="Full name of the first bureau (考区).")
@click.option("--username", required=True, help="User name of its administrator.")
@click.option("--phone", required=True, help="Mobile phone of its administrator.")
@with_appcontext
def create_root(name: str, username: str, phone: str) -> None:
    """Create the first bureau with its administrator; print a one-time password once."""
    with writing():
        try:
            password = founding.create_root(
                name=name, username=username, phone=phone, address=FROM_COMMAND_LINE
            )
        except DomainError as error:
            raise click.ClickException(_sentence(error)) from None
        db.session.commit()
    click.echo(f"用户名：{username}")
    click.echo(f"一次性密码（只显示这一次，首次登录须修改）：{password}")


@click.command("recover-account")
@click.option("--username", required=True, help="User name of an account of the first bureau.")
@with_appcontext
def recover_account(username: str) -> None:
    """Give an account of the first bureau a one-time password; its factors are forgotten."""
    with writing():
        try:
            password = founding.recover_account(username, address=FROM_COMMAND_LINE)
        except DomainError as error:
            raise click.ClickException(_sentence(error)) from None
        db.session.commit()
    deliver_pending()
    click.echo(f"一次性密码（只显示这一次，首次登录须重新绑定并修改）：{password}")


@click.command("load-reference")
@with_appcontext
def load_reference() -> None:
    """Bring the code tables in line with config/reference."""
    with writing():
        changed = reference.load_reference_tables()
        db.session.commit()
    click.echo(f"字典已更新 {changed} 行。")


@click.command("seed-demo")
@with_appcontext
def seed_demo() -> None:
    """Fill an empty database with the demo province; do nothing when there are institutions."""
    _require_environment(Environment.DEMO, Environment.TEST)
    with writing():
        counts = demo.seed_demo()
        db.session.commit()
    if counts is None:
        click.echo("已有机构，未写入演示数据。")
        return
    click.echo(
        f"演示数据已写入：机构 {counts.institutions} 个，账号 {counts.administrators} 个，"
        f"考核证明 {counts.certificates} 份，花名册 {counts.rosters} 份。"
    )


@click.command("seed-scale")
@click.option("--size", type=click.Choice([*scale.Size]), default=scale.Size.M.value)
@with_appcontext
def seed_scale(size: str) -> None:
    """Fill an empty database with a synthetic province, for measurements.

    S has 5,000 institutions and 35,000 certificates, M 36,000 and 350,000, L a million and ten
    million. All accounts have the password of the demo.
    """
    _require_environment(Environment.DEMO, Environment.TEST)
    chosen = scale.Size(size)
    people = scale.PEOPLE[chosen]
    with writing(), click.progressbar(length=people, label="考核证明") as bar:
        try:
            counts = scale.fill(scale.PER_COUNTY[chosen], people, progress=bar.update)
        except DomainError as error:
            raise click.ClickException(_sentence(error)) from None
        db.session.commit()
    click.echo(
        f"已写入：机构 {counts.institutions:,} 个，账号 {counts.administrators:,} 个，"
        f"考核证明 {counts.certificates:,} 份，花名册 {counts.rosters:,} 份。"
    )
    click.echo(f"密码均为：{scale.PASSWORD}")


@click.command("demo-accounts")
@with_appcontext
def demo_accounts() -> None:
    """Print the accounts of the demo province."""
    _require_environment(Environment.DEMO)
    rows = [("用户名", "机构", "信息上报", "认证类型")]
    rows += [(a.username, a.institution, a.reports_to, a.method) for a in demo.account_table()]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        click.echo("  ".join(cells).rstrip())
    click.echo(f"密码均为：{demo.PASSWORD}")


@click.command("purge-bin")
@with_appcontext
def purge_bin() -> None:
    """Remove for good what has lain in the recycle bin for more than 30 days; run it daily."""
    with writing():
        purged = institutions.purge()
        db.session.commit()
    click.echo(f"已彻底删除机构 {purged.removed} 个，仍被引用而保留 {purged.kept} 个。")


@click.command("recount-doubts")
@with_appcontext
def recount_doubts() -> None:
    """Bring the doubts about all certificates (风险提示) up to date; run it daily."""
    count = 0
    with writing():
        for some in certificates.doubts.recount():
            db.session.commit()
            count += some
    click.echo(f"已重新核算 {count} 份考核证明的风险提示。")


@click.command("sweep-files")
@with_appcontext
def sweep_files() -> None:
    """Remove uploaded files that belong to no record; report records whose file is missing."""
    swept = files.sweep()
    click.echo(f"已清理 {swept.removed} 个无主文件。")
    if swept.missing:
        raise click.ClickException("以下记录的文件缺失：" + "，".join(swept.missing))


@click.command("verify-audit")
@with_appcontext
def verify_audit() -> None:
    """Check the chain of the audit trail; name what was tampered with, and fail if anything was."""
    faults, end = 0, 0
    for found in checking.check():
        if isinstance(found, checking.Finding):
            faults += 1
            if faults <= MOST_FAULTS:
                click.echo(_fault(found))
        else:
            end = found.sequence
    db.session.rollback()
    if faults:
        raise click.ClickException(f"操作日志不完整：共发现 {faults} 处问题。")
    click.echo(f"操作日志完整，共核对至第 {end} 条。")


@click.command("purge-audit")
@with_appcontext
def purge_audit() -> None:
    """Delete entries of the audit trail beyond AUDIT_RETENTION_DAYS; run it daily."""
    days = current_app.config["AUDIT_RETENTION_DAYS"]
    removed = 0
    while True:
        with writing():
            cleared = clearing.clear(days)
            db.session.commit()
        if not cleared.removed:
            break
        removed += cleared.removed
    click.echo(f"已清理 {days} 天以前的操作日志 {removed} 条。")


@click.command("run-worker")
@click.option("--while-parent-lives", is_flag=True, help="End with the process that started it.")
@with_appcontext
def run_worker(*, while_parent_lives: bool) -> None:
    """Do background jobs until told to end (SIGTERM; SIGINT lets the present one be finished)."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    worker.work(app, only_while_parent_lives=while_parent_lives)


def _fault(found: checking.Finding) -> str:
    which = (
        f"第 {found.first} 条"
        if found.first == found.last
        else (f"第 {found.first} 至 {found.last} 条")
    )
    entry = f"（{found.entry}）" if found.entry else ""
    return f"{which}{entry}：{found.fault.label}"


def _require_environment(*allowed: Environment) -> None:
    if current_app.config["APP_ENV"] not in allowed:
        names = ", ".join(environment.value for environment in allowed)
        raise click.ClickException(f"only with APP_ENV={names}")


def _sentence(error: DomainError) -> str:
    return "；".join(error.errors.values()) if isinstance(error, FieldErrors) else error.message


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
