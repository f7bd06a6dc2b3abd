"""填报延期: who grants it, for how long, and what of it stays on record."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import AuditEntry, EntryExtension, Institution
from services import scope
from services.errors import DomainError, FieldErrors, NotAllowedError, StaleVersionError
from services.exam_years import extensions
from services.exam_years.extensions import ExtensionInput
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.institutions import make_institution
from tests.factories.places import make_places

NOW = dt.datetime(2018, 1, 25, 2, tzinfo=dt.UTC)
UNTIL = dt.date(2018, 2, 10)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def places(app):
    make_exam_cycle(
        entry_opens_on=dt.date(2017, 9, 1),
        entry_closes_on=dt.date(2018, 1, 20),
        roster_due_on=dt.date(2018, 1, 31),
    )
    return make_places()


def wanted(**values):
    return ExtensionInput(**{"until": UNTIL, "reason": " 人员较多 ", **values})


def grant(actor, institution, year=2018, **values):
    key = values.pop("form_key", None)
    with acting(actor):
        return extensions.grant(actor, institution, year, wanted(**values), form_key=key)


def node_of(actor):
    with unscoped(Reason.MAINTENANCE):
        return scope.find(Institution, actor.institution_id)


def last_entry():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_a_bureau_above_grants_it(places):
    for actor, institution in (
        (places.city, places.hospital),
        (places.province, places.other_hospital),
    ):
        made = grant(actor, institution)
        assert (made.until, made.reason, made.bureau_id) == (
            UNTIL,
            "人员较多",
            actor.institution_id,
        )
        assert made.owner_path == institution.path
        with acting(places.province):
            db.session.commit()
            entry = last_entry()
        assert (entry.tag, entry.institution_id) == ("entry_extension:grant", institution.id)
        assert {change["label"]: change["new"] for change in entry.changes} == {
            "考试年度": "2018",
            "延至": "2018-02-10",
            "延期原因": "人员较多",
            "批准单位": actor.institution_name,
        }


def test_nobody_else_does(places):
    for actor in (places.clerk, places.other_city):
        with pytest.raises(NotAllowedError):
            grant(actor, places.hospital)
    auditor = make_actor(node_of(places.city), role="auditor")
    with pytest.raises(NotAllowedError):
        grant(auditor, places.hospital)


def test_a_bureau_gets_none(places):
    with pytest.raises(DomainError, match="只批准给试用机构") as caught:
        grant(places.province, node_of(places.city))
    assert caught.value.field == "institution_name"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"until": None}, "until"),
        ({"until": dt.date(2018, 1, 24)}, "until"),
        ({"until": dt.date(2019, 1, 21)}, "until"),
        ({"year": 2031}, "exam_year"),
        ({"year": None}, "exam_year"),
        ({"reason": "  "}, "reason"),
        ({"reason": "因" * 501}, "reason"),
    ],
)
def test_what_is_refused(places, values, field):
    with pytest.raises(FieldErrors) as caught:
        grant(places.city, places.hospital, **values)
    assert set(caught.value.errors) == {field}


def test_it_ends_today_at_the_earliest_and_after_the_general_end(places):
    assert grant(places.city, places.hospital, until=dt.date(2018, 1, 25)).until
    make_exam_cycle(entry_closes_on=dt.date(2018, 1, 31))
    with pytest.raises(FieldErrors, match="更正") as caught:
        grant(places.other_city, places.other_hospital, until=dt.date(2018, 1, 31))
    assert "本来就到2018-01-31截止" in caught.value.errors["until"]
    assert grant(places.other_city, places.other_hospital, until=dt.date(2018, 2, 1)).until


def test_one_for_each_institution_and_year(places):
    grant(places.city, places.hospital)
    with pytest.raises(FieldErrors) as caught:
        grant(places.province, places.hospital)
    assert "已有延期" in caught.value.errors["exam_year"]


def test_the_same_form_twice_makes_one(places):
    first = grant(places.city, places.hospital, form_key="f" * 32)
    assert grant(places.city, places.hospital, form_key="f" * 32) is first
    with pytest.raises(DomainError, match="已经保存过"):
        grant(places.city, places.hospital, form_key="f" * 32, until=dt.date(2018, 2, 11))


def test_changing_makes_it_the_changers(places):
    made = grant(places.city, places.hospital)
    with acting(places.province):
        extensions.change(places.province, made, wanted(until=dt.date(2018, 2, 20)), made.version)
        db.session.commit()
        assert made.bureau_id == places.province.institution_id
        assert last_entry().changes[0] == {
            "label": "延至",
            "old": "2018-02-10",
            "new": "2018-02-20",
        }
        with pytest.raises(StaleVersionError):
            extensions.change(places.province, made, wanted(), 1)
    with acting(places.clerk), pytest.raises(NotAllowedError):
        extensions.change(places.clerk, made, wanted(), made.version)


def test_nothing_changed_leaves_no_entry(places):
    made = grant(places.city, places.hospital)
    with acting(places.province):
        db.session.commit()
        before = last_entry().id
        extensions.change(places.province, made, wanted(), made.version)
        db.session.commit()
        assert (last_entry().id, made.bureau_id) == (before, places.city.institution_id)


def test_withdrawing_leaves_an_entry_only(places):
    made = grant(places.city, places.hospital)
    with acting(places.clerk), pytest.raises(NotAllowedError):
        extensions.withdraw(places.clerk, made, "不再需要")
    with acting(places.city):
        with pytest.raises(DomainError, match="取消原因"):
            extensions.withdraw(places.city, made, " ")
        extensions.withdraw(places.city, made, "不再需要")
        db.session.commit()
        assert db.session.scalar(select(EntryExtension)) is None
        entry = last_entry()
    assert (entry.tag, entry.object_type) == ("entry_extension:withdraw", "EntryExtension")
    assert entry.object_label.endswith("2018年度")
    assert {"label": "取消原因", "old": "", "new": "不再需要"} in entry.changes


def test_which_are_in_force(places):
    bureau = places.hospital.reports_to
    last_day = make_extension(places.hospital, bureau, until=dt.date(2018, 1, 25))
    make_extension(places.other_hospital, bureau, until=dt.date(2018, 1, 24))
    with acting(places.province):
        statement = select(EntryExtension.id).where(extensions.in_force())
        assert list(db.session.scalars(statement)) == [last_day.id]
        # The general end has moved beyond both: it helps nobody any more.
        make_exam_cycle(entry_closes_on=dt.date(2018, 2, 1), roster_due_on=dt.date(2018, 2, 1))
        assert list(db.session.scalars(statement)) == []


def test_found_by_name_and_initials(places):
    with unscoped(Reason.MAINTENANCE):
        hospital = make_institution(node_of(places.city), name="汉口医院")
    make_extension(hospital, node_of(places.city))
    with acting(places.province):
        for keyword in ("汉口", "hkyy"):
            statement = select(EntryExtension).where(extensions.search_condition(keyword))
            assert len(db.session.scalars(statement).unique().all()) == 1
        nothing = select(EntryExtension).where(extensions.search_condition("夷陵"))
        assert db.session.scalar(nothing) is None
