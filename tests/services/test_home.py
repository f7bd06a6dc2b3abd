"""The home page counts what lies in the actor's part of the tree, in few queries."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager

import pytest
import time_machine
from sqlalchemy import event

from extensions import db
from models import AccountRole, CertificateState, RosterState, utc_now
from services import clock, home
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.exam_cycles import make_extension
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.licences import make_licence
from tests.factories.owned import make_cycle, make_plain_certificate, make_plain_roster

IN_TIME = dt.datetime(2018, 1, 10, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(IN_TIME, tick=False):
        yield


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province, name="甲市卫生局")


@pytest.fixture
def hospital(city):
    return make_institution(city)


@contextmanager
def counted_queries():
    """The statements that the database gets inside of the block."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def tiles(actor):
    with acting(actor):
        return {tile.label: tile for tile in home.summary(actor).tiles}


def counts(actor):
    return {label: tile.count for label, tile in tiles(actor).items()}


def test_what_a_bureau_sees(city, province, hospital):
    make_cycle()
    make_institution(city, locked_at=utc_now())
    make_administrator(hospital)
    make_administrator(hospital, deleted_at=utc_now())
    make_plain_certificate(hospital)
    make_plain_certificate(hospital, state=CertificateState.FILED)
    make_plain_certificate(hospital, deleted_at=utc_now())
    make_plain_roster(hospital, city, state=RosterState.SUBMITTED)
    make_plain_roster(hospital, city, state=RosterState.FILED)
    # What the neighbours have does not count.
    neighbour = make_institution(make_bureau(province))
    make_plain_certificate(neighbour)
    make_administrator(neighbour)
    actor = make_actor(city)
    assert counts(actor) == {
        "下级机构": 2,
        "已锁定机构": 1,
        "未锁定机构": 1,
        "管理员": 2,
        "已完成的考核证明": 3,
        "已上报的考核证明": 0,
        "已备案的考核证明": 1,
        "待办理的花名册": 1,
    }
    assert tiles(actor)["待办理的花名册"].is_urgent


def test_a_roster_that_waits_for_another_bureau_does_not_wait_for_this_one(
    province, city, hospital
):
    make_plain_roster(hospital, city, state=RosterState.SUBMITTED)
    assert counts(make_actor(province))["待办理的花名册"] == 0
    assert tiles(make_actor(city))["待办理的花名册"].arguments == {"desk": "mine"}


def test_what_an_institution_sees(city, hospital):
    make_plain_roster(hospital, city, state=RosterState.RETURNED)
    actor = make_actor(hospital)
    found = tiles(actor)
    assert "待办理的花名册" not in found
    assert found["被退回的花名册"].count == 1
    assert found["被退回的花名册"].is_urgent
    assert found["被退回的花名册"].arguments == {"desk": "mine", "state": "returned"}
    with acting(actor):
        assert home.summary(actor).bureau_name == "甲市卫生局"


def test_an_institution_with_none_below_is_not_told_of_lower_ones(city, hospital):
    assert "下级机构" not in tiles(make_actor(hospital))
    assert counts(make_actor(make_bureau(city)))["下级机构"] == 0
    make_institution(hospital)
    assert counts(make_actor(hospital))["下级机构"] == 1


def test_an_auditor_is_told_no_figures(city):
    make_cycle()
    assert tiles(make_actor(city, role=AccountRole.AUDITOR)) == {}


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        # 20 January is the last day, in China.
        (IN_TIME, 10),
        (dt.datetime(2018, 1, 20, 15, 59, tzinfo=dt.UTC), 0),
        (dt.datetime(2018, 1, 20, 16, 0, tzinfo=dt.UTC), None),
        (dt.datetime(2017, 8, 31, 15, 59, tzinfo=dt.UTC), None),
        (dt.datetime(2017, 8, 31, 16, 0, tzinfo=dt.UTC), 141),
    ],
)
def test_days_left(city, moment, days):
    make_cycle()
    actor = make_actor(city)
    with time_machine.travel(moment, tick=False), acting(actor):
        summary = home.summary(actor)
    (window,) = summary.windows or (None,)
    is_open = window is not None and window.is_open_on(summary.today)
    assert ((window.closes_on - summary.today).days if is_open else None) == days


def test_between_the_deadlines_there_is_still_something_to_hand_in(hospital):
    # Entry closes on 20 January, rosters are due on the 31st.
    make_cycle()
    make_plain_certificate(hospital)
    actor = make_actor(hospital)
    with time_machine.travel(dt.datetime(2018, 1, 31, 12, tzinfo=dt.UTC), tick=False):
        with acting(actor):
            (window,) = home.summary(actor).windows
        assert not window.is_open_on(clock.today())
        assert window.is_due_after(clock.today())
        assert counts(actor)["已完成的考核证明"] == 1


def test_when_all_is_over_the_last_and_the_coming_year_are_told(hospital):
    make_cycle(2017)
    make_cycle(2018)
    make_cycle(2020)
    make_cycle(2019, entry_opens_on=dt.date(2018, 9, 1))
    actor = make_actor(hospital)
    with time_machine.travel(dt.datetime(2018, 3, 1, tzinfo=dt.UTC), tick=False), acting(actor):
        summary = home.summary(actor)
    assert summary.windows == ()
    assert (summary.last.year, summary.coming.year) == (2018, 2019)


def test_an_extension_is_the_institutions_own_and_counted_above(province, city, hospital):
    make_cycle()
    make_extension(hospital, city, until=dt.date(2018, 3, 1))
    make_extension(make_institution(make_bureau(province)), city, until=dt.date(2018, 3, 1))
    actor = make_actor(hospital)
    with acting(actor):
        (window,) = home.summary(actor).windows
    assert window.closes_on == window.due_on == window.extended_until == dt.date(2018, 3, 1)
    assert counts(make_actor(city))["填报延期的机构"] == 1
    assert counts(make_actor(province))["填报延期的机构"] == 2
    assert "填报延期的机构" not in counts(actor)
    with time_machine.travel(dt.datetime(2018, 3, 2, tzinfo=dt.UTC), tick=False):
        assert "填报延期的机构" not in counts(make_actor(city))


def test_licences_that_end_soon_are_announced(city, hospital):
    # Today is 10 January 2018.
    for number, (day, values) in enumerate(
        [
            ((2018, 1, 9), {"is_in_use": True}),
            ((2018, 1, 10), {"is_in_use": True}),
            ((2018, 2, 9), {"is_in_use": True, "scans_digest": "f" * 64}),
            ((2018, 2, 10), {"is_in_use": True}),
            ((2018, 4, 10), {"is_in_use": True}),
            ((2018, 4, 11), {"is_in_use": True}),
            ((2018, 1, 9), {"is_in_use": False}),
        ]
    ):
        owner = hospital if number == 0 else make_institution(city)
        make_licence(owner, valid_until=dt.date(*day), **values)
    begins = dt.date(2018, 1, 11)
    make_licence(make_institution(city), is_in_use=True, valid_from=begins)
    found = tiles(make_actor(city))
    assert {label: tile.count for label, tile in found.items() if "许可证" in label} == {
        "许可证已过期": 1,
        "许可证30天内到期": 2,
        "许可证31至90天内到期": 2,
        "许可证未生效": 1,
        "许可证待核对": 1,
    }
    tile = found["许可证31至90天内到期"]
    assert tile.is_urgent
    assert (tile.endpoint, tile.arguments) == (
        "licences.index_view",
        {"in_use": "yes", "validity": "31-90"},
    )
    own = tiles(make_actor(hospital))
    assert [label for label in own if "许可证" in label] == ["许可证已过期"]


def test_the_first_bureau_has_none_above_it(province):
    actor = make_actor(province)
    with acting(actor):
        assert home.summary(actor).bureau_name == ""


@pytest.mark.parametrize("place", ["city", "hospital"])
def test_few_queries_however_much_there_is(request, session, city, hospital, place):
    make_cycle()
    for _ in range(5):
        make_plain_certificate(make_institution(hospital))
    actor = make_actor(request.getfixturevalue(place))
    session.expunge_all()
    with acting(actor), counted_queries() as statements:
        home.summary(actor)
    assert len(statements) <= 8, statements


def test_the_database_answers(session):
    home.database_answers()
