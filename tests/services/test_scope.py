"""The wall: what may be read, and by whom the session is bound."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, exists, func, inspect, select, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from models import (
    Administrator,
    AuditEntry,
    Base,
    FormerName,
    Gender,
    Institution,
    InstitutionName,
    Licence,
    Owned,
    Roster,
    TrialCertificate,
)
from services import audit, scope
from services.errors import NotFoundError
from services.scope import Reason, ScopeError, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.licences import make_licence
from tests.factories.owned import make_plain_certificate, make_plain_roster
from tests.services.scope_cases import SCOPED, actor, keys, world

__all__ = ["actor", "world"]


def test_every_owned_model_and_the_tree_and_the_trail_are_scoped():
    owned = {m.class_ for m in Base.registry.mappers if issubclass(m.class_, Owned)}
    assert set(SCOPED) == owned | {Institution, AuditEntry}


class TestReading:
    def test_a_node_sees_itself_and_what_lies_below(self, session, world, actor):
        seen = set(session.scalars(select(Institution.id)))
        assert seen == {world.city.id, world.hospital.id}

    @pytest.mark.parametrize("model", [m for m in SCOPED if m not in {Institution, AuditEntry}])
    def test_rows_of_every_model(self, session, world, actor, model):
        found = keys(session.scalars(select(model)).unique())
        mine = {key for key in keys(world.inside) if key[0] is model}
        foreign = {key for key in keys(world.outside) if key[0] is model}
        assert mine
        assert foreign
        assert mine <= found
        assert not foreign & found

    @pytest.mark.parametrize("model", SCOPED)
    def test_without_an_actor_nothing(self, session, world, model):
        assert session.scalars(select(model)).unique().all() == []
        assert session.scalar(select(func.count()).select_from(model)) == 0
        mapper = inspect(model)
        key = getattr(model, mapper.get_property_by_column(mapper.primary_key[-1]).key)
        for statement in (update(model).values({key: key}), delete(model)):
            try:
                assert session.execute(statement).rowcount == 0
            except ScopeError:
                assert model is AuditEntry or model.__immutable__

    def test_code_tables_are_common_to_all(self, session, world):
        assert session.scalar(select(Gender.name).where(Gender.code == "1")) == "男性"

    def test_columns_counts_and_aggregates(self, session, world, actor):
        assert world.other_hospital.name not in session.scalars(select(Institution.name)).all()
        assert session.scalar(select(func.count()).select_from(Institution)) == 2
        assert session.scalar(select(func.count(Institution.id))) == 2
        assert scope.count_visible(Licence) == 1
        assert session.scalar(select(func.max(Institution.path))) == world.hospital.path

    def test_subqueries_existence_aliases_and_unions(self, session, world, actor):
        foreign = select(Institution.id).where(Institution.id == world.other_hospital.id)
        assert session.scalar(select(exists(foreign))) is False
        assert session.scalars(select(Gender.code).where(exists(foreign))).all() == []
        other = aliased(Institution)
        assert set(session.scalars(select(other.id))) == {world.city.id, world.hospital.id}
        pairs = session.execute(
            select(Institution.id, other.id).join(other, other.parent_id == Institution.id)
        ).all()
        assert [tuple(pair) for pair in pairs] == [(world.city.id, world.hospital.id)]
        nested = select(select(Institution.id).subquery())
        assert set(session.scalars(nested)) == {world.city.id, world.hospital.id}
        named = select(Licence.id).where(
            Licence.institution_id.in_(
                select(FormerName.institution_id).where(FormerName.name.contains("原名"))
            )
        )
        assert len(session.scalars(named).all()) == 1

    def test_joined_and_selected_relationships(self, session, world, actor):
        for option in (
            joinedload(TrialCertificate.periods),
            selectinload(TrialCertificate.periods),
        ):
            session.expunge_all()
            rows = session.scalars(select(TrialCertificate).options(option)).unique().all()
            assert {row.institution_id for row in rows} == {world.hospital.id}
            assert all(row.periods for row in rows)

    def test_a_lazy_relationship_to_a_row_outside_is_empty(self, session, world):
        """A roster below points at a bureau that the hospital may not read; its name it may."""
        roster = make_plain_roster(world.hospital, world.city)
        key = roster.id
        session.expunge_all()
        with acting(make_actor(world.hospital)):
            session.expunge_all()
            found = scope.find(Roster, key)
            assert found.bureau.name == "甲市卫生局"
            assert found.institution.id == world.hospital.id
        session.expunge_all()
        with acting(make_actor(world.other_city)), pytest.raises(NotFoundError):
            scope.find(Roster, key)

    def test_the_parents_name_is_visible_and_nothing_else_of_it(self, session, world, actor):
        own = scope.find(Institution, world.city.id)
        assert own.reports_to.name == "省卫生厅"
        assert {column.key for column in InstitutionName.__mapper__.column_attrs} == {
            "deleted_at",
            "id",
            "name",
            "path",
            "search_text",
        }
        # By it names are found; it holds codes, too, so it is not loaded with them.
        assert {"path", "search_text"} <= inspect(own.reports_to).unloaded
        with pytest.raises(NotFoundError):
            scope.find(Institution, own.parent_id)

    def test_emptying_the_relationship_does_not_empty_the_reporting_line(
        self, session, world, actor
    ):
        own = scope.find(Institution, world.city.id)
        own.reports_to = None
        session.flush()
        session.expire_all()
        assert own.parent_id == world.province.id
        assert own.reports_to.name == "省卫生厅"

    def test_the_name_that_everybody_may_read_cannot_be_written_through(
        self, session, world, actor
    ):
        above = scope.find(Institution, world.city.id).reports_to
        for statement in (update(InstitutionName).values(name="盗名"), delete(InstitutionName)):
            with pytest.raises(ScopeError):
                session.execute(statement)
        above.name = "盗名"
        with pytest.raises(ScopeError):
            session.flush()
        session.expunge_all()
        session.delete(scope.find(Institution, world.city.id).reports_to)
        with pytest.raises(ScopeError):
            session.flush()
        session.expunge_all()
        session.add(InstitutionName(id=9999, name="新名"))
        with pytest.raises(ScopeError):
            session.flush()
        session.expunge_all()

    def test_the_trail_shows_what_happened_below_only(self, session, world):
        for place in (world.city, world.other_city, world.province):
            audit.record(make_actor(place), audit.AuditTag.SESSION_SIGN_IN)
        session.flush()
        with acting(world.actor):
            assert {row.owner_path for row in session.scalars(select(AuditEntry))} == {
                world.city.path
            }

    def test_a_neighbour_whose_path_begins_alike(self, session):
        """Segments have a fixed width, so that no path is a prefix of its neighbour's."""
        root = make_bureau()
        first, second = make_bureau(root), make_bureau(root)
        assert not second.path.startswith(first.path)
        with acting(make_actor(first)):
            assert session.scalars(select(Institution.id)).all() == [first.id]


class TestFinding:
    def test_a_row_that_the_session_holds_already(self, session, world):
        """It was loaded beyond the wall; asking for it by key must not hand it out."""
        with unscoped(Reason.MAINTENANCE):
            held = scope.find(Institution, world.other_hospital.id)
        assert held in session
        with acting(world.actor):
            with pytest.raises(NotFoundError):
                scope.find(Institution, held.id)
            with pytest.raises(NotFoundError):
                scope.find_all(Institution, [world.hospital.id, held.id])

    def test_several_in_the_order_asked_for(self, world, actor):
        wanted = [world.hospital.id, world.city.id]
        assert [row.id for row in scope.find_all(Institution, wanted)] == wanted
        assert [row.id for row in scope.find_all(Institution, [*wanted, *wanted])] == wanted

    @pytest.mark.parametrize("rest", [[], ["x"], [None], [2**31]])
    def test_one_that_is_not_there_refuses_all(self, world, actor, rest):
        with pytest.raises(NotFoundError):
            scope.find_all(Institution, [world.hospital.id, *rest] if rest else [])

    @pytest.mark.parametrize(
        "key",
        [
            None,
            "",
            " 1",
            "1 ",
            "+1",
            "-1",
            "0",
            "1.0",
            "１",
            "²",
            "1\x00",
            "0x1",
            True,
            2**31,
            2**63,
            "9" * 20,
            b"1",
            [1],
            {"a": 1},
        ],
    )
    def test_what_is_no_key_is_simply_not_found(self, world, actor, key):
        with pytest.raises(NotFoundError):
            scope.find(Institution, key)

    @pytest.mark.parametrize(
        ("value", "number"), [("1", 1), (7, 7), ("2147483647", 2**31 - 1), ("007", 7)]
    )
    def test_what_is_a_key(self, value, number):
        assert scope.parse_key(value) == number

    def test_paths_upwards_nearest_first(self):
        assert scope.ancestors("000100020003") == ["00010002", "0001"]
        assert scope.ancestors("0001") == []


class TestBinding:
    def test_the_former_scope_comes_back_after_looking_beyond(self, session, world, actor):
        with unscoped(Reason.UNIQUENESS):
            assert session.scalar(select(func.count()).select_from(Institution)) == 5
        assert session.scalar(select(func.count()).select_from(Institution)) == 2

    def test_it_comes_back_after_an_error_as_well(self, session, world, actor):
        def fail():
            with unscoped(Reason.UNIQUENESS):
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert session.scalar(select(func.count()).select_from(Institution)) == 2

    def test_opting_out_needs_a_reason(self, session, world):
        with unscoped("because"):
            assert session.scalars(select(Institution.id)).all() == []

    def test_unbinding(self, session, world, actor):
        scope.unbind()
        assert session.scalars(select(Institution.id)).all() == []

    def test_a_new_session_knows_no_actor(self, session, world, actor):
        session.remove()
        assert session.scalars(select(Institution.id)).all() == []


def test_accounts_of_the_same_node_see_the_same(session):
    root = make_bureau()
    first, second = make_administrator(root), make_administrator(root)
    make_former_name(root)
    make_licence(make_institution(root))
    make_plain_certificate(make_institution(root))
    with acting(make_actor(root)):
        found = set(session.scalars(select(Administrator.id)))
    assert {first.id, second.id} < found
