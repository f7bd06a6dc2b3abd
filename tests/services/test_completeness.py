"""What a record needs: the table read for one record and for many must say the same."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from extensions import db
from models import Institution, InstitutionKind, Licence, label_of
from services import clock, scope
from services.institutions import completeness
from services.institutions.field_rules import required_for
from tests.factories.completeness import complete, make_trainer, show_scans
from tests.factories.institutions import DETAILS, make_bureau, make_institution
from tests.factories.licences import make_licence, make_scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

#: With a licence: 综合医院, 街道卫生院; without: 疾病预防控制中心, a bureau; no category at all.
CATEGORIES = ("A1", "C1", "J1", "Z3", None)
FIELDS = tuple(DETAILS)
TODAY = clock.today()
LICENCES = (
    "none",
    "not in use",
    "in use",
    "expired",
    "last day",
    "not begun",
    "first day",
    "without departments",
    "without scans",
    "scans replaced",
)


@pytest.fixture
def province(app: Flask) -> Iterator[Institution]:
    """A bureau whose part of the tree the session sees."""
    bureau = make_bureau()
    with scope.unscoped(scope.Reason.MAINTENANCE):
        yield bureau


def add_licence(institution: Institution, state: str) -> None:
    """Give an institution a licence in one of ``LICENCES``."""
    if state == "none":
        return
    values: dict[str, Any] = {"is_in_use": state != "not in use"}
    if state == "expired":
        values["valid_until"] = TODAY - dt.timedelta(days=1)
    if state in {"first day", "not begun"}:
        values["valid_from"] = TODAY + dt.timedelta(days=state == "not begun")
        values["valid_until"] = TODAY + dt.timedelta(days=1800)
    if state == "last day":
        values["valid_until"] = TODAY
    if state == "not begun":
        values["valid_from"] = TODAY + dt.timedelta(days=1)
    if state == "first day":
        values["valid_from"] = TODAY
    codes = () if state == "without departments" else ("02", "03")
    licence = make_licence(institution, department_codes=codes, **values)
    if state != "without scans":
        show_scans(licence, make_scan(licence), make_scan(licence))
    if state == "scans replaced":
        show_scans(licence)


def make_record(
    bureau: Institution,
    *,
    category: str | None = "A1",
    licence: str = "in use",
    empty: dict[str, str | None] | None = None,
) -> Institution:
    """Return a record that is complete but for what is asked for."""
    kind = InstitutionKind.BUREAU if category == "Z3" else InstitutionKind.HEALTHCARE
    values = {**DETAILS, **(empty or {})}
    institution = make_institution(bureau, kind=kind, category_code=category, **values)
    add_licence(institution, licence)
    db.session.flush()
    db.session.expire_all()
    return institution


def found_by(institution: Institution, *, is_complete: bool) -> bool:
    """Whether the condition in SQL finds an institution."""
    statement = select(func.count()).where(
        Institution.id == institution.id, completeness.condition(is_complete)
    )
    return db.session.scalar(statement) == 1


def keys_of(institution: Institution) -> set[str]:
    return {need.key for need in completeness.missing(institution)}


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    category=st.sampled_from(CATEGORIES),
    licence=st.sampled_from(LICENCES),
    # Foreign keys cannot be blank, texts can.
    empty=st.dictionaries(st.sampled_from(FIELDS), st.none())
    | st.dictionaries(st.sampled_from(("organisation_code", "address", "postcode")), st.just("")),
)
def test_both_readings_of_the_table_agree(
    province: Institution, category: str | None, licence: str, empty: dict[str, str | None]
) -> None:
    institution = make_record(province, category=category, licence=licence, empty=empty)
    complete = completeness.is_complete(institution)
    assert found_by(institution, is_complete=True) is complete
    assert found_by(institution, is_complete=False) is not complete
    assert (completeness.percent(institution) == 100) is complete


@pytest.mark.parametrize("category", ["A1", "C1"])
@pytest.mark.parametrize("licence", LICENCES)
def test_what_the_licence_of_a_medical_institution_lacks(
    province: Institution, category: str, licence: str
) -> None:
    missing = keys_of(make_record(province, category=category, licence=licence))
    assert (
        missing
        == {
            "none": {"licence"},
            "not in use": {"licence"},
            "in use": set(),
            "last day": set(),
            "first day": set(),
            "expired": {"licence_valid"},
            "not begun": {"licence_valid"},
            "without departments": {"licence_departments"},
            "without scans": {"licence_scans"},
            "scans replaced": {"licence_scans"},
        }[licence]
    )


@pytest.mark.parametrize("category", ["J1", "Z3"])
def test_categories_without_a_licence_need_none(province: Institution, category: str) -> None:
    institution = make_record(province, category=category, licence="none")
    assert completeness.is_complete(institution)
    assert not completeness.needs_licence(institution)


@pytest.mark.parametrize("field", FIELDS)
def test_each_starred_field_is_needed(province: Institution, field: str) -> None:
    institution = make_record(province, empty={field: None})
    (need,) = completeness.missing(institution)
    assert (need.key, need.tab) == (field, "basic")
    assert need.label in {
        f"{verb}{label_of(getattr(Institution, field))}" for verb in ("填写", "选择")
    }
    assert 0 < completeness.percent(institution) < 100


def test_a_record_without_a_category_is_for_its_superior_to_complete(
    province: Institution,
) -> None:
    (need,) = completeness.missing(make_record(province, category=None))
    assert (need.key, need.hint) == ("category_code", "由上级机构填写")


@pytest.mark.parametrize("category", ["A1", "J1"])
def test_each_step_raises_the_percentage(province: Institution, category: str) -> None:
    empty = {"postcode": None, "address": None}
    steps = [
        make_record(province, category=category, licence="none", empty=empty),
        make_record(province, category=category, licence="none", empty={"address": None}),
        make_record(province, category=category, licence="none"),
    ]
    if category == "A1":
        bare = make_record(province, licence="none")
        make_licence(bare, is_in_use=True, department_codes=())
        db.session.expire_all()
        steps += [bare, make_record(province, licence="without scans"), make_record(province)]
    percents = [completeness.percent(step) for step in steps]
    assert percents == sorted(set(percents))
    assert percents[-1] == 100


def test_taking_the_licence_out_of_use_makes_one_item(province: Institution) -> None:
    institution = make_record(province, licence="not in use")
    (need,) = completeness.missing(institution)
    assert "设为使用" in need.label
    assert "新增" in need.label
    # Nothing more is asked for once it is used.
    assert "诊疗范围" in need.hint
    assert "扫描件" in need.hint
    fields = len(FIELDS) + 1
    assert completeness.percent(institution) == 100 * fields // (fields + 1)


def test_an_expired_licence_says_since_when(province: Institution) -> None:
    (need,) = completeness.missing(make_record(province, licence="expired"))
    assert str(TODAY - dt.timedelta(days=1)) in need.hint
    assert need.tab == "licences"


def test_a_licence_that_has_not_begun_says_from_when(province: Institution) -> None:
    (need,) = completeness.missing(make_record(province, licence="not begun"))
    assert f"自 {TODAY + dt.timedelta(days=1)} 起才有效" in need.hint


def test_an_empty_record_is_at_nought(province: Institution) -> None:
    institution = make_record(province, category=None, licence="none", empty=dict.fromkeys(FIELDS))
    assert completeness.percent(institution) == 0


def test_a_licence_that_belongs_to_another_counts_for_nothing(province: Institution) -> None:
    without = make_record(province, licence="none")
    make_record(province)
    assert "licence" in keys_of(without)
    assert found_by(without, is_complete=False)
    assert db.session.scalar(select(func.count(Licence.id))) == 1


def test_what_is_needed_is_what_the_table_of_fields_demands(province: Institution) -> None:
    institution = make_record(province, category=None, licence="none", empty=dict.fromkeys(FIELDS))
    always_there = {"name", "parent_id"}
    assert keys_of(institution) == set(required_for(institution)) - always_there


@pytest.mark.parametrize("category_code", [code for code in CATEGORIES if code and code != "Z3"])
def test_the_places_of_the_tests_need_nothing(province: Institution, category_code: str) -> None:
    bare = make_institution(province, category_code=category_code)
    for one in (make_trainer(province, category_code=category_code), complete(bare)):
        db.session.flush()
        assert completeness.missing(one) == []
        db.session.expire_all()
        assert completeness.missing(one) == []
