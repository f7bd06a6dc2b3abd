"""What the migrations make of rows that are there already."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

import flask_migrate
import pytest
import sqlalchemy as sa

from extensions import db
from models import CodePrint, FormerName, SubmissionCode
from models.exam_cycle import CERTIFICATE_NOTES, ROSTER_NOTES
from models.search_text import name_key_of
from services import certificates
from services.institutions.names import bearers
from services.scope import Reason, unscoped
from tests.factories.actors import make_actor
from tests.factories.certificates import make_certificate
from tests.factories.completeness import make_trainer
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

BEFORE = "b7e4a90c31d5"
_COLUMNS = (
    *("id", "path", "parent_id", "kind", "unit_number", "name", "search_text", "version"),
    *("children_numbered", "locked_at", "deleted_at", "created_at", "updated_at"),
)
INSTITUTIONS = sa.table("institutions", *map(sa.column, (*_COLUMNS, "name_key")))
FORMER_NAMES = sa.table(
    "former_names",
    *map(sa.column, ("institution_id", "owner_path", "name", "name_key", "search_text")),
    *map(sa.column, ("created_at", "updated_at")),
)
MOMENT = dt.datetime(2017, 5, 1, tzinfo=dt.UTC)


@pytest.fixture
def before(fresh_app: Flask) -> Iterator[Flask]:
    """An application in its context, on the schema as it was before the revision."""
    with fresh_app.app_context():
        flask_migrate.downgrade(revision=BEFORE)
        yield fresh_app


def insert(*rows: dict[str, Any]) -> None:
    """Write institutions; of each only what matters is given."""
    with db.engine.begin() as connection:
        for number, row in enumerate(rows, start=1):
            values = {
                "id": number,
                "kind": "healthcare",
                "unit_number": number,
                "name": f"机构{number}",
                "search_text": "",
                "version": 1,
                "children_numbered": 0,
                **_moments(),
                **row,
            }
            connection.execute(INSTITUTIONS.insert().values(values))


def _moments() -> dict[str, Any]:
    moment = MOMENT if db.engine.dialect.name == "postgresql" else MOMENT.replace(tzinfo=None)
    return {"created_at": moment, "updated_at": moment}


def column_of(name: str, table: Any = INSTITUTIONS) -> list[Any]:
    with db.engine.connect() as connection:
        statement = sa.select(sa.column(name)).select_from(table).order_by(sa.column("id"))
        return list(connection.scalars(statement))


def test_of_living_institutions_with_the_same_name_the_first_has_the_key(
    before: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    deleted = {"deleted_at": _moments()["created_at"]}
    root = {"path": "0001", "kind": "bureau", "parent_id": None}
    insert(
        root,
        {"path": "-BIN00010001", "parent_id": 1, "name": "测试（一）诊所", **deleted},
        {"path": "00010002", "parent_id": 1, "name": "测试（一）诊所"},
        {"path": "00010003", "parent_id": 1, "name": "测试(一) 诊所"},
    )
    with db.engine.begin() as connection:
        values = {"institution_id": 1, "owner_path": "0001", "name": "旧【一】", "search_text": ""}
        connection.execute(FORMER_NAMES.insert().values(**values, **_moments()))

    with caplog.at_level(logging.WARNING, "alembic.runtime.migration"):
        flask_migrate.upgrade()

    assert column_of("name_key") == ["机构1", "测试(一)诊所", "测试(一)诊所", None]
    assert column_of("name_key", FORMER_NAMES) == ["旧(一)"]
    assert "1 institutions have the name of another one" in caplog.text


def test_what_is_locked_was_locked_by_the_nearest_bureau_above(before: Flask) -> None:
    locked = {"locked_at": _moments()["created_at"]}
    insert(
        {"path": "0001", "kind": "bureau", "parent_id": None},
        {"path": "00010001", "kind": "bureau", "parent_id": 1, **locked},
        {"path": "000100010001", "parent_id": 2, **locked},
        {"path": "0001000100010001", "parent_id": 3, **locked},
        {"path": "00010002", "parent_id": 1},
    )

    flask_migrate.upgrade()

    office = sa.table("institutions", sa.column("id"), sa.column("locked_by_id"))
    assert column_of("locked_by_id", office) == [None, 1, 2, 2, None]


def test_searched_texts_lose_their_blanks(before: Flask) -> None:
    insert({"path": "0001", "kind": "bureau", "parent_id": None, "search_text": "甲 医院\nj yy\n1"})
    flask_migrate.upgrade()
    assert column_of("search_text") == ["甲医院\njyy\n1"]


def test_exam_years_get_the_law_of_their_time_and_what_was_printed(before: Flask) -> None:
    named = ("year", "entry_opens_on", "entry_closes_on", "roster_due_on", "trial_cutoff_on")
    day = sa.Date()
    cycles = sa.table(
        "exam_cycles",
        *(sa.column(name, None if name == "year" else day) for name in named),
        *map(sa.column, ("law", "most_trainees", "practice_notes", "roster_notes", "version")),
    )
    days = [dt.date(2020, 9, 1), dt.date(2021, 1, 20), dt.date(2020, 8, 1), dt.date(2021, 8, 31)]
    with db.engine.begin() as connection:
        for year in (2021, 2022):
            values = dict(zip(named, (year, *days), strict=True))
            connection.execute(cycles.insert().values(values))

    flask_migrate.upgrade()

    with db.engine.connect() as connection:
        old, new = connection.execute(sa.select(cycles).order_by(cycles.c.year)).all()
    assert (old.law, new.law) == ("practice_1998", "physicians_2021")
    assert (old.most_trainees, old.version) == (3, 1)
    assert old.roster_due_on == old.entry_closes_on, "a deadline before the opening was a slip"
    assert old.practice_notes == CERTIFICATE_NOTES
    assert old.roster_notes == ROSTER_NOTES


def test_of_former_names_that_stand_twice_none_is_lost(
    fresh_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh_app.app_context():
        flask_migrate.downgrade(revision="a7c3e91f4b20")
        insert({"path": "0001", "kind": "bureau", "parent_id": None, "name_key": "机构1"})
        insert_former_names("旧（一）", "旧（一）", "旧(一)", "旧二")

        with caplog.at_level(logging.WARNING, "alembic.runtime.migration"):
            flask_migrate.upgrade()
        assert column_of("name", FORMER_NAMES) == ["旧（一）", "旧(一)", "旧二"]
        assert column_of("name_key", FORMER_NAMES) == ["旧(一)", None, "旧二"]
        assert column_of("version", FORMER_NAMES) == [1, 1, 1]
        assert "1 former names stand twice" in caplog.text
        # What has no key is taken all the same, and gets none while nobody renames it.
        with unscoped(Reason.MAINTENANCE):
            keyless = db.session.scalars(sa.select(FormerName).where(FormerName.id == 3)).one()
            keyless.used_until = MOMENT.date()
            db.session.flush()
            assert keyless.name_key is None
            db.session.delete(
                db.session.scalars(sa.select(FormerName).where(FormerName.id == 1)).one()
            )
            assert bearers({"旧(一)"}) == {"旧(一)": {1}}
            db.session.rollback()
            db.session.remove()
        flask_migrate.downgrade(revision="a7c3e91f4b20")
        assert column_of("name_key", FORMER_NAMES) == ["旧(一)", "旧(一)", "旧二"]


def insert_former_names(*names: str) -> None:
    with db.engine.begin() as connection:
        for name in names:
            values = {"institution_id": 1, "owner_path": "0001", "search_text": ""}
            key = name_key_of(name)
            connection.execute(
                FORMER_NAMES.insert().values(**values, **_moments(), name=name, name_key=key)
            )


def test_earlier_prints_are_taken_over_from_the_trail(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with unscoped(Reason.MAINTENANCE):
            clerk = make_actor(make_trainer(make_bureau()))
            make_exam_cycle()
            made = make_certificate(clerk)
            certificates.mark_printed(clerk, [made])
            db.session.commit()
            printed = printed_codes()
            db.session.remove()
        assert len(printed) == 1
        flask_migrate.downgrade(revision="f40c2b7d91e6")
        flask_migrate.upgrade()
        with unscoped(Reason.MAINTENANCE):
            assert printed_codes() == printed


def printed_codes() -> list[tuple[object, ...]]:
    rows = db.session.execute(
        sa.select(SubmissionCode.code, CodePrint.actor_name, CodePrint.office).join(
            CodePrint, CodePrint.code_id == SubmissionCode.id
        )
    )
    return [tuple(row) for row in rows]


def test_people_are_found_by_their_names_from_before(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with unscoped(Reason.MAINTENANCE):
            clerk = make_actor(make_trainer(make_bureau()))
            make_exam_cycle()
            for name in ("周晓燕", "曾强", "尉迟敬德", "买买提·艾力"):
                make_certificate(clerk, name=name)
            db.session.commit()
            texts = searched_texts()
            db.session.remove()
        assert texts[1] == "曾强\ncq\ncengqiang\nzq\nzengqiang"
        flask_migrate.downgrade(revision="c5d2e8a19f47")
        flask_migrate.upgrade()
        assert searched_texts() == texts


def searched_texts() -> list[str]:
    table = sa.table("trial_certificates", sa.column("id"), sa.column("search_text"))
    with db.engine.begin() as connection:
        return list(connection.scalars(sa.select(table.c.search_text).order_by(table.c.id)))
