"""The wall: what lies outside of the actor's part of the tree is absent, and cannot be written."""

from __future__ import annotations

import datetime as dt

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
    TrialPeriod,
)
from services import audit, scope
from services.errors import NotFoundError
from services.scope import Reason, ScopeError, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.licences import make_licence
from tests.factories.owned import make_everything, make_plain_certificate, make_plain_roster

SCOPED = [m.class_ for m in Base.registry.mappers if scope.path_column(m.class_) is not None]


class World:
    """A province, two cities, and a hospital with one row of everything in each city."""

    def __init__(self) -> None:
        self.province = make_bureau(name="省卫生厅")
        self.city = make_bureau(self.province, name="甲市卫生局")
        self.other_city = make_bureau(self.province, name="乙市卫生局")
        self.hospital = make_institution(self.city, name="甲市医院")
        self.other_hospital = make_institution(self.other_city, name="乙市医院")
        self.inside = make_everything(self.hospital, self.city)
        self.outside = make_everything(self.other_hospital, self.other_city)
        self.actor = make_actor(self.city)


@pytest.fixture
def world(session):
    made = World()
    session.expunge_all()
    return made


@pytest.fixture
def actor(world):
    with acting(world.actor) as acts:
        yield acts


def keys(rows):
    return {(type(row), inspect(row).identity) for row in rows}


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
        }
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
