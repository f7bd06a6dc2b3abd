"""Whatever is moved, added, deleted and restored: the tree stays a tree, and scope is place."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from extensions import db
from models import Base, Institution, Owned
from models.institution import BIN, LONGEST_PATH, SEGMENT_LENGTH
from services import institutions, scope
from services.errors import DomainError
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.licences import make_licence
from tests.factories.owned import make_everything

OWNED = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Owned)]
#: Which of the nodes that there are; and whether the city acts, or the province.
NODES, BY_CITY = st.integers(0, 30), st.booleans()


class Library(RuleBasedStateMachine):
    """The program beside what the tree must look like, kept by hand as parents of keys."""

    def __init__(self):
        super().__init__()
        self.savepoint = db.session.begin_nested()
        province = make_bureau()
        cities = [make_bureau(province), make_bureau(province)]
        hospitals = [make_institution(node) for node in (*cities, cities[0])]
        make_everything(hospitals[0], cities[0])
        make_former_name(hospitals[2])
        make_licence(hospitals[2])
        nodes = (province, *cities, *hospitals)
        #: Living and deleted ones; a deleted one still names its parent.
        self.parents = {node.id: node.parent_id for node in nodes}
        self.deleted = set()
        self.bureaux = {node.id for node in (province, *cities)}
        #: A bureau reports to one of a higher rank.
        self.ranks = {province.id: 1, cities[0].id: 2, cities[1].id: 2}
        #: Certificates and accounts hang on these.
        self.busy = {province.id, cities[0].id, hospitals[0].id}
        self.actors = [make_actor(province), make_actor(cities[0])]

    def teardown(self):
        self.savepoint.rollback()
        db.session.expunge_all()

    # What the tree must look like.

    def line(self, node):
        """The node and all above it."""
        found = []
        while node is not None:
            found.append(node)
            node = self.parents[node]
        return found

    def is_below(self, node, own):
        return node != own and own in self.line(node)

    def below(self, node):
        return [other for other in self.parents if node in self.line(other)]

    def living(self):
        return [node for node in self.parents if node not in self.deleted]

    def fits(self, node, parent):
        height = max(len(self.line(other)) for other in self.below(node)) - len(self.line(node))
        return (len(self.line(parent)) + height + 1) * SEGMENT_LENGTH <= LONGEST_PATH

    # What is done.

    def acting_as(self, by_city):
        """Return the actor, who acts from where the account's institution stands now."""
        actor = self.actors[by_city]
        with unscoped(Reason.MAINTENANCE):
            path = db.session.scalar(
                select(Institution.path).where(Institution.id == actor.institution_id)
            )
        return replace(actor, path=path)

    def attempt(self, act, *, allowed):
        """Do it, and see that it is refused exactly when it must be."""
        try:
            act()
        except DomainError:
            assert not allowed
            return False
        assert allowed
        return True

    @rule(first=NODES, second=NODES, by_city=BY_CITY)
    def move(self, first, second, by_city):
        living, actor = self.living(), self.acting_as(by_city)
        node, parent = living[first % len(living)], living[second % len(living)]
        own = actor.institution_id
        allowed = (
            self.is_below(node, own)
            and own in self.line(parent)
            and node not in self.line(parent)
            and (
                node not in self.bureaux
                or (parent in self.bureaux and self.ranks[node] > self.ranks[parent])
            )
            and self.fits(node, parent)
        )
        with acting(actor):
            if self.attempt(
                lambda: institutions.move(
                    actor, scope.find(Institution, node), scope.find(Institution, parent)
                ),
                allowed=allowed,
            ):
                self.parents[node] = parent

    @rule(first=NODES, is_bureau=st.booleans())
    def add(self, first, is_bureau):
        living = self.living()
        parent = living[first % len(living)]
        if is_bureau and parent not in self.bureaux:
            return
        if (len(self.line(parent)) + 1) * SEGMENT_LENGTH > LONGEST_PATH:
            return
        with unscoped(Reason.MAINTENANCE):
            above = scope.find(Institution, parent)
        made = make_bureau(above) if is_bureau else make_institution(above)
        self.parents[made.id] = parent
        if is_bureau:
            self.bureaux.add(made.id)
            self.ranks[made.id] = min(len(self.line(made.id)), 3)

    @rule(first=NODES, by_city=BY_CITY)
    def delete(self, first, by_city):
        living, actor = self.living(), self.acting_as(by_city)
        node = living[first % len(living)]
        has_children = any(self.parents[other] == node for other in living)
        allowed = (
            self.is_below(node, actor.institution_id) and not has_children and node not in self.busy
        )
        with acting(actor):
            if self.attempt(
                lambda: institutions.delete(actor, scope.find(Institution, node)),
                allowed=allowed,
            ):
                self.deleted.add(node)

    @rule(first=NODES, by_city=BY_CITY)
    def restore(self, first, by_city):
        known, actor = list(self.parents), self.acting_as(by_city)
        # Of those that were deleted, if there are any: the rest is refused alike.
        candidates = sorted(self.deleted) or known
        node = candidates[first % len(candidates)]
        allowed = (
            node in self.deleted
            and self.is_below(node, actor.institution_id)
            and self.parents[node] not in self.deleted
        )
        with acting(actor):
            if self.attempt(lambda: institutions.restore(actor, node), allowed=allowed):
                self.deleted.discard(node)

    # What must hold.

    @invariant()
    def every_place_is_below_that_of_the_parent(self):
        with unscoped(Reason.MAINTENANCE):
            db.session.expire_all()
            rows = {
                row.id: row
                for row in db.session.scalars(
                    select(Institution).where(Institution.id.in_(self.parents))
                )
            }
        assert {key: row.parent_id for key, row in rows.items()} == self.parents
        for key, row in rows.items():
            above = rows.get(row.parent_id)
            place = row.path[:-SEGMENT_LENGTH].removeprefix(BIN)
            assert place == (above.path.removeprefix(BIN) if above is not None else "")
            assert row.path.startswith(BIN) == (key in self.deleted)
            assert (row.deleted_at is not None) == (key in self.deleted)
        assert len({row.path.removeprefix(BIN) for row in rows.values()}) == len(rows)

    @invariant()
    def every_row_stands_where_its_institution_stands(self):
        with unscoped(Reason.MAINTENANCE):
            paths = dict(db.session.execute(select(Institution.id, Institution.path)).all())
            for model in OWNED:
                for key, path in db.session.execute(select(model.institution_id, model.owner_path)):
                    assert path == paths[key], model.__name__

    @invariant()
    def everybody_sees_what_lies_below_and_nothing_else(self):
        with unscoped(Reason.MAINTENANCE):
            paths = dict(db.session.execute(select(Institution.id, Institution.path)).all())
        for key in self.living():
            reader = replace(self.actors[0], path=paths[key])
            below = set(self.below(key))
            with acting(reader):
                assert set(db.session.scalars(select(Institution.id))) == below - self.deleted
                with scope.in_bin(reader):
                    seen = set(db.session.scalars(select(Institution.id)))
            assert seen == below & self.deleted


def test_whatever_is_done_the_tree_stays_a_tree(session, database_backend):
    """The lines are those of the use cases' own tests; which acts are tried depends on chance.

    Few would fare otherwise on the other database, so it gets fewer.
    """
    examples = 20 if database_backend == "sqlite" else 10
    run_state_machine_as_test(
        Library,
        settings=settings(
            max_examples=examples, stateful_step_count=12, suppress_health_check=list(HealthCheck)
        ),
    )
