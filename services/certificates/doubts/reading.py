"""Reading the doubts that are kept: for lists, for one certificate, for filters."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from extensions import db
from models import (
    CertificateDoubt,
    Doubt,
    InstitutionName,
    RosterEntry,
    TrialCertificate,
    TrialPeriod,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import InstrumentedAttribute

    from models import Roster

_ORDER: Final = {kind: place for place, kind in enumerate(Doubt)}


class Told(NamedTuple):
    """A doubt as it is shown."""

    kind: Doubt
    sentence: str
    first_seen_at: dt.datetime


def of_certificates(keys: Iterable[int]) -> Mapping[int, list[Told]]:
    """Return the doubts of certificates by key, in the order of their kinds; one query."""
    wanted = sorted(keys)
    statement = _select(CertificateDoubt.certificate_id).where(
        CertificateDoubt.certificate_id.in_(wanted)
    )
    return _sorted(statement) if wanted else {}


def of_roster(roster: Roster) -> Mapping[int, list[Told]]:
    """Return the present doubts of the people of a roster, by their position; one query."""
    statement = (
        _select(RosterEntry.position)
        .join(RosterEntry, RosterEntry.certificate_id == CertificateDoubt.certificate_id)
        .where(RosterEntry.roster_id == roster.id)
    )
    return _sorted(statement)


def summary(told: Iterable[Told]) -> str:
    """Return the kinds of doubts in a few words, each once."""
    return "、".join(dict.fromkeys(one.kind.label for one in told))


def has_doubt(kind: Doubt | None = None) -> ColumnElement[bool]:
    """Return the condition that a certificate has a doubt, or one of a kind."""
    statement = select(CertificateDoubt.certificate_id)
    if kind is not None:
        statement = statement.where(CertificateDoubt.kind == kind)
    return TrialCertificate.id.in_(statement)


def other_institutions(certificate: TrialCertificate) -> list[str]:
    """Return the names of institutions that have the same person at the same time.

    Only of those that the session sees, which are the ones below the reader: the wall decides.
    """
    own, other = aliased(TrialPeriod), aliased(TrialPeriod)
    statement = (
        select(InstitutionName.name)
        .join(TrialCertificate, TrialCertificate.institution_id == InstitutionName.id)
        .join(other, other.certificate_id == TrialCertificate.id)
        .join(
            own,
            (own.started_on <= other.ended_on) & (other.started_on <= own.ended_on),
        )
        .where(
            own.certificate_id == certificate.id,
            TrialCertificate.id_number_index == certificate.id_number_index,
            TrialCertificate.institution_id != certificate.institution_id,
            TrialCertificate.deleted_at.is_(None),
        )
        .distinct()
        .order_by(InstitutionName.name)
    )
    return list(db.session.scalars(statement))


def _select(key: InstrumentedAttribute[int]) -> Select[int, Doubt, str, dt.datetime]:
    return select(
        key,
        CertificateDoubt.kind,
        CertificateDoubt.sentence,
        CertificateDoubt.first_seen_at,
    )


def _sorted(
    statement: Select[int, Doubt, str, dt.datetime],
) -> Mapping[int, list[Told]]:
    found: dict[int, list[Told]] = defaultdict(list)
    for key, kind, sentence, since in db.session.execute(statement):
        found[key].append(Told(kind, sentence, since))
    for told in found.values():
        told.sort(key=lambda one: (_ORDER[one.kind], one.sentence))
    return found
