"""Doubts are kept with their certificates, and follow whatever they depend on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import delete, select

from extensions import db
from models import (
    CertificateDoubt,
    CertificateState,
    Doubt,
    TrialCertificate,
    utc_now,
)
from services.certificates.doubts import across
from services.certificates.doubts.across import Others
from services.certificates.doubts.content import of_content
from services.certificates.doubts.finding import Finding, Stretch
from services.certificates.doubts.grounds import Grounds
from services.certificates.doubts.practice import OF_LICENCE, of_licence, of_practice
from services.certificates.doubts.turns import Ties, hold_certificates, ties_of
from services.parts import MOST_AT_ONCE, in_parts
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

_ALL: Final = frozenset(Doubt)
#: Certificates for which everybody else waits while all are recounted.
_RECOUNTED_AT_ONCE: Final = 100
#: A change of an exam year recounts no more than these by itself.
FEW: Final = 500


class _Owner(NamedTuple):
    institution_id: int
    owner_path: str


def keep(certificate: TrialCertificate, *, before: Ties | None = None) -> None:
    """Bring the doubts of a saved (flushed) certificate up to date, and those of others with it.

    ``before`` are its ties before the change, if it was there. A deleted one has no doubts, and
    gives none to others.
    """
    ties = ties_of(certificate)
    grounds = Grounds()
    others = Others.tied_by([ties] if before is None else [ties, before])
    _recount([] if certificate.deleted_at else [certificate], grounds, others)
    if certificate.deleted_at:
        _store({certificate.id: _owner_of(certificate)}, _ALL, {})
    elif ties == before:
        return
    _settle(grounds, others)


def keep_many(certificates: Sequence[TrialCertificate], before: Iterable[Ties]) -> None:
    """Bring the doubts of many saved certificates up to date, and those of others with them.

    ``before`` are the ties of those that were there before the change.
    """
    grounds = Grounds()
    others = Others.tied_by([*map(ties_of, certificates), *before])
    for some in in_parts(certificates):
        _recount(some, grounds, others)
    _settle(grounds, others)


def keep_licence(institution_id: int) -> None:
    """Bring the doubts up to date that hang on the licence of an institution.

    What was filed keeps what its bureau has seen: the licence of a later year says nothing of it.
    """
    grounds = Grounds()
    for batch in _batches(
        TrialCertificate.institution_id == institution_id,
        TrialCertificate.state != CertificateState.FILED,
    ):
        found = {one.id: list(of_licence(one, grounds, institution_id)) for one in batch}
        _store({one.id: _owner_of(one) for one in batch}, OF_LICENCE, found)


def keep_year(year: int) -> bool:
    """Bring the doubts of an exam year up to date if there are few; tell whether it was done.

    With many, a job does it by ``recount_year``.
    """
    of_year = TrialCertificate.exam_year == year
    keys = select(TrialCertificate.id).where(of_year, TrialCertificate.deleted_at.is_(None))
    if len(db.session.scalars(keys.limit(FEW + 1)).all()) > FEW:
        return False
    for batch in _batches(of_year):
        _recount_in_turn(batch)
    return True


def recount_year(year: int) -> Iterator[int]:
    """Bring the doubts of an exam year up to date, some at a time; yield how many it were.

    The caller commits after each.
    """
    for batch in _batches(TrialCertificate.exam_year == year, most=_RECOUNTED_AT_ONCE):
        _recount_in_turn(batch)
        yield len(batch)


def recount() -> Iterator[int]:
    """Bring the doubts of all certificates up to date, some at a time; yield how many it were.

    The caller commits after each, so that nobody waits long.
    """
    with unscoped(Reason.MAINTENANCE):
        for batch in _batches(most=_RECOUNTED_AT_ONCE):
            _recount_in_turn(batch)
            yield len(batch)


def recount_these(certificates: Sequence[TrialCertificate]) -> None:
    """Bring the doubts of stored certificates up to date, in which nothing changed."""
    _recount(certificates, Grounds(), Others.tied_by(map(ties_of, certificates)))


def _batches(
    *conditions: ColumnElement[bool], most: int = MOST_AT_ONCE
) -> Iterator[list[TrialCertificate]]:
    """Yield the living certificates that the session sees, some at a time."""
    last = 0
    while True:
        statement = _living(*conditions, TrialCertificate.id > last).limit(most)
        batch = list(db.session.scalars(statement).unique())
        if not batch:
            return
        last = batch[-1].id
        yield batch


def _living(*conditions: ColumnElement[bool]) -> Select[TrialCertificate]:
    return (
        select(TrialCertificate)
        .where(TrialCertificate.deleted_at.is_(None), *conditions)
        .order_by(TrialCertificate.id)
    )


def _recount_in_turn(certificates: Sequence[TrialCertificate]) -> None:
    """Find all doubts anew while nobody else changes what they hang on."""
    hold_certificates(certificates)
    # What was changed while waiting is read again.
    fresh = _living(TrialCertificate.id.in_([one.id for one in certificates]))
    rows = db.session.scalars(fresh.execution_options(populate_existing=True)).unique()
    recount_these(list(rows))


def _recount(certificates: Sequence[TrialCertificate], grounds: Grounds, others: Others) -> None:
    """Find all doubts of certificates anew, and keep them; ``others`` holds at least their ties."""
    if not certificates:
        return
    grounds.load(one.institution_id for one in certificates)
    twice = across.entered_twice(others.of_people)
    busy = across.too_busy(others.of_mentors, grounds.cycles)
    found: dict[int, list[Finding]] = {}
    for one in certificates:
        found[one.id] = [
            *twice.get(one.id, ()),
            *of_content(one, grounds),
            *busy.get(one.id, ()),
            *of_practice(one, grounds, one.institution_id),
        ]
    for is_filed in (False, True):
        owners = {
            one.id: _owner_of(one)
            for one in certificates
            if (one.state is CertificateState.FILED) is is_filed
        }
        _store(owners, _ALL - OF_LICENCE if is_filed else _ALL, found)


def _settle(grounds: Grounds, others: Others) -> None:
    """Bring up to date what all certificates of these people, and of these mentors, say of others.

    Their institutions may lie anywhere, so it is done by keys, and without their content. Of other
    mentors nothing is touched: whoever changes theirs has not waited for us.
    """
    stretches = others.of_people
    _store(_owners(stretches), frozenset({Doubt.TWO_PLACES}), across.entered_twice(stretches))
    stretches = others.of_mentors
    positions: dict[int, set[int | None]] = defaultdict(set)
    for one in stretches:
        positions[one.certificate_id].add(one.position)
    busy = across.too_busy(stretches, grounds.cycles)
    _store(_owners(stretches), frozenset({Doubt.MENTOR_BUSY}), busy, positions)


def _owners(stretches: Iterable[Stretch]) -> dict[int, _Owner]:
    return {one.certificate_id: _Owner(one.institution_id, one.owner_path) for one in stretches}


def _owner_of(certificate: TrialCertificate) -> _Owner:
    return _Owner(certificate.institution_id, certificate.owner_path)


def _store(
    owners: Mapping[int, _Owner],
    kinds: frozenset[Doubt],
    found: Mapping[int, Iterable[Finding]],
    positions: Mapping[int, set[int | None]] | None = None,
) -> None:
    """Let certificates have exactly the doubts ``found`` among ``kinds``; others stay.

    With ``positions``, others are those about other periods, too.

    A kind that was there before in other words keeps the time when it was first seen.
    """
    keys = sorted(owners)
    with unscoped(Reason.DOUBTS):
        for some in in_parts(keys):
            _store_some(some, owners, kinds, found, positions)


def _store_some(
    keys: Sequence[int],
    owners: Mapping[int, _Owner],
    kinds: frozenset[Doubt],
    found: Mapping[int, Iterable[Finding]],
    positions: Mapping[int, set[int | None]] | None,
) -> None:
    known: dict[int, dict[Finding, int]] = defaultdict(dict)
    since: dict[tuple[int, Doubt], dt.datetime] = {}
    now, fresh, gone = utc_now(), [], []
    for row in db.session.execute(
        select(
            CertificateDoubt.id,
            CertificateDoubt.certificate_id,
            CertificateDoubt.kind,
            CertificateDoubt.sentence,
            CertificateDoubt.position,
            CertificateDoubt.first_seen_at,
        ).where(CertificateDoubt.certificate_id.in_(keys), CertificateDoubt.kind.in_(kinds))
    ):
        if positions is None or row.position in positions[row.certificate_id]:
            known[row.certificate_id][Finding(row.kind, row.sentence, row.position)] = row.id
        kind = row.certificate_id, row.kind
        since[kind] = min(since.get(kind, row.first_seen_at), row.first_seen_at)
    for key in keys:
        wanted = dict.fromkeys(one for one in found.get(key, ()) if one.kind in kinds)
        gone += [id_ for finding, id_ in known[key].items() if finding not in wanted]
        fresh += [
            CertificateDoubt(
                certificate_id=key,
                **owners[key]._asdict(),
                **one._asdict(),
                first_seen_at=since.get((key, one.kind), now),
            )
            for one in wanted
            if one not in known[key]
        ]
    if gone:
        db.session.execute(
            delete(CertificateDoubt).where(CertificateDoubt.id.in_(gone)),
            execution_options={"synchronize_session": False},
        )
    db.session.add_all(fresh)
    db.session.flush()
    # Rows of others must not stay in a session that belongs to one actor.
    for one in fresh:
        db.session.expunge(one)
