"""What the tests of rows share: a small tree, a table of one row, and the check of a case.

A case is (workbook, row → (status, field → part of the sentence), parts of notes). Row 1 is the
header, the case's rows follow.
"""

from __future__ import annotations

import pytest

from models import utc_now
from models.institution import BIN
from services.institutions import importing
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.workbooks import (
    HEADERS,
    import_table,
    table,
)

CODE = "12420100441626842Y"
#: Codes of one hospital in the actor's part of the tree, and of one beside it.
INSIDE, OUTSIDE = "441626842", "433171649"
CLINIC = {"name": "前川街卫生室", "category_code": "D600 村卫生室"}
NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"


@pytest.fixture
def tree(app):
    """A city with two counties and their institutions, and another city with one."""

    class Tree:
        province = make_bureau(name="湖北省卫生局")
        city = make_bureau(province, name="武汉市卫生局", category_code="Z2")
        county = make_bureau(city, name="黄陂区卫生局")
        hospital = make_institution(
            county, name="黄陂区医院（东院）", category_code="A1", address="旧址", postcode="430300"
        )
        locked = make_institution(
            county, name="锁定的医院", address="旧址", locked_at=utc_now(), organisation_code=INSIDE
        )
        other_city = make_bureau(province, name="宜昌市卫生局")
        foreign = make_institution(other_city, name="夷陵医院", organisation_code=OUTSIDE)
        binned = make_bureau(
            county, name="撤销的卫生局", path=f"{BIN}{county.path}00ZZ", deleted_at=utc_now()
        )
        actor = make_actor(city)

    make_former_name(Tree.hospital, name="黄陂县医院")
    make_former_name(Tree.foreign, name="夷陵县医院")
    return Tree


def outcome_of(tree, data):
    with acting(tree.actor):
        return importing.preview_of(
            tree.actor, importing.upload(tree.actor, "机构.xlsx", data).id
        ).outcome


def one(**values):
    """Return a table with one row: a new clinic, with what the case is about."""
    return import_table([{**CLINIC, **values}])


def numbers(**values):
    """Return a table with one row whose cells are the values as they are, formats included."""
    return table([HEADERS], edit=lambda sheet: _fill(sheet, values))


def _fill(sheet, values):
    for key, value in {**CLINIC, **values}.items():
        sheet.cell(2, [c.key for c in importing.COLUMNS].index(key) + 1, value)


def check(tree, make, rows, notes):
    """Hold the outcome of a workbook against what is expected of its rows and notes."""
    hold(outcome_of(tree, make()), rows, notes)


def hold(outcome, rows, notes):
    """Hold an outcome against what is expected of its rows and notes."""
    assert {row.number: row.status.value for row in outcome.rows} == {
        number: status for number, (status, _errors) in rows.items()
    }, [row.errors for row in outcome.rows]
    for row in outcome.rows:
        expected = rows[row.number][1]
        assert expected.keys() <= row.errors.keys()
        for key, part in expected.items():
            assert part in row.errors[key]
    said = [*outcome.notes, *(note for row in outcome.rows for note in row.notes)]
    for note in notes:
        assert any(note in one for one in said), said
