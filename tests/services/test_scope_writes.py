"""The wall: what may be written."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select, update

from models import (
    FormerName,
    Institution,
    Licence,
    Roster,
    TrialCertificate,
    TrialPeriod,
)
from services import scope
from services.scope import Reason, ScopeError, unscoped
from tests.factories.actors import acting
from tests.services.scope_cases import actor, world

__all__ = ["actor", "world"]


class TestBulkWrites:
    @pytest.mark.parametrize("synchronize", [False, "fetch", "evaluate"])
    def test_an_update_touches_what_lies_inside(self, session, world, actor, synchronize):
        changed = session.execute(
            update(Licence).values(address="新址"),
            execution_options={"synchronize_session": synchronize},
        ).rowcount
        assert changed == 1
        with unscoped(Reason.MAINTENANCE):
            addresses = dict(session.execute(select(Licence.institution_id, Licence.address)).all())
        assert addresses[world.hospital.id] == "新址"
        assert addresses[world.other_hospital.id] != "新址"

    def test_a_delete_touches_what_lies_inside(self, session, world, actor):
        assert session.execute(delete(FormerName)).rowcount == 1
        with unscoped(Reason.MAINTENANCE):
            left = session.scalars(select(FormerName.institution_id)).all()
        assert left == [world.other_hospital.id]

    def test_a_foreign_key_posted_by_hand_is_of_no_use(self, session, world, actor):
        changed = session.execute(
            update(Institution).where(Institution.id == world.other_hospital.id).values(name="盗名")
        ).rowcount
        assert changed == 0


class TestWrites:
    @pytest.mark.parametrize("place", ["province", "other_city", "other_hospital"])
    def test_a_new_row_for_an_institution_outside(self, session, world, actor, place):
        with unscoped(Reason.MAINTENANCE):
            outside = scope.find(Institution, getattr(world, place).id)
        session.add(FormerName(institution=outside, name="旧名"))
        with pytest.raises(ScopeError):
            session.flush()

    def test_a_new_row_by_its_bare_keys(self, session, world, actor):
        session.add(
            FormerName(
                institution_id=world.other_hospital.id,
                owner_path=world.other_hospital.path,
                name="旧名",
            )
        )
        with pytest.raises(ScopeError):
            session.flush()

    def test_a_new_row_that_lies_about_its_place(self, session, world, actor):
        """The foreign key ties the path to the institution, so a borrowed path is refused."""
        session.add(
            FormerName(
                institution_id=world.other_hospital.id, owner_path=world.city.path, name="旧名"
            )
        )
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            session.flush()

    def test_a_new_row_of_nobody(self, session, world, actor):
        session.add(FormerName(name="旧名"))
        with pytest.raises(ScopeError):
            session.flush()

    def test_giving_a_row_away(self, session, world, actor):
        row = session.scalars(select(FormerName)).one()
        with unscoped(Reason.MAINTENANCE):
            row.institution = scope.find(Institution, world.other_hospital.id)
        with pytest.raises(ScopeError):
            session.flush()

    @pytest.mark.parametrize("act", ["change", "delete", "take"])
    def test_a_row_from_outside_that_the_session_holds(self, session, world, act):
        with unscoped(Reason.MAINTENANCE):
            row = session.scalars(
                select(FormerName).where(FormerName.institution_id == world.other_hospital.id)
            ).one()
            mine = scope.find(Institution, world.hospital.id)
        with acting(world.actor):
            if act == "change":
                row.name = "盗名"
            elif act == "take":
                row.institution = mine
            else:
                session.delete(row)
            with pytest.raises(ScopeError):
                session.flush()
            session.expunge_all()

    def test_the_own_node_cannot_be_lifted_out_of_its_place(self, session, world, actor):
        own = scope.find(Institution, world.city.id)
        own.path = "9999"
        with pytest.raises(ScopeError):
            session.flush()

    def test_without_an_actor_nothing_is_written(self, session, world):
        with unscoped(Reason.MAINTENANCE):
            mine = scope.find(Institution, world.hospital.id)
        session.add(FormerName(institution=mine, name="旧名"))
        with pytest.raises(ScopeError):
            session.flush()

    def test_inside_it_works_and_the_owner_is_filled_in(self, session, world, actor):
        row = FormerName(institution=scope.find(Institution, world.hospital.id), name="旧名")
        session.add(row)
        session.flush()
        assert (row.institution_id, row.owner_path) == (world.hospital.id, world.hospital.path)

    def test_parts_take_the_owner_of_the_whole(self, session, world, actor):
        certificate = session.scalars(select(TrialCertificate)).unique().first()
        certificate.periods.append(
            TrialPeriod(
                position=2,
                place_name="某医院",
                department="外科",
                started_on=dt.date(2018, 1, 2),
                ended_on=dt.date(2018, 3, 1),
                mentor_name="孙某",
                mentor_practice_certificate_number="110420000000001",
                content="病房",
                # What a form might smuggle in is overwritten.
                institution_id=world.other_hospital.id,
                owner_path=world.other_hospital.path,
            )
        )
        session.flush()
        added = certificate.periods[-1]
        assert added.owner_path == world.hospital.path
        assert added.institution_id == world.hospital.id

    @pytest.mark.parametrize(
        ("model", "column", "value"),
        [
            (Roster, "code", "HMC-OTHER"),
            (Roster, "headcount", 99),
            (Roster, "head", {"institution": "别处"}),
        ],
    )
    def test_a_snapshot_never_changes(self, session, world, actor, model, column, value):
        row = session.scalars(select(model)).unique().first()
        setattr(row, column, value)
        with pytest.raises(ScopeError, match="never changes"):
            session.flush()

    def test_not_even_beyond_the_wall(self, session, world):
        with unscoped(Reason.MAINTENANCE):
            roster = session.scalars(select(Roster)).unique().first()
            roster.code = "HMC-OTHER"
            with pytest.raises(ScopeError, match="never changes"):
                session.flush()
            session.expunge_all()
