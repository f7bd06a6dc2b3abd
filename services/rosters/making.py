"""Making rosters from the certificates of those who passed, and making them void."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import (
    CertificateState,
    Conclusion,
    ExamCycle,
    Institution,
    Roster,
    RosterEntry,
    RosterState,
    TrialCertificate,
)
from services import audit, certificates, form_keys, numbering, scope
from services.audit import AuditTag
from services.errors import DomainError, NotAllowedError
from services.permissions import Permission
from services.rosters import snapshot
from services.rosters.moving import claim, let_go, named, not_now, require_own, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from services.actor import Actor

_TAKEN: Final = "所选人员中有人刚刚被列入其他花名册，请刷新后重新选择。"


def candidates(actor: Actor, exam_year: int) -> list[TrialCertificate]:
    """Return the certificates of the actor's institution that may go on a roster, in its order.

    考核结论 合格, not handed in, on no living roster.
    """
    actor.require(Permission.ROSTER_WRITE)
    found = db.session.scalars(_candidates(actor, exam_year)).unique().all()
    return snapshot.in_order(found)


def create(
    actor: Actor,
    exam_year: int,
    certificate_ids: Sequence[object],
    form_key: str | None = None,
) -> Roster:
    """Make a roster of the chosen people as they are now.

    The same form sent a second time (``form_key``) gives the roster of the first time. Raises
    ``DomainError`` with the names of those who may not be on it.
    """
    actor.require(Permission.ROSTER_WRITE)
    earlier = form_keys.sent_before(Roster, form_key)
    if earlier is not None:
        return earlier
    if not certificate_ids:
        raise DomainError("请至少选择一人。")
    chosen = scope.find_all(TrialCertificate, certificate_ids)
    if any(one.institution_id != actor.institution_id for one in chosen):
        raise NotAllowedError("花名册由试用机构生成，只能列入本机构的人员。")
    allowed = {one.id for one in candidates(actor, exam_year)}
    refused = [one.name for one in chosen if one.id not in allowed]
    if refused:
        raise DomainError(
            f"以下人员不能列入{exam_year}年度花名册：{named(refused)}。"
            "只能列入本年度考核合格、尚未报送且不在其他花名册中的人员，请刷新后重新选择。"
        )
    return _make(actor, exam_year, chosen, form_key=form_key)


def remake(actor: Actor, roster: Roster) -> Roster:
    """Make a roster void and a new one of the same people, as far as they may still be on one."""
    require_own(actor, roster)
    with step():
        if not roster.can_move_to(RosterState.VOIDED):
            raise DomainError(not_now(roster, "重新生成"))
        people = {entry.certificate_id for entry in roster.entries}
        void(actor, roster)
        again = [one for one in candidates(actor, roster.exam_year) if one.id in people]
        if not again:
            raise DomainError("原花名册中的人员目前都不能列入花名册，不能重新生成，可直接作废。")
        return _make(actor, roster.exam_year, again, replaced=roster)


def void(actor: Actor, roster: Roster) -> None:
    """Make a roster void that was not handed in, or was returned; its people are free again."""
    require_own(actor, roster)
    with step():
        claim(roster, RosterState.VOIDED, "作废")
        let_go(roster)
        audit.record(actor, AuditTag.ROSTER_VOID, roster)


def _candidates(actor: Actor, exam_year: int) -> Select[TrialCertificate]:
    living = select(RosterEntry.certificate_id).where(RosterEntry.is_living)
    return certificates.visible().where(
        TrialCertificate.institution_id == actor.institution_id,
        TrialCertificate.exam_year == exam_year,
        TrialCertificate.state == CertificateState.COMPLETED,
        TrialCertificate.conclusion == Conclusion.QUALIFIED,
        TrialCertificate.id.not_in(living),
    )


def _make(
    actor: Actor,
    exam_year: int,
    chosen: Sequence[TrialCertificate],
    *,
    form_key: str | None = None,
    replaced: Roster | None = None,
) -> Roster:
    """Store a roster; the database decides that nobody is on two living ones."""
    institution = scope.find(Institution, actor.institution_id)
    bureau_id, bureau_name = snapshot.receiving_bureau(institution)
    batch = _next_batch(institution.id, exam_year)
    version = int(replaced.head["version"]) + 1 if replaced is not None else 1
    head = snapshot.head_of(
        institution, bureau_name, cycle=_cycle(exam_year), batch=batch, version=version
    )
    if replaced is not None:
        head["replaces"] = replaced.code
    entries = [
        RosterEntry(
            certificate=one,
            certificate_id=one.id,
            position=position,
            submission_code=one.submission_code,
            content=snapshot.content_of(one),
            is_living=True,
        )
        for position, one in enumerate(snapshot.in_order(chosen), start=1)
    ]
    code = snapshot.code_of_snapshot(
        head, entries, institution_id=institution.id, bureau_id=bureau_id, exam_year=exam_year
    )
    try:
        with db.session.begin_nested():
            roster = Roster(
                institution=institution,
                exam_year=exam_year,
                batch=batch,
                state=RosterState.DRAFT,
                code=code,
                head=head,
                headcount=len(entries),
                bureau_id=bureau_id,
                form_key=form_key,
                entries=entries,
            )
            db.session.add(roster)
            db.session.flush()
            audit.record(actor, AuditTag.ROSTER_CREATE, roster)
    except IntegrityError:
        earlier = form_keys.sent_before(Roster, form_key)
        if earlier is not None:
            return earlier
        # The database's own words hold the values, so they are not chained.
        raise DomainError(_TAKEN) from None
    return roster


def _cycle(exam_year: int) -> ExamCycle:
    return db.session.scalars(select(ExamCycle).where(ExamCycle.year == exam_year)).one()


def _next_batch(institution_id: int, exam_year: int) -> int:
    """Draw the next batch; numbers that were given without the counter are passed over."""
    while True:
        batch = numbering.next_number(f"roster:{institution_id}:{exam_year}")
        taken = select(Roster.id).where(
            Roster.institution_id == institution_id,
            Roster.exam_year == exam_year,
            Roster.batch == batch,
        )
        if db.session.scalar(taken) is None:
            return batch
