"""Moving nodes: no cycle, right paths, and every row goes where its institution goes."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import inspect, select

from extensions import db
from models import AuditEntry, Base, Institution, InstitutionKind, Owned, RosterState
from models.engine import writing
from models.institution import LONGEST_PATH, SEGMENT_LENGTH
from services import institutions, scope
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.owned import make_everything, make_plain_roster
from tests.services.institution_cases import wait_until_the_other_waits

OWNED = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Owned)]


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province)


@pytest.fixture
def county(city):
    return make_bureau(city)


@pytest.fixture
def hospital(city):
    return make_institution(city)


@pytest.fixture
def actor(city):
    with acting(make_actor(city)) as acts:
        yield acts


def test_all_that_an_institution_owns_goes_along(session, city, county, hospital):
    below = make_institution(hospital)
    rows = make_everything(hospital, city) + make_everything(below, city)
    assert {type(row) for row in rows} == set(OWNED), "make_everything lacks a kind of row"
    with acting(make_actor(city)) as actor:
        institutions.move(actor, hospital, county)
        assert hospital.path == county.path + "0001"
        assert hospital.parent_id == county.id
        assert below.path == hospital.path + "0001"
        assert below.parent_id == hospital.id
        for row in rows:
            place = hospital if row.institution_id == hospital.id else below
            assert row.owner_path == place.path, type(row).__name__
    with acting(make_actor(county)):
        assert scope.find(Institution, below.id) is below
        for row in rows:
            key = inspect(row).identity
            assert db.session.get(type(row), key, populate_existing=True) is row


def test_who_moved_it_from_where_to_where(session, city, county, hospital, actor):
    institutions.move(actor, hospital, county)
    (entry,) = session.scalars(select(AuditEntry))
    assert entry.tag == "institution:move"
    assert entry.owner_path == hospital.path
    assert entry.changes == [{"label": "信息上报", "old": city.name, "new": county.name}]


def test_a_form_opened_before_the_move_is_stale_after_it(county, hospital, actor):
    before = hospital.version
    institutions.move(actor, hospital, county)
    assert hospital.version == before + 1


def test_the_numbers_of_a_place_are_never_used_again(city, county, hospital, actor):
    first = hospital.path
    institutions.move(actor, hospital, county)
    institutions.move(actor, hospital, city)
    assert hospital.path > first
    assert len(hospital.path) == len(first)


def test_moving_to_where_it_is_changes_nothing(session, city, hospital, actor):
    path = hospital.path
    institutions.move(actor, hospital, city)
    assert hospital.path == path
    assert session.scalars(select(AuditEntry)).all() == []


class TestRefusals:
    def test_below_itself_or_what_is_below_it(self, county, actor):
        below = make_bureau(county)
        for parent in (county, below):
            with pytest.raises(DomainError, match="自身或其下级"):
                institutions.move(actor, county, parent)

    def test_the_own_node(self, city, county, actor):
        with pytest.raises(NotAllowedError):
            institutions.move(actor, city, county)

    @pytest.mark.parametrize("where", ["above", "beside"])
    def test_a_foreign_parent(self, province, city, hospital, where):
        parent = province if where == "above" else make_bureau(province)
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            institutions.move(actor, hospital, parent)

    def test_a_foreign_node(self, province, city):
        foreign = make_institution(make_bureau(province))
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            institutions.move(actor, foreign, city)

    def test_a_bureau_below_a_hospital(self, county, hospital, actor):
        with pytest.raises(DomainError) as caught:
            institutions.move(actor, county, hospital)
        assert caught.value.field == "parent_id"

    def test_deeper_than_a_path_is_long(self, city, county, hospital):
        deepest = city
        while len(deepest.path) < LONGEST_PATH - SEGMENT_LENGTH:
            deepest = make_institution(deepest, kind=InstitutionKind.BUREAU, category_code="Z3")
        make_institution(hospital)
        with acting(make_actor(city)) as actor:
            with pytest.raises(DomainError, match="层级过多"):
                institutions.move(actor, hospital, deepest)
            institutions.move(actor, make_institution(city), deepest)

    def test_a_locked_one(self, county, hospital, actor):
        institutions.lock(actor, [hospital])
        with pytest.raises(NotAllowedError, match="锁定"):
            institutions.move(actor, hospital, county)

    def test_one_with_a_roster_that_waits_for_the_bureau(self, city, county, hospital):
        below = make_institution(hospital)
        make_plain_roster(below, city, state=RosterState.SUBMITTED)
        with acting(make_actor(city)) as actor, pytest.raises(DomainError, match="花名册"):
            institutions.move(actor, hospital, county)


def test_two_moves_at_once_do_not_make_a_cycle(committed_app):
    """Each would put one hospital below the other; one of them comes second and is refused."""
    with committed_app.app_context(), writing():
        province = make_bureau()
        first, second = make_institution(province), make_institution(province)
        actor = make_actor(province)
        keys = first.id, second.id
        db.session.commit()
    barrier, outcomes = threading.Barrier(2), []

    def move(key, parent_key):
        try:
            with committed_app.app_context(), writing():
                scope.bind(actor)
                barrier.wait(timeout=20)
                node = scope.find(Institution, key)
                parent = scope.find(Institution, parent_key)
                institutions.move(actor, node, parent)
                db.session.commit()
                outcomes.append("moved")
        except DomainError:
            outcomes.append("refused")
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
            outcomes.append(repr(error))

    threads = [threading.Thread(target=move, args=pair) for pair in (keys, tuple(reversed(keys)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "refused"]
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        rows = {row.id: row for row in db.session.scalars(select(Institution))}
        for row in rows.values():
            above = rows.get(row.parent_id)
            assert row.path[:-4] == (above.path if above is not None else "")


def test_a_node_added_while_its_place_moves_goes_along(committed_app):
    """The move waits for whoever is adding a node somewhere below, and then takes it along."""
    with committed_app.app_context(), writing():
        province = make_bureau()
        city, other = make_institution(province), make_bureau(province)
        county = make_institution(city)
        actor = make_actor(province)
        city_key, other_key, county_key = city.id, other.id, county.id
        db.session.commit()
    added, wrong = threading.Event(), []

    def add():
        try:
            with committed_app.app_context(), writing():
                scope.bind(actor)
                institutions.create(
                    actor,
                    institutions.InstitutionInput(
                        name="新医院", category_code="A1", parent_id=county_key
                    ),
                )
                added.set()
                wait_until_the_other_waits()
                db.session.commit()
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
            wrong.append(error)
            added.set()

    thread = threading.Thread(target=add)
    thread.start()
    assert added.wait(timeout=20)
    with committed_app.app_context(), writing():
        scope.bind(actor)
        institutions.move(
            actor, scope.find(Institution, city_key), scope.find(Institution, other_key)
        )
        db.session.commit()
    thread.join()
    assert not wrong
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        rows = {row.id: row for row in db.session.scalars(select(Institution))}
    (made,) = [row for row in rows.values() if row.name == "新医院"]
    assert rows[city_key].path == rows[other_key].path + "0001"
    assert rows[county_key].path == rows[city_key].path + "0001"
    assert made.path == rows[county_key].path + "0001"
