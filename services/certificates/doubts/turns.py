"""Whoever changes what doubts hang on waits for others who change the same, until they commit.

Two institutions that enter the same person at once must not both miss the other. SQLite has one
writer at a time, so there is nothing to wait for; PostgreSQL has locks that are named by a number.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select

from extensions import db
from models.encryption import blind_index
from services.parts import in_parts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from models import CertificateType, TrialCertificate
    from services.certificates.inputs import CertificateInput

#: Locks asked for in one statement, which takes them in their order.
_MOST_AT_ONCE: Final = 100


class Ties(NamedTuple):
    """By what a certificate hangs together with others."""

    #: Blind index of the ID number.
    person: str
    certificate_type: CertificateType | None
    #: Mentor, first and last day of each period.
    periods: tuple[tuple[str, dt.date | None, dt.date | None], ...]

    @property
    def mentors(self) -> set[str]:
        """Return the numbers of the mentors."""
        return {mentor for mentor, *_ in self.periods}


def ties_of(certificate: TrialCertificate | CertificateInput) -> Ties:
    """Return the ties of a certificate, stored or as entered (and checked)."""
    return Ties(
        blind_index(certificate.id_number, "trial_certificates.id_number"),
        certificate.certificate_type,
        tuple(
            (one.mentor_practice_certificate_number, one.started_on, one.ended_on)
            for one in certificate.periods
        ),
    )


def hold_certificate(institution_id: int, *ties: Ties) -> None:
    """Wait for all who change certificates of the same people or mentors, or the same licence.

    To be called once in a transaction, before rows are changed: the order of names is what keeps
    two from waiting for each other.
    """
    _hold(_names(institution_id, ties))


def hold_certificates(certificates: Iterable[TrialCertificate]) -> None:
    """Wait for all who change what stored certificates hang on; see ``hold_certificate``."""
    names: set[str] = set()
    for one in certificates:
        names |= _names(one.institution_id, [ties_of(one)])
    _hold(names)


def hold_licence(institution_id: int) -> None:
    """Wait for all who change certificates of an institution; see ``hold_certificate``."""
    _hold([f"licence:{institution_id}"])


def _names(institution_id: int, ties: Iterable[Ties]) -> set[str]:
    names = {f"licence:{institution_id}"}
    for one in ties:
        names |= {f"person:{one.person}", *(f"mentor:{number}" for number in one.mentors)}
    return names


def _hold(names: Iterable[str]) -> None:
    if db.session.get_bind().dialect.name != "postgresql":
        return
    numbers = sorted({_number_of(name) for name in names})
    for some in in_parts(numbers, _MOST_AT_ONCE):
        db.session.execute(select(*map(func.pg_advisory_xact_lock, some)))


def _number_of(name: str) -> int:
    digest = hashlib.blake2b(f"doubts:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
