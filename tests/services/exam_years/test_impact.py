"""What a change of a year would do, told before it is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import event

from extensions import db
from models import ExamLaw, RosterState
from services import rosters
from services.errors import FieldErrors, NotAllowedError, StaleVersionError
from services.exam_years import impact, use_cases
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate, period_input, practice_input
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.institutions import make_institution
from tests.factories.owned import make_plain_certificate
from tests.factories.places import make_places
from tests.factories.rosters import make_roster, make_roster_scan

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)
CLOSED = dt.date(2018, 1, 14)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def cycle(app):
    return make_exam_cycle(law=ExamLaw.PRACTICE_1998)


@pytest.fixture
def places(cycle):
    return make_places()


@pytest.fixture
def told(places, cycle):
    """What a change of some values would do."""

    def ask(**values):
        wanted = replace(use_cases.input_of(cycle), **values)
        with acting(places.province) as actor:
            effects = impact.of(actor, cycle, wanted, cycle.version)
        return {effect.label: effect.count for effect in effects}

    return ask


def enter(clerk, *spans, **values):
    periods = [period_input(started_on=start, ended_on=end) for start, end in spans]
    return make_certificate(clerk, periods=tuple(periods), **values)


def test_nothing_to_tell(places, told):
    make_certificate(places.clerk)
    assert told() == {}
    assert told(most_trainees=5, entry_closes_on=dt.date(2018, 3, 1)) == {}
    assert told(trial_cutoff_on=dt.date(2018, 9, 30)) == {}


def test_an_earlier_cutoff_takes_days(places, told):
    # A full year exactly, of which the last day counts no more.
    enter(places.clerk, (dt.date(2017, 9, 1), dt.date(2018, 8, 31)))
    # Two stretches that share days: their union is what counts.
    enter(
        places.clerk,
        (dt.date(2017, 8, 1), dt.date(2018, 3, 31)),
        (dt.date(2018, 1, 1), dt.date(2018, 8, 31)),
    )
    # Short before and after; and one who was done long before.
    enter(places.clerk, (dt.date(2018, 1, 1), dt.date(2018, 8, 31)))
    make_certificate(places.clerk)

    assert told(trial_cutoff_on=dt.date(2018, 8, 30)) == {
        "截至2018-08-30试用时间变为不满一年": 1,
        "试用结束晚于2018-08-30，超出部分不再计算": 3,
    }


def test_a_later_cutoff_gives_days(places, told):
    make_exam_cycle(trial_cutoff_on=dt.date(2018, 8, 30))
    with time_machine.travel(dt.datetime(2018, 9, 10, tzinfo=dt.UTC)):
        make_exam_cycle(entry_closes_on=dt.date(2018, 12, 1))
        enter(places.clerk, (dt.date(2017, 9, 1), dt.date(2018, 8, 31)))
        assert told(trial_cutoff_on=dt.date(2018, 8, 31)) == {"截至2018-08-31试用时间变为满一年": 1}


def test_entry_that_closes_at_once(places, told):
    closed = "有未报送人员、填报随即关闭的机构"
    assert told(entry_closes_on=CLOSED) == {}
    for _ in range(2):
        make_certificate(places.clerk)
    # Whoever has handed all in, or has days of its own, loses nothing.
    make_roster(places.other_clerk, state=RosterState.SUBMITTED)
    assert told(entry_closes_on=CLOSED) == {closed: 1}
    assert told(entry_closes_on=dt.date(2018, 1, 15)) == {}
    make_extension(places.hospital, places.hospital.reports_to)
    assert told(entry_closes_on=CLOSED) == {}


def test_rosters_that_come_too_late(places, told):
    late = "未报送、随即过期不能报送的花名册"
    make_roster(places.clerk, state=RosterState.PRINTED)
    make_roster(places.clerk)
    make_roster(places.clerk, state=RosterState.SUBMITTED)
    returned = make_roster(places.clerk, state=RosterState.RETURNED, bureau=places.city)
    with acting(places.clerk):
        rosters.remake(places.clerk, returned)
    assert told(roster_due_on=CLOSED)[late] == 2
    make_extension(places.hospital, places.hospital.reports_to)
    assert late not in told(roster_due_on=CLOSED)


def test_extensions_that_help_no_more(places, told):
    make_extension(places.hospital, places.hospital.reports_to, until=dt.date(2018, 4, 14))
    much_later = {"entry_closes_on": dt.date(2018, 4, 14), "roster_due_on": dt.date(2018, 4, 14)}
    assert told(**much_later) == {"不再起作用的填报延期": 1}
    assert told(entry_closes_on=dt.date(2018, 4, 14)) == {}


def test_another_law_asks_for_other_schooling(places, cycle, told):
    # 中专: named by the old law only, for assistants and for those who were.
    make_certificate(places.clerk, education_code="41", exam_category_code="210")
    data = practice_input(education_code="41")
    make_certificate(places.clerk, **{name: getattr(data, name) for name in vars(data)})
    # A college graduate straight to the physician's exam lacks a bachelor under both.
    make_certificate(places.clerk, education_code="31", exam_category_code="110")
    make_certificate(places.clerk, education_code="41", exam_category_code="341")
    new = ExamLaw.PHYSICIANS_2021
    assert told(law=new) == {f"按{new.label}学历不再符合报考条件": 2}
    cycle.law = new
    old = ExamLaw.PRACTICE_1998
    assert told(law=old) == {f"按{old.label}学历变为符合报考条件": 2}


def test_texts_are_printed_anew_but_on_rosters(places, told):
    make_roster(places.clerk)
    assert told(certificate_notes="新的。", practice_notes="新的。", roster_notes="新的。") == {
        "试用期考核证明的注已改动，今后按新内容打印的证明": 1,
        "花名册的注已改动，已生成、仍按原内容打印的花名册": 1,
    }


def test_other_years_are_not_touched(places, told):
    make_exam_cycle(2019)
    make_certificate(places.clerk, exam_year=2019)
    assert told(entry_closes_on=CLOSED, roster_due_on=CLOSED, roster_notes="") == {}


def test_it_raises_what_saving_would(places, cycle):
    wanted = use_cases.input_of(cycle)
    with acting(places.city) as actor, pytest.raises(NotAllowedError):
        impact.of(actor, cycle, wanted, cycle.version)
    with acting(places.province) as actor:
        with pytest.raises(StaleVersionError):
            impact.of(actor, cycle, wanted, cycle.version + 1)
        with pytest.raises(FieldErrors):
            impact.of(actor, cycle, replace(wanted, most_trainees=0), cycle.version)


def test_few_queries_however_many_people(places, told):
    for _ in range(3):
        make_plain_certificate(make_institution(places.hospital))
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        told(
            trial_cutoff_on=dt.date(2017, 12, 1),
            entry_closes_on=CLOSED,
            roster_due_on=CLOSED,
            law=ExamLaw.PHYSICIANS_2021,
            certificate_notes="",
            roster_notes="",
        )
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 8, statements


def test_another_number_of_trainees_makes_and_takes_doubts(places, told):
    mentor = {"mentor_practice_certificate_number": "110420102003117"}
    for actor in (places.clerk, places.clerk, places.other_clerk):
        make_certificate(actor, periods=(period_input(**mentor),))
    make_certificate(places.clerk)

    assert told(most_trainees=2) == {"带教老师同时带教超过2人，新增风险提示的证明": 3}
    assert told(most_trainees=5) == {}
    make_certificate(places.other_clerk, periods=(period_input(**mentor),))
    assert told(most_trainees=4) == {"带教老师同时带教不再超过4人，取消风险提示的证明": 4}


def test_rosters_that_lack_what_is_asked_for(places, told, cycle):
    make_roster(places.clerk, state=RosterState.PRINTED)
    make_roster_scan(make_roster(places.clerk, state=RosterState.PRINTED))
    make_roster(places.clerk, state=RosterState.SUBMITTED)
    assert told(needs_scan=True) == {"未报送、须先上传盖章扫描件的花名册": 1}
    cycle.needs_scan = True
    assert told(needs_scan=False) == {}
