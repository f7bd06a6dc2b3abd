"""The operator's commands, run as from a terminal on databases of their own."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, select, update

from extensions import db
from models import (
    Administrator,
    AuditEntry,
    CertificateDoubt,
    Doubt,
    ExamCategory,
    Institution,
    InstitutionKind,
    utc_now,
)
from services import demo, institutions, passwords, scale
from services.actor import actor_of
from services.audit import AuditTag
from services.own_account import sessions as own_sessions
from services.scope import Reason, unscoped
from tests.admin_views.sign_in_cases import sent
from tests.config.right import PRODUCTION
from tests.databases import Databases, close
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import make_certificate
from tests.factories.completeness import make_trainer
from tests.factories.institutions import make_bureau, make_institution
from tests.services.trail.trail_cases import store, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result
    from flask import Flask

ROOT = {
    "--name": "湖北省卫生和计划生育委员会",
    "--username": "hb1000001",
    "--phone": "13377270000",
}
PRINTED = re.compile(r"一次性密码（[^）]*）：(\S+)")


def run(app: Flask, command: str, **options: str) -> Result:
    arguments = [word for pair in options.items() for word in pair]
    return app.test_cli_runner().invoke(args=[command, *arguments])


def create_root(app: Flask, **changed: str) -> Result:
    return run(app, "create-root", **{**ROOT, **{f"--{key}": v for key, v in changed.items()}})


@pytest.fixture
def stored(fresh_app: Flask) -> Iterator[Flask]:
    """The command's application in its context, beyond the wall: what was really committed."""
    with fresh_app.app_context(), unscoped(Reason.MAINTENANCE):
        yield fresh_app
        db.session.remove()


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestCreateRoot:
    def test_it_makes_the_first_bureau_and_its_account(self, stored: Flask) -> None:
        result = create_root(stored)
        assert result.exit_code == 0, result.output
        root = db.session.scalars(select(Institution)).unique().one()
        assert (root.name, root.path, root.parent_id) == (ROOT["--name"], "0001", None)
        assert (root.kind, root.unit_number) == (InstitutionKind.BUREAU, 10000)
        assert root.category_code == "Z1"
        account = db.session.scalars(select(Administrator)).one()
        assert (account.username, account.phone) == ("hb1000001", "13377270000")
        assert account.institution_id == root.id
        assert count(ExamCategory) == 24

    def test_the_password_is_printed_once_and_must_be_changed(self, stored: Flask) -> None:
        output = create_root(stored).output
        (password,) = PRINTED.findall(output)
        assert output.count(password) == 1
        account = db.session.scalars(select(Administrator)).one()
        assert passwords.verify_password(account.password_hash, password)
        assert account.must_change_password
        assert account.initial_password_until is not None
        assert account.initial_password_until > utc_now()

    def test_it_leaves_its_trail_without_personal_data(self, stored: Flask) -> None:
        output = create_root(stored).output
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [entry.tag for entry in entries] == [
            AuditTag.INSTITUTION_CREATE,
            AuditTag.ADMINISTRATOR_CREATE,
        ]
        assert {entry.address for entry in entries} == {"服务器命令行"}
        text = " ".join(str(vars(entry)) for entry in entries)
        assert ROOT["--phone"] not in text
        assert PRINTED.findall(output)[0] not in text

    def test_there_is_only_one(self, stored: Flask) -> None:
        create_root(stored)
        result = create_root(stored, name="另一个", username="hb1000002")
        assert result.exit_code != 0
        assert "平台上已有机构" in result.output
        assert not PRINTED.search(result.output)
        assert (count(Institution), count(Administrator)) == (1, 1)

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"phone": "12345"}, "手机号"),
            ({"name": " "}, "请填写机构名称。"),
            ({"name": "长" * 101}, "机构名称不能超过100个字"),
            ({"username": ""}, "请填写用户名。"),
        ],
    )
    def test_what_cannot_be_right_is_refused_and_nothing_is_stored(
        self, stored: Flask, changed: dict[str, str], sentence: str
    ) -> None:
        result = create_root(stored, **changed)
        assert result.exit_code != 0
        assert sentence in result.output
        assert (count(Institution), count(Administrator), count(ExamCategory)) == (0, 0, 0)


class TestLoadReference:
    def test_it_loads_the_code_tables_and_may_be_run_again(self, stored: Flask) -> None:
        first = run(stored, "load-reference")
        assert first.exit_code == 0, first.output
        assert count(ExamCategory) == 24
        assert run(stored, "load-reference").output.strip() == "字典已更新 0 行。"


class TestDemo:
    # The whole province takes long; tests/services/demo has it seeded by this command.
    def test_it_keeps_what_is_seeded_and_seeds_no_second_time(
        self, stored: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def seed() -> demo.Counts | None:
            if db.session.scalar(select(Institution.id).limit(1)) is not None:
                return None
            make_bureau()
            return demo.Counts(1, 2, 3, 4)

        monkeypatch.setattr(demo, "seed_demo", seed)
        first = run(stored, "seed-demo")
        assert first.exit_code == 0, first.output
        assert "机构 1 个，账号 2 个，考核证明 3 份，花名册 4 份" in first.output
        assert count(Institution) == 1
        second = run(stored, "seed-demo")
        assert second.exit_code == 0
        assert "未写入演示数据" in second.output
        assert count(Institution) == 1
        refused = create_root(stored)
        assert refused.exit_code != 0

    def test_the_accounts_are_printed_for_a_demonstration(
        self, databases: Databases, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = databases.fresh_app("sqlite", {"APP_ENV": "demo"})
        with app.app_context():
            create_root(app)
        monkeypatch.setattr(demo, "account_table", lambda: [ACCOUNT, LONGER])
        result = run(app, "demo-accounts")
        close(app)
        assert result.exit_code == 0, result.output
        head, first, second, password = result.output.splitlines()
        assert head.split() == ["用户名", "机构", "信息上报", "认证类型"]
        assert first.split() == ["hb1000001", "省卫计委", "–", "用户名密码"]
        assert second.split()[1:3] == ["武汉市汉口医院", "武汉市卫计委"]
        assert password == "密码均为：Demo-2017-Hubei"

    @pytest.mark.parametrize("command", ["seed-demo", "seed-scale", "demo-accounts"])
    def test_a_real_platform_has_no_demo(self, databases: Databases, command: str) -> None:
        app = databases.fresh_app("sqlite", PRODUCTION)
        result = run(app, command)
        with app.app_context(), unscoped(Reason.MAINTENANCE):
            assert count(Institution) == 0
        close(app)
        assert result.exit_code != 0
        assert "only with APP_ENV=demo" in result.output

    def test_the_accounts_of_a_test_are_nobodys_business(self, stored: Flask) -> None:
        assert run(stored, "demo-accounts").exit_code != 0


class TestScale:
    # tests/services/scale has one filled by the service.
    def test_it_asks_for_the_size_and_says_what_was_written(
        self, stored: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []

        def fill(per_county: int, people: int, *, progress: Any) -> scale.Counts:
            asked.append((per_county, people))
            progress(people)
            return scale.Counts(5127, 5697, 3, people, 6257)

        monkeypatch.setattr(scale, "fill", fill)
        result = run(stored, "seed-scale", **{"--size": "S"})
        assert result.exit_code == 0, result.output
        assert asked == [(48, 35_000)]
        assert "机构 5,127 个，账号 5,697 个，考核证明 35,000 份，花名册 6,257 份" in result.output

    def test_it_fills_an_empty_database_only(self, stored: Flask) -> None:
        make_bureau()
        db.session.commit()
        result = run(stored, "seed-scale", **{"--size": "S"})
        assert result.exit_code != 0
        assert "平台上已有机构" in result.output
        assert count(Institution) == 1


ACCOUNT = demo.DemoAccount("hb1000001", "省卫计委", "–", "用户名密码")
LONGER = demo.DemoAccount("hb3017401", "武汉市汉口医院", "武汉市卫计委", "用户名密码")


class TestPurgeBin:
    def test_it_removes_what_is_too_old_and_says_so(self, stored):
        city = make_bureau()
        for age in (31, 29):
            row = make_institution(city)
            with acting(make_actor(city)) as actor:
                institutions.delete(actor, row)
            db.session.execute(
                update(Institution)
                .where(Institution.id == row.id)
                .values(deleted_at=utc_now() - dt.timedelta(days=age))
            )
        db.session.commit()
        for removed in (1, 0):
            result = run(stored, "purge-bin")
            assert result.exit_code == 0, result.output
            assert f"已彻底删除机构 {removed} 个，仍被引用而保留 0 个" in result.output
        assert count(Institution) == 2


class TestRecountDoubts:
    def test_it_finds_what_was_never_counted(self, stored):
        hospital = make_trainer(make_bureau())
        row = make_certificate(make_actor(hospital), education_code="61")
        with unscoped(Reason.MAINTENANCE):
            db.session.execute(delete(CertificateDoubt))
        db.session.commit()
        for _ in range(2):
            result = run(stored, "recount-doubts")
            assert result.exit_code == 0, result.output
            assert "已重新核算 1 份考核证明的风险提示" in result.output
        with unscoped(Reason.MAINTENANCE):
            kinds = db.session.scalars(
                select(CertificateDoubt.kind).where(CertificateDoubt.certificate_id == row.id)
            ).all()
        assert kinds.count(Doubt.EDUCATION) == 1


class TestVerifyAudit:
    def test_a_whole_trail(self, stored: Flask) -> None:
        create_root(stored)
        result = run(stored, "verify-audit")
        assert result.exit_code == 0, result.output
        assert result.output.strip() == "操作日志完整，共核对至第 2 条。"

    def test_it_names_what_is_wrong_and_fails(self, stored: Flask) -> None:
        create_root(stored)
        tamper(
            "UPDATE audit_entries SET actor_name = 'x' WHERE sequence = 1",
            "DELETE FROM audit_entries WHERE sequence = 2",
        )
        result = run(stored, "verify-audit")
        assert result.exit_code == 1
        first, second, last = result.output.splitlines()
        assert first.startswith("第 1 条（institution:create Institution 1）：内容")
        assert second.startswith("第 2 条：末尾缺失")
        assert "共发现 2 处问题" in last

    def test_of_very_many_the_first_are_shown(self, stored: Flask) -> None:
        store(*(f"{number}" for number in range(22)))
        tamper("UPDATE audit_entries SET actor_name = 'x'")
        lines = run(stored, "verify-audit").output.splitlines()
        assert len(lines) == 21
        assert "共发现 22 处问题" in lines[-1]


class TestPurgeAudit:
    def test_it_clears_what_is_too_old_and_says_so(self, stored: Flask) -> None:
        for days in (1096, 1094):
            store("甲", at=utc_now() - dt.timedelta(days=days))
        for removed in (1, 0):
            result = run(stored, "purge-audit")
            assert result.exit_code == 0, result.output
            assert f"已清理 1095 天以前的操作日志 {removed} 条" in result.output
        assert run(stored, "verify-audit").exit_code == 0

    def test_the_setting_says_how_old(self, databases: Databases) -> None:
        app = databases.fresh_app("sqlite", {"AUDIT_RETENTION_DAYS": "365"})
        with app.app_context():
            store("甲", at=utc_now() - dt.timedelta(days=366))
            db.session.remove()
        assert "已清理 365 天以前的操作日志 1 条" in run(app, "purge-audit").output
        close(app)


class TestRecoverAccount:
    def test_the_first_bureau_gets_in_again(self, stored: Flask) -> None:
        create_root(stored)
        result = run(stored, "recover-account", **{"--username": "HB1000001"})
        assert result.exit_code == 0, result.output
        (password,) = PRINTED.findall(result.output)
        db.session.expire_all()
        account = db.session.scalars(select(Administrator)).one()
        assert passwords.verify_password(account.password_hash, password)
        assert account.must_change_password
        assert not account.has_phone
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.tag == AuditTag.ADMINISTRATOR_RECOVER)
        ).one()
        assert entry.object_label == "hb1000001"
        assert password not in str(entry.changes)
        assert (entry.object_type, entry.object_id) == ("Administrator", account.id)
        (told,) = sent(stored)
        assert "已由平台运维人员重置密码" in told["text"]
        actor = actor_of(account, account.institution)
        assert entry in own_sessions.events(actor)

    def test_others_have_a_superior(self, stored: Flask) -> None:
        create_root(stored)
        result = run(stored, "recover-account", **{"--username": "hb3017401"})
        assert result.exit_code == 1
        assert "上级" in result.output
