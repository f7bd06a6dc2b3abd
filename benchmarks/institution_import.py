"""An import of 5,000 institutions against as many single creations, and its growth of memory.

`python -m benchmarks.institution_import` uploads a workbook into a province of 5,000 institutions,
on SQLite and on PostgreSQL where its server can be started, confirms it, and exits with 1 when
preview or writing takes longer, or the process grows more, than the platform allows itself.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

import flask_migrate
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from app import create_app
from benchmarks.figures import OURS, Figure, note
from benchmarks.measure import memory_growth, report, report_growth
from benchmarks.province import ROLES, on_each, stage
from config import load
from extensions import db
from models import Administrator, Institution
from models.engine import writing
from services import founding, institutions, reference, scope
from services.actor import actor_of
from services.identifiers import org_code_with_check_character, uscc_with_check_character
from services.institutions import InstitutionInput, importing
from services.scale import Size
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.actor import Actor

ROWS: Final = 5_000
SAMPLE: Final = 200
PREVIEW_LIMIT: Final = 10.0
WRITE_LIMIT: Final = 20.0
RATIO_LIMIT: Final = 0.5
MEMORY_LIMIT: Final = 300.0
READING: Final = "openpyxl, reading only"
_BUREAUX: Final = 20


def workbook(count: int, mark: str) -> bytes:
    """Return an import table of ``count`` new institutions, some of them bureaux of the others."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("机构")
    sheet.append([column.header for column in importing.COLUMNS])
    for number in range(count):
        organisation = org_code_with_check_character(f"4416{number:04d}")
        is_bureau = number < _BUREAUX
        sheet.append(
            [
                "",
                f"{mark}第{number:05d}{'卫生局' if is_bureau else '社区卫生服务中心'}",
                "Z3" if is_bureau else "B100 社区卫生服务中心",
                "" if is_bureau else f"{mark}第{number % min(_BUREAUX, count):05d}卫生局",
                "420102 江岸区",
                uscc_with_check_character(f"12420100{organisation}"),
                "",
                "社会人群",
                f"武汉市江岸区江汉北路{number}号",
                "430014",
                "一级",
                "甲等",
                "乡镇",
            ]
        )
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long a use case takes with its commit."""
    start = perf_counter()
    act()
    db.session.commit()
    return perf_counter() - start


def read_by_openpyxl(data: bytes) -> float:
    """Return how long openpyxl takes to read a workbook, and do nothing with it."""
    start = perf_counter()
    book = load_workbook(BytesIO(data), read_only=True)
    for sheet in book:
        for _row in sheet.iter_rows(values_only=True):
            pass
    return perf_counter() - start


def imported(actor: Actor, data: bytes) -> tuple[float, float]:
    """Upload and confirm a workbook; return the seconds of both."""
    kept: list[int] = []
    scope.bind(actor)
    with writing():
        preview = seconds_of(lambda: kept.append(importing.upload(actor, "x.xlsx", data).id))
        write = seconds_of(lambda: importing.apply(actor, kept[0], 1, keep_former_names=True))
        importing.release_files(actor)
    db.session.remove()
    return preview, write


def created(actor: Actor, count: int, mark: str) -> float:
    """Create institutions one by one, as from the form; return the seconds."""
    scope.bind(actor)
    data = partial(
        InstitutionInput,
        category_code="B100",
        parent_id=actor.institution_id,
        division_code="420102",
        organisation_code="12420100441626842Y",
        address="武汉市江岸区江汉北路18号",
        postcode="430014",
    )
    with writing():
        taken = seconds_of(
            lambda: [institutions.create(actor, data(name=f"单个{mark}{n}")) for n in range(count)]
        )
    db.session.remove()
    return taken


def actor_at(name: str | None) -> Actor:
    """Return the first account of an institution; of the root without a name."""
    wanted = Institution.name == name if name else Institution.parent_id.is_(None)
    with unscoped(Reason.MAINTENANCE):
        node = db.session.scalars(select(Institution).where(wanted)).unique().one()
        account = db.session.scalars(
            select(Administrator).where(Administrator.institution_id == node.id).limit(1)
        ).one()
        return actor_of(account, node)


def grow(count: int) -> None:
    """Import into an empty platform of its own, whose memory is measured."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        url = f"sqlite:///{Path(folder) / 'platform.sqlite3'}"
        app = create_app(load({"APP_ENV": "test", "DATA_DIR": folder, "DATABASE_URL": url}))
        with app.app_context():
            flask_migrate.upgrade()
            with unscoped(Reason.MAINTENANCE), writing():
                reference.load_reference_tables()
                founding.create_root(name="省局", username="root0001", phone="13800138000")
                db.session.commit()
            actor = actor_at(None)
            imported(actor, workbook(count, "甲"))
            db.engine.dispose()


def measure(name: str, url: str) -> int:
    """Print the table of one database; return 1 when a limit is broken."""
    with stage(name, url, Size.S) as made, made.app.app_context():
        actor = actor_at(ROLES["city"])
        imported(actor, workbook(50, "热"))
        # Half of the sample before and half after, so that a busy minute does not hit one alone.
        before = created(actor, SAMPLE // 2, "前")
        data = workbook(ROWS, "甲")
        preview, write = imported(actor, data)
        bare = read_by_openpyxl(data)
        note(
            Figure("import", "upload and preview", "s", {OURS: preview, READING: bare}, name),
            Figure("import", "writing", "s", {OURS: write, READING: bare}, name),
        )
        single = (before + created(actor, SAMPLE // 2, "后")) * ROWS / SAMPLE
        ratio = write / single
        return report(
            f"机构批量导入 on {name}, {ROWS} rows into a province of size S",
            [
                (
                    "preview",
                    f"{preview:.1f} s",
                    f"<= {PREVIEW_LIMIT:.0f} s",
                    preview <= PREVIEW_LIMIT,
                ),
                (READING, f"{bare:.1f} s", "", True),
                ("write", f"{write:.1f} s", f"<= {WRITE_LIMIT:.0f} s", write <= WRITE_LIMIT),
                (f"one by one (of {SAMPLE})", f"{single:.1f} s", "", True),
                ("ratio", f"{ratio:.2f}", f"<= {RATIO_LIMIT}", ratio <= RATIO_LIMIT),
            ],
        )


def main() -> int:
    """Measure on both databases, then the memory, and say whether the limits hold."""
    status = on_each(measure)
    growth = memory_growth(partial(grow, ROWS), partial(grow, 10))
    return status | report_growth(f"机构批量导入, memory for {ROWS} rows", growth, MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
