"""What the wall refuses outright: ways of writing and reading that no screen has a reason for."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, func, insert, join, select, update

from extensions import db
from models import (
    AuditEntry,
    Counter,
    FormerName,
    Institution,
    Licence,
    Roster,
    RosterEntry,
    TrialCertificate,
    TrialPeriod,
)
from services import scope
from services.scope import Reason, ScopeError, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.owned import make_everything
from tests.factories.trail import make_entry

PERIOD = {
    "position": 9,
    "place_name": "某医院",
    "department": "内科",
    "started_on": dt.date(2017, 1, 1),
    "ended_on": dt.date(2018, 1, 1),
    "mentor_name": "孙某",
    "mentor_practice_certificate_number": "1" * 15,
    "content": "门诊",
}


class World:
    """Two cities with a hospital each, and an actor of the first."""

    def __init__(self) -> None:
        province = make_bureau(name="省卫生厅")
        self.city = make_bureau(province, name="甲市卫生局")
        self.other_city = make_bureau(province, name="乙市卫生局")
        self.hospital = make_institution(self.city, name="甲市医院")
        self.other_hospital = make_institution(self.other_city, name="乙市医院")
        make_everything(self.hospital, self.city)
        make_everything(self.other_hospital, self.other_city)

    def foreign(self, model):
        """Return the key of a row of ``model`` in the other city."""
        with unscoped(Reason.MAINTENANCE):
            statement = select(model.id).where(model.institution_id == self.other_hospital.id)
            return db.session.scalars(statement).first()


@pytest.fixture
def world(session):
    made = World()
    session.expunge_all()
    return made


@pytest.fixture(autouse=True)
def actor(world):
    with acting(make_actor(world.city)) as acts:
        yield acts


@contextmanager
def refused(part):
    """Expect the wall's refusal, and that what was pending is dropped."""
    with db.session.no_autoflush, pytest.raises(ScopeError, match=part):
        yield
    db.session.expunge_all()


class TestStatements:
    def test_update_by_keys(self, world, session):
        for key in (world.foreign(FormerName), 1):
            with refused("by keys"):
                session.execute(update(FormerName), [{"id": key, "name": "盗"}])

    def test_insert_past_the_session(self, world, session):
        row = {
            "institution_id": world.other_hospital.id,
            "owner_path": world.other_hospital.path,
            "name": "盗",
        }
        with refused("through the session"):
            session.execute(insert(FormerName), [row])
        with refused("through the session"):
            session.execute(insert(FormerName).values(**row))

    def test_insert_of_what_was_read_from_a_bare_table(self, session):
        table = Institution.__table__
        with refused("mapped class"):
            session.execute(
                insert(Counter).from_select(["name", "value"], select(table.c.name, table.c.id))
            )

    @pytest.mark.parametrize(
        "values", [{"institution_id": 1}, {"owner_path": "0001"}, {"institution_id": func.abs(-1)}]
    )
    def test_giving_rows_away(self, session, values):
        with refused("move only"):
            session.execute(update(FormerName).values(values))
        with refused("move only"):
            session.execute(update(FormerName).where(FormerName.name != "x"), {"institution_id": 1})

    @pytest.mark.parametrize("name", ["path", "parent_id"])
    def test_lifting_a_node_out(self, session, name):
        with refused("move only"):
            session.execute(update(Institution).values({name: None}))

    def test_rewriting_a_snapshot(self, session):
        with refused("never change"):
            session.execute(update(Roster).values(headcount=77))
        for statement in (delete(Roster), delete(RosterEntry)):
            with refused("never deleted"):
                session.execute(statement)

    def test_rewriting_the_trail(self, session):
        for statement in (update(AuditEntry).values(actor_name="他人"), delete(AuditEntry)):
            with refused("only ever added to"):
                session.execute(statement)

    def test_bare_tables(self, session):
        licences, nodes = Licence.__table__, Institution.__table__
        statements = [
            select(licences),
            select(licences.c.address),
            select(func.count()).select_from(licences),
            select(func.count()).select_from(
                join(licences, nodes, licences.c.institution_id == nodes.c.id)
            ),
            select(select(nodes.c.name).subquery().c.name),
        ]
        for statement in statements:
            with refused("mapped class"):
                session.execute(statement)

    def test_the_trees_own_code_still_reaches_its_own_nodes_only(self, world, session):
        with scope.replanting():
            moved = session.execute(
                update(Institution)
                .where(Institution.id == world.other_hospital.id)
                .values(path=world.city.path + "0ZZZ"),
                execution_options={"synchronize_session": False},
            )
        assert moved.rowcount == 0


class TestRows:
    def test_a_child_tied_by_a_key_alone(self, world, session):
        session.add(
            TrialPeriod(
                certificate_id=world.foreign(TrialCertificate),
                institution_id=world.hospital.id,
                owner_path=world.hospital.path,
                **PERIOD,
            )
        )
        with refused("not to a key"):
            session.flush()

    def test_a_child_handed_to_another_parent_by_its_key(self, world, session):
        period = session.scalars(select(TrialPeriod)).first()
        period.certificate_id = world.foreign(TrialCertificate)
        with refused("not to a key"):
            session.flush()

    def test_a_node_below_a_foreign_one(self, world, session):
        hospital = scope.find(Institution, world.hospital.id)
        hospital.parent_id = world.other_city.id
        with refused("stands below"):
            session.flush()

    def test_a_place_that_is_not_below_the_parent(self, world, session):
        hospital = scope.find(Institution, world.hospital.id)
        hospital.path = world.city.path + "0ZZY0001"
        with refused("stands below"):
            session.flush()

    def test_a_snapshot_is_not_deleted(self, session):
        session.delete(session.scalars(select(RosterEntry)).first())
        with refused("never deleted"):
            session.flush()

    @pytest.mark.parametrize("act", ["change", "delete"])
    def test_the_trail_is_not_rewritten(self, world, session, act):
        entry = make_entry(owner_path=world.city.path)
        if act == "change":
            entry.actor_name = "他人"
        else:
            session.delete(entry)
        with refused(r"trail|never deleted"):
            session.flush()

    def test_the_trail_is_written_by_its_own_code_only(self, world, session):
        session.add(AuditEntry(tag="x", owner_path=world.city.path))
        with refused("sealed"):
            session.flush()

    def test_what_is_pending_is_not_waved_through_by_looking_beyond(self, world, session):
        session.add(
            FormerName(
                institution_id=world.other_hospital.id,
                owner_path=world.other_hospital.path,
                name="盗",
            )
        )
        with pytest.raises(ScopeError), unscoped(Reason.UNIQUENESS):
            session.scalar(select(Institution.id).limit(1))


def test_a_relationship_is_loaded_under_the_scope_of_its_own_time(world, session):
    licence = session.scalars(select(Licence)).first()
    session.expire(licence, ["institution"])
    scope.unbind()
    with unscoped(Reason.MAINTENANCE):
        assert licence.institution.name == "甲市医院"
