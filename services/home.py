"""The home page (工作台): what there is in the actor's part of the tree, and what waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import distinct, func, select

from extensions import db
from models import (
    Administrator,
    CertificateDoubt,
    CertificateState,
    Doubt,
    EntryExtension,
    Institution,
    InstitutionKind,
    Licence,
    Roster,
    RosterState,
    TrialCertificate,
)
from services import clock, exam_years
from services.exam_years.extensions import in_force
from services.institutions.tree import bureau_above
from services.licence_checks import is_waiting
from services.licence_validity import (
    NOTICE_DAYS,
    SECOND_NOTICE,
    Validity,
    expiring_within,
    stands,
)
from services.permissions import Permission
from services.rosters.queue import LONG, has_waited
from services.rosters.reading import waits_for
from services.scope import count_visible

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from services.actor import Actor
    from services.exam_years import Window


@dataclass(frozen=True)
class Tile:
    """A number on the home page and the list of what it counts."""

    label: str
    count: int
    endpoint: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    #: Whether somebody should do something about it.
    is_urgent: bool = False


@dataclass(frozen=True)
class Summary:
    """What the home page shows."""

    #: The exam years in which there is something to enter or to hand in today, the latest first.
    windows: tuple[Window, ...]
    #: Where there is none: the one that was last, and the one that comes next.
    last: Window | None
    coming: Window | None
    today: dt.date
    #: The bureau that receives the rosters of this institution; empty for the first bureau.
    bureau_name: str
    tiles: tuple[Tile, ...]


def summary(actor: Actor) -> Summary:
    """Return the home page of an actor: only what it may read; eight queries at the most."""
    actor.require(Permission.ACCOUNT_OWN)
    day, known = clock.today(), exam_years.windows(actor.institution_id)
    concerned = tuple(one for one in known if one.concerns(day))
    past = [one for one in known if one.opens_on <= day]
    coming = [one for one in known if day < one.opens_on]
    tiles: list[Tile] = []
    if actor.may(Permission.INSTITUTION_READ):
        tiles += _institutions(actor)
    if actor.may(Permission.ADMINISTRATOR_READ):
        tiles.append(_accounts())
    if actor.may(Permission.LICENCE_READ):
        tiles += _licences(actor)
    if concerned and actor.may(Permission.CERTIFICATE_READ):
        tiles += _certificates(concerned[0].year)
    if actor.may(Permission.ROSTER_FILE):
        tiles += _waiting_rosters(actor)
        tiles += _concerns()
    elif actor.may(Permission.ROSTER_WRITE):
        tiles.append(_returned_rosters(actor))
    bureau = bureau_above(actor.path)
    return Summary(
        windows=concerned,
        last=past[0] if past and not concerned else None,
        coming=coming[-1] if coming and not concerned else None,
        today=day,
        bureau_name=bureau[1] if bureau is not None else "",
        tiles=tuple(tiles),
    )


def database_answers() -> None:
    """Ask the database something; raises SQLAlchemy's error when it does not answer."""
    db.session.execute(select(1))


def _institutions(actor: Actor) -> list[Tile]:
    locked = Institution.locked_at.is_not(None)
    counts: Counter[bool] = Counter()
    statement = (
        select(locked, func.count()).where(Institution.id != actor.institution_id).group_by(locked)
    )
    for is_locked, count in db.session.execute(statement):
        counts[bool(is_locked)] = count
    if not counts and not actor.may(Permission.ROSTER_FILE):
        # A clinic has nothing below it, and three zeros tell it nothing to do.
        return []
    endpoint = "institutions.index_view"
    return [
        Tile("下级机构", counts[False] + counts[True], endpoint),
        Tile("已锁定机构", counts[True], endpoint, {"locked": "locked"}),
        Tile("未锁定机构", counts[False], endpoint, {"locked": "open"}),
    ]


def _accounts() -> Tile:
    count = count_visible(Administrator, Administrator.deleted_at.is_(None))
    return Tile("管理员", count, "administrators.index_view")


def _licences(actor: Actor) -> list[Tile]:
    """Announce licences in use that end soon or have ended, and scans to be looked at.

    Only what there is: a bureau or a hospital without worries sees none of these.
    """
    month, quarter = NOTICE_DAYS
    wanted: list[tuple[str, dict[str, str], ColumnElement[bool]]] = [
        ("许可证已过期", {"validity": Validity.EXPIRED.value}, stands(Validity.EXPIRED)),
        ("许可证未生效", {"validity": Validity.NOT_BEGUN.value}, stands(Validity.NOT_BEGUN)),
        (f"许可证{month}天内到期", {"validity": str(month)}, expiring_within(month)),
        (
            f"许可证{month + 1}至{quarter}天内到期",
            {"validity": SECOND_NOTICE},
            expiring_within(quarter, beyond=month),
        ),
        ("许可证待核对", {"scans": "waiting"}, is_waiting()),
    ]
    if actor.kind is not InstitutionKind.BUREAU:
        wanted.pop()
    numbers = (func.count().filter(condition) for _label, _choice, condition in wanted)
    statement = select(*numbers).select_from(Licence).where(Licence.is_in_use)
    counts = db.session.execute(statement).one()
    return [
        Tile(label, count, "licences.index_view", {"in_use": "yes", **choice}, is_urgent=True)
        for (label, choice, _condition), count in zip(wanted, counts, strict=True)
        if count
    ]


def _certificates(year: int) -> list[Tile]:
    statement = (
        select(TrialCertificate.state, func.count())
        .where(TrialCertificate.exam_year == year, TrialCertificate.deleted_at.is_(None))
        .group_by(TrialCertificate.state)
    )
    counts: Counter[CertificateState] = Counter()
    for state, count in db.session.execute(statement):
        counts[state] = count
    return [
        Tile(
            f"{state.label}的考核证明",
            counts[state],
            "certificates.index_view",
            {"year": str(year), "state": state.value},
        )
        for state in CertificateState
    ]


def _waiting_rosters(actor: Actor) -> list[Tile]:
    """Count what waits for the bureau, and apart from it, where there is any, what waits long."""
    statement = select(func.count(Roster.id), func.count(Roster.id).filter(has_waited(LONG)))
    waiting, long = db.session.execute(statement.where(waits_for(actor))).one()
    tiles = [_rosters("待办理的花名册", waiting, {"desk": "mine"})]
    if long:
        choice = {"desk": "mine", "waits": str(LONG)}
        tiles.append(_rosters(f"已等待{LONG}天以上的花名册", long, choice))
    return tiles


def _returned_rosters(actor: Actor) -> Tile:
    returned = RosterState.RETURNED
    count = count_visible(Roster, waits_for(actor), Roster.state == returned)
    return _rosters("被退回的花名册", count, {"desk": "mine", "state": returned.value})


def _concerns() -> list[Tile]:
    """Count who below was entered twice, and who has more days than others: only what there is."""
    entered_twice = (
        select(func.count(distinct(CertificateDoubt.certificate_id)))
        .where(CertificateDoubt.kind == Doubt.TWO_PLACES)
        .scalar_subquery()
    )
    extended = select(func.count(EntryExtension.id)).where(in_force()).scalar_subquery()
    twice, more = db.session.execute(select(entered_twice, extended)).one()
    wanted = [
        Tile(
            "有两地同时试用的人员",
            twice,
            "certificates.index_view",
            {"doubt": Doubt.TWO_PLACES.value},
            is_urgent=True,
        ),
        Tile("填报延期的机构", more, "entry_extensions.index_view", {"standing": "in_force"}),
    ]
    return [tile for tile in wanted if tile.count]


def _rosters(label: str, count: int, arguments: Mapping[str, str]) -> Tile:
    return Tile(label, count, "rosters.index_view", arguments, is_urgent=count > 0)
