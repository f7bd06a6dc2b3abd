"""The building of the small province: its institutions, people, papers and uploads."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import (
    AccountRole,
    Administrator,
    CertificateState,
    Conclusion,
    Institution,
    InstitutionKind,
    Licence,
    LicenceScan,
    RosterState,
    TrialCertificate,
    utc_now,
)
from services import certificates as use_cases
from services import files, identifiers, institutions
from services.actor import actor_of
from services.licence_checks import seen_of
from services.scans.reading import digest_of_scans
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.administrators import make_administrator
from tests.factories.certificates import (
    certificate_input,
    make_certificate,
    make_id_number,
    period_input,
    practice_input,
)
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_former_name, make_institution
from tests.factories.licences import make_licence, make_scan
from tests.factories.rosters import make_roster, make_roster_scan
from tests.factories.sessions import make_session, session_key
from tests.factories.trail import make_entry
from tests.harness.account_batches import add_account_batches
from tests.harness.canaries import NAME, Marker
from tests.harness.entry import add_drafts
from tests.harness.extensions import add_extensions
from tests.harness.jobs import add_jobs
from tests.harness.oracle import Node, Thing, Who
from tests.harness.reviews import add_reviews
from tests.harness.uploads import add_uploads
from tests.harness.world import World

if TYPE_CHECKING:
    from models import Roster
    from services.actor import Actor

#: Name, node above, kind, what is special.
_TREE: Final = (
    ("P", None, "bureau", ""),
    ("A", "P", "bureau", ""),
    ("A1", "A", "bureau", ""),
    ("HA1", "A1", "healthcare", ""),
    ("LA1", "A1", "healthcare", "locked by A"),
    ("EA1", "A1", "healthcare", "bare"),
    ("A2", "A", "bureau", ""),
    ("HA2", "A2", "healthcare", ""),
    ("HA", "A", "healthcare", ""),
    ("SA", "HA", "healthcare", ""),
    ("B", "P", "bureau", ""),
    ("B1", "B", "bureau", ""),
    ("HB1", "B1", "healthcare", ""),
    ("EB1", "B1", "healthcare", "bare"),
)
#: What was deleted, and below whom.
_DELETED: Final = (("DA1", "A1"), ("DA", "A"), ("DB1", "B1"))
#: Accounts besides the operator of each node.
_MORE_ACCOUNTS: Final = (
    ("auditor at A", "A", "auditor", "active"),
    ("auditor at HA1", "HA1", "auditor", "active"),
    ("reviewer at A1", "A1", "reviewer", "active"),
    ("system administrator", "P", "system_admin", "active"),
    ("security administrator", "P", "security_admin", "active"),
    ("audit administrator", "P", "audit_admin", "active"),
    ("disabled at A1", "A1", "operator", "disabled"),
    ("deleted at HA1", "HA1", "operator", "deleted"),
    ("initial at HA2", "HA2", "operator", "initial"),
)
#: Where rosters stand in every state; elsewhere in two only.
_ALL_STATES: Final = frozenset({"HA1", "HB1"})
#: Whose certificates name a place on the other side of the wall.
_SERVED_ELSEWHERE: Final = {"HA1": "HB1", "HB1": "HA2"}
#: Who have entered the same person: across cities, and within one county.
_ENTERED_TWICE: Final = (("HA1", "HB1"), ("HA1", "LA1"))
_STRANGER: Final = Who("stranger", None, status="stranger")


def build() -> World:
    """Make the world in the present database and commit it."""
    world = _Builder().build()
    add_uploads(world)
    add_account_batches(world)
    add_extensions(world)
    add_jobs(world)
    add_drafts(world)
    add_reviews(world)
    return world


class _Builder:
    def __init__(self) -> None:
        self.world = World()
        self.institutions: dict[str, Institution] = {}
        self.actors: dict[str, Actor] = {}
        self.numbers = count(1)

    def build(self) -> World:
        for name, above, kind, special in _TREE:
            self._node(name, above, kind, special)
        for name in self.world.nodes:
            if not self.world.nodes[name].is_bare:
                self._account(f"operator at {name}", name, "operator", "active")
        for name, node, role, status in _MORE_ACCOUNTS:
            self._account(name, node, role, status)
        self.world.people[_STRANGER.name] = _STRANGER
        make_exam_cycle()
        for name, node in self.world.nodes.items():
            self._former_name(name)
            self._entry(name)
            if node.kind == "healthcare" and not node.is_bare:
                self._licences(name)
                self._people(name)
        for day, pair in enumerate(_ENTERED_TWICE, start=1):
            # The number is no canary: it stands on both sides by right.
            number = make_id_number(born_on=dt.date(1991, 1, day))
            for name in pair:
                self._keep_certificate(
                    self._enter(name, qualified=True, number=number),
                    name,
                    "completed",
                    frozenset({"free", "qualified"}),
                )
        for name, above in _DELETED:
            self._deleted(name, above)
        self._watch_versions()
        db.session.commit()
        db.session.remove()
        return self.world

    def _node(self, name: str, above: str | None, kind: str, special: str) -> None:
        world, mark = self.world, self.world.canaries.of(name)
        office = special.partition("locked by ")[2]
        row = make_institution(
            self.institutions[above] if above else None,
            kind=InstitutionKind(kind),
            name=mark(NAME, "测试单位"),
            category_code=Node(name, kind, world.nodes.get(above or "")).category,
            organisation_code=mark.keep(self._credit_code(), "organisation_code"),
            registration_number=(
                None
                if kind == "bureau"
                else mark.keep(self._registration_number(), "registration_number")
            ),
            service_target=mark("service_target", "服务"),
            address=mark("address", "武汉市"),
            postcode="430014",
            level_code="0",
            grade_code="0",
            rank_code="3",
            locked_at=dt.datetime.now(dt.UTC) if office else None,
            locked_by_id=self.institutions[office].id if office else None,
        )
        node = Node(
            name,
            kind,
            world.nodes[above] if above else None,
            locked_by=world.nodes[office] if office else None,
            is_bare=special == "bare",
        )
        self.institutions[name] = row
        world.nodes[name], world.keys[name], world.paths[name] = node, row.id, row.path
        world.names[name] = row.name
        world.things.append(Thing("institution", row.id, node))

    def _deleted(self, name: str, above: str) -> None:
        """Put an institution with its former name into the recycle bin, as its bureau would."""
        world = self.world
        self._node(name, above, "healthcare", "bare")
        self._former_name(name)
        with acting(self.actors[above]) as actor:
            institutions.delete(actor, self.institutions[name])
        world.nodes[name] = node = replace(world.nodes[name], is_deleted=True)
        world.things = [
            replace(thing, node=node) if thing.node.name == name else thing
            for thing in world.things
        ]
        world.things.append(Thing("binned", world.keys[name], node))

    def _account(self, name: str, node: str, role: str, status: str) -> None:
        world, mark = self.world, self.world.canaries.of(node)
        row = make_administrator(
            self.institutions[node],
            username=mark("username"),
            full_name=mark("full_name"),
            phone=mark.keep(self._phone(), "phone"),
            email=mark("email") + "@example.com",
            role=AccountRole(role),
            # One reason at a time: a deleted account counts for nothing though it is enabled.
            is_enabled=status != "disabled",
            deleted_at=dt.datetime.now(dt.UTC) if status == "deleted" else None,
            must_change_password=status == "initial",
        )
        who = Who(name, world.nodes[node], role, status, row.id)
        world.people[name] = who
        world.tokens[name] = token = make_session(row)
        state = "deleted" if status == "deleted" else ""
        world.things.append(
            Thing("account", row.id, world.nodes[node], state, frozenset({"phone"}))
        )
        world.things.append(Thing("session", session_key(token), world.nodes[node], name))
        if name == f"operator at {node}":
            self.actors[node] = actor_of(row, self.institutions[node], address="192.0.2.1")

    def _former_name(self, node: str) -> None:
        mark = self.world.canaries.of(node)
        row = make_former_name(self.institutions[node], name=mark("former_name", "原名"))
        self.world.things.append(Thing("former_name", row.id, self.world.nodes[node]))

    def _entry(self, node: str) -> None:
        """Leave a trace of an act at the node, as its own people would."""
        mark = self.world.canaries.of(node)
        row = make_entry(
            actor_name=mark("audit.actor_name"),
            actor_path=self.world.paths[node],
            institution_name=mark("audit.institution_name"),
            institution_id=self.world.keys[node],
            owner_path=self.world.paths[node],
            object_type="Institution",
            object_id=self.world.keys[node],
            object_label=mark("audit.object_label"),
            changes=[{"label": "机构地址", "old": "", "new": mark("audit.changes")}],
        )
        self.world.things.append(Thing("entry", row.id, self.world.nodes[node]))

    def _licences(self, node: str) -> None:
        for is_in_use in (True, False):
            row = self._licence(node, is_in_use=is_in_use)
            marks = frozenset({"used"} if is_in_use else ())
            self.world.things.append(Thing("licence", row.id, self.world.nodes[node], "", marks))
            self._scans(node, row)

    def _licence(self, node: str, *, is_in_use: bool) -> Licence:
        mark = self.world.canaries.of(node)
        return make_licence(
            self.institutions[node],
            institution_name=mark("licence.institution_name"),
            registration_number=mark.keep(self._registration_number(), "licence.number"),
            legal_representative=mark("licence.legal_representative"),
            person_in_charge=mark("licence.person_in_charge"),
            issued_by=mark("licence.issued_by"),
            address=mark("licence.address"),
            is_in_use=is_in_use,
        )

    def _scans(self, node: str, licence: Licence) -> None:
        """Store two scans of a licence and an old version of the second one."""
        world = self.world
        rows = [self._scan(node, licence, position) for position in (1, 2, 2)]
        with unscoped(Reason.MAINTENANCE):
            rows[2].replaced_at, rows[2].replaced_by_id = utc_now(), rows[1].id
            licence.scans_digest = digest_of_scans(rows[:2])
            db.session.flush()
        for row, mark in zip(rows, ("first", "last", "old"), strict=True):
            thing = Thing("scan", row.id, world.nodes[node], "", frozenset({mark}))
            world.things.append(thing)
        world.scans[licence.id] = [row.id for row in rows[:2]]
        world.licences_seen[licence.id] = seen_of(licence)

    def _scan(self, node: str, licence: Licence, position: int) -> LicenceScan:
        # No picture, but whoever is shown it can be told.
        mark = self.world.canaries.of(node)
        stored = files.store(mark("scan").encode())
        files.store_part(stored.name, "thumb", mark("scan.thumbnail").encode())
        return make_scan(
            licence,
            position=position,
            file_name=mark("scan.file_name") + ".jpg",
            storage_name=stored.name,
            digest=stored.digest,
            size=stored.size,
            uploaded_by=mark("scan.uploaded_by"),
        )

    def _people(self, node: str) -> None:
        """Enter people in every state, and rosters that bring them there."""
        self._certificate(node, "completed", qualified=True)
        self._certificate(node, "completed", qualified=False)
        self._certificate(node, "deleted", qualified=True)
        states = list(RosterState) if node in _ALL_STATES else [RosterState.SUBMITTED]
        for state in states:
            self._roster(node, state)

    def _certificate(self, node: str, state: str, *, qualified: bool) -> None:
        certificate = self._enter(node, qualified=qualified)
        if state == "deleted":
            with acting(self.actors[node]) as actor:
                use_cases.delete(actor, certificate, "误录")
            binned = Thing("binned_certificate", certificate.id, self.world.nodes[node])
            self.world.things.append(binned)
        marks = {"free"} | ({"qualified"} if qualified else set())
        self._keep_certificate(certificate, node, state, frozenset(marks))

    def _enter(self, node: str, *, qualified: bool, number: str = "") -> TrialCertificate:
        mark = self.world.canaries.of(node)
        make = practice_input if not qualified else certificate_input
        if not number:
            born_on = dt.date(1990, 1 + list(_names()).index(node), 3)
            number = mark.keep(make_id_number(born_on=born_on), "id_number")
        there = _SERVED_ELSEWHERE.get(node)
        elsewhere = []
        if there is not None:
            elsewhere = [self._period(mark, self.world.names[there], 2015)]
            self.world.places.setdefault(node, set()).add(there)
        certificate = make_certificate(
            self.actors[node],
            **_values(
                make(
                    id_number=number,
                    name=mark("person"),
                    school=mark("school"),
                    major=mark("major"),
                    phone=mark.keep(self._phone(), "phone"),
                    conclusion=Conclusion.QUALIFIED if qualified else Conclusion.PENDING,
                    periods=(self._period(mark, mark("place"), 2016), *elsewhere),
                )
            ),
        )
        self._keep_code(node, mark.keep(certificate.submission_code, "submission_code"))
        return certificate

    def _period(self, mark: Marker, place: str, year: int) -> object:
        return period_input(
            place_name=place,
            department=mark(f"department {year}"),
            started_on=dt.date(year, 9, 1),
            ended_on=dt.date(year + 1, 8, 31),
            mentor_name=mark(f"mentor {year}"),
            content=mark(f"content {year}"),
        )

    def _keep_certificate(
        self, certificate: TrialCertificate, node: str, state: str, marks: frozenset[str]
    ) -> None:
        thing = Thing("certificate", certificate.id, self.world.nodes[node], state, marks)
        self.world.things.append(thing)

    def _roster(self, node: str, state: RosterState) -> None:
        certificate = self._enter(node, qualified=True)
        bureau = self.world.nodes[node].bureau()
        assert bureau is not None
        roster = make_roster(
            self.actors[node], [certificate], state=state, bureau=self.actors[bureau.name]
        )
        mark = self.world.canaries.of(node)
        self._keep_roster(roster, node, mark)
        on_paper = state in {RosterState.PRINTED, RosterState.SUBMITTED, RosterState.FILED}
        is_free = state in {RosterState.RETURNED, RosterState.VOIDED}
        marks = {"qualified"} | ({"on paper"} if on_paper else set())
        marks |= {"free"} if is_free else set()
        self._keep_certificate(
            certificate, node, CertificateState(certificate.state).value, frozenset(marks)
        )

    def _keep_roster(self, roster: Roster, node: str, mark: Marker) -> None:
        self._keep_code(node, mark.keep(roster.code, "roster.code"))
        thing = Thing("roster", roster.id, self.world.nodes[node], roster.state.value)
        self.world.things.append(thing)
        if roster.printed_at is None:
            return
        stored = files.store(mark("stamped").encode())
        files.store_part(stored.name, "thumb", mark("stamped.thumbnail").encode())
        scan = make_roster_scan(
            roster,
            file_name=mark("stamped.file_name") + ".jpg",
            storage_name=stored.name,
            digest=stored.digest,
            size=stored.size,
            uploaded_by=mark("stamped.uploaded_by"),
        )
        key = Thing("roster_scan", scan.id, self.world.nodes[node], roster.state.value)
        self.world.things.append(key)

    def _keep_code(self, node: str, code: str) -> None:
        self.world.things.append(Thing("code", code, self.world.nodes[node]))

    def _watch_versions(self) -> None:
        """Note the versions that the forms will carry."""
        models = {
            "institution": Institution,
            "account": Administrator,
            "certificate": TrialCertificate,
            "licence": Licence,
        }
        with unscoped(Reason.MAINTENANCE):
            versions = {
                (kind, key): version
                for kind, model in models.items()
                for key, version in db.session.execute(select(model.id, model.version))
            }
        self.world.things = [
            replace(thing, version=versions.get((thing.kind, thing.key), 1))
            for thing in self.world.things
        ]

    def _phone(self) -> str:
        return f"139{next(self.numbers) + 20_000_000:08d}"

    def _credit_code(self) -> str:
        organisation = identifiers.org_code_with_check_character(f"4416{next(self.numbers):04d}")
        return identifiers.uscc_with_check_character(f"12420100{organisation}")

    def _registration_number(self) -> str:
        organisation = identifiers.org_code_with_check_character(f"4417{next(self.numbers):04d}")
        return f"{organisation}42010211A1001"


def _names() -> list[str]:
    return [name for name, *_ in _TREE if name[0] in "HSL"]


def _values(entered: object) -> dict[str, object]:
    return {name: getattr(entered, name) for name in entered.__dataclass_fields__}
