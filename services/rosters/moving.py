"""A roster on its way: printed, handed in, filed or returned; a filing may be revoked.

Each step is decided by one conditional UPDATE, so that of two people who decide at once exactly one
succeeds; everything that belongs to a step happens with it or not at all.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from extensions import db
from models import (
    CertificateState,
    Institution,
    Roster,
    RosterEntry,
    RosterState,
    TrialCertificate,
    label_of,
    utc_now,
)
from services import audit
from services.audit import AuditTag
from services.errors import DomainError, NotAllowedError
from services.exam_years import entry
from services.permissions import Permission
from services.reasons import check_reason
from services.rosters import remarks
from services.rosters.reading import changed_since, heirs, lacks_scan
from services.rosters.snapshot import receiving_bureau
from services.scope import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from services.actor import Actor

#: Where the people of a roster stand while it is at the bureau.
_ON_THE_WAY: Final = {
    RosterState.SUBMITTED: CertificateState.SUBMITTED,
    RosterState.FILED: CertificateState.FILED,
}
#: No sentence lists more names.
_MOST_NAMES: Final = 10
_DECIDED: Final = "该花名册刚刚由他人办理，请刷新后查看。"


def mark_printed(actor: Actor, roster: Roster) -> None:
    """Note that a draft was printed; a roster that was printed before stays as it is.

    Raises ``DomainError`` when it has been overtaken meanwhile, by a change of a certificate or of
    the reporting line: it must be made anew, not printed once more.
    """
    require_own(actor, roster)
    if roster.state not in {RosterState.DRAFT, RosterState.PRINTED}:
        return
    with step():
        _refuse_changed(roster)
        _refuse_moved(roster)
        if roster.state is RosterState.PRINTED:
            return
        claim(roster, RosterState.PRINTED, "打印", printed_at=utc_now())
        audit.record(
            actor, AuditTag.ROSTER_PRINT, roster, changes=[_moved(RosterState.DRAFT, roster)]
        )


def submit(actor: Actor, roster: Roster) -> None:
    """Hand a printed roster in (报送); its people's certificates can then not be changed.

    Raises ``DomainError`` with the names of those whose certificate has changed since the roster
    was made: what was stamped is no longer what is stored. The bureau on it must be the one that
    receives it now, the deadline of the exam year must not have passed, and the scan of the stamped
    paper must be there where the year asks for it.
    """
    require_own(actor, roster)
    if roster.state is RosterState.DRAFT:
        raise DomainError("花名册尚未打印，请先打印、盖章，再报送。")
    with step():
        _refuse_moved(roster)
        if roster.can_move_to(RosterState.SUBMITTED):
            entry.require_in_time(roster)
        claim(roster, RosterState.SUBMITTED, "报送", submitted_at=utc_now())
        if lacks_scan(roster):
            raise DomainError(
                f"{roster.exam_year}年度报送花名册须附盖章扫描件。请将签字、盖章的花名册扫描或拍照，"
                "在花名册的“盖章扫描件”中上传后再报送。"
            )
        _refuse_changed(roster)
        _move_certificates(roster, CertificateState.COMPLETED, CertificateState.SUBMITTED)
        audit.record(
            actor, AuditTag.ROSTER_SUBMIT, roster, changes=[_moved(RosterState.PRINTED, roster)]
        )


def file_roster(actor: Actor, roster: Roster) -> None:
    """Put a roster that was handed in on file (备案); it stays as it is until that is revoked."""
    require_receiver(actor, roster)
    with step():
        claim(roster, RosterState.FILED, "备案", decided_at=utc_now())
        _move_certificates(roster, CertificateState.SUBMITTED, CertificateState.FILED)
        audit.record(
            actor, AuditTag.ROSTER_FILE, roster, changes=[_moved(RosterState.SUBMITTED, roster)]
        )


def return_roster(
    actor: Actor, roster: Roster, reason: str, marks: Mapping[int, str] | None = None
) -> None:
    """Give a roster back with a reason (退回); its people's certificates can be changed again.

    ``marks`` says by position what is wrong with which person (empty: nothing); whoever is not
    named may go on the next roster unchanged. Raises ``FieldErrors`` with all that is wrong.
    """
    require_receiver(actor, roster)
    remarks.check(roster, reason, marks or {})
    _send_back(
        actor,
        roster,
        reason,
        "退回",
        before=RosterState.SUBMITTED,
        tag=AuditTag.ROSTER_RETURN,
        marks=marks or {},
    )


def revoke_filing(actor: Actor, roster: Roster, reason: str) -> None:
    """Take a filing back with a reason (撤销备案): the roster counts as returned from then on.

    What was filed by mistake, or turned out to be wrong, can so be mended and handed in anew.
    """
    _send_back(
        actor, roster, reason, "撤销备案", before=RosterState.FILED, tag=AuditTag.ROSTER_REVOKE
    )


@contextmanager
def step() -> Iterator[None]:
    """Run a step in a savepoint, and forget what it has read when it fails."""
    try:
        with db.session.begin_nested():
            yield
    except DomainError:
        db.session.expire_all()
        raise


def claim(
    roster: Roster,
    after: RosterState,
    act: str,
    *,
    only_from: RosterState | None = None,
    **values: Any,
) -> None:
    """Move a roster to ``after`` by ``act`` unless somebody else has moved it first; then raise.

    ``only_from`` narrows the states that lead to ``after``; ``values`` are written with the state.
    Raises ``DomainError``.
    """
    if roster.state is after:
        raise DomainError(_already(roster))
    if not roster.can_move_to(after) or only_from not in {None, roster.state}:
        raise DomainError(not_now(roster, act))
    before = (
        [state for state, afters in Roster.MOVES.items() if after in afters]
        if only_from is None
        else [only_from]
    )
    moved = db.session.scalars(
        update(Roster)
        .where(Roster.id == roster.id, Roster.state.in_(before))
        .values(state=after, version=Roster.version + 1, **values)
        .returning(Roster.id),
        execution_options={"synchronize_session": False},
    ).all()
    db.session.refresh(roster)
    if not moved:
        raise DomainError(_DECIDED)


def require_submitted(roster: Roster) -> None:
    """Raise ``DomainError`` unless a roster waits for its bureau's decision."""
    if roster.state is not RosterState.SUBMITTED:
        raise DomainError(not_now(roster, "退回"))


def not_now(roster: Roster, act: str) -> str:
    """Return the sentence that the state of a roster, one of several perhaps, forbids ``act``."""
    return f"{_title(roster)}现在是“{roster.state.label}”状态，不能{act}。"


def _already(roster: Roster) -> str:
    moments = {
        RosterState.SUBMITTED: roster.submitted_at,
        RosterState.FILED: roster.decided_at,
        RosterState.RETURNED: roster.decided_at,
    }
    moment = moments.get(roster.state)
    when = f"（{audit.shown(moment)}办理）" if moment is not None else ""
    return f"{_title(roster)}已经是“{roster.state.label}”状态{when}，不用再办一次。"


def _title(roster: Roster) -> str:
    return f"{roster.head['institution_name']}{roster.year_and_batch}花名册"


def let_go(roster: Roster) -> None:
    """Take a roster's claim on its certificates away, so that they may go on another one."""
    db.session.execute(
        update(RosterEntry).where(RosterEntry.roster_id == roster.id).values(is_living=False),
        execution_options={"synchronize_session": "fetch"},
    )


def named(names: Sequence[str]) -> str:
    """Return names for a sentence, the first of them when there are many."""
    text = "、".join(names[:_MOST_NAMES])
    return text if len(names) <= _MOST_NAMES else f"{text}等{len(names)}人"


def require_own(actor: Actor, roster: Roster) -> None:
    """Raise ``NotAllowedError`` unless the roster is of the actor's own institution."""
    actor.require(Permission.ROSTER_WRITE)
    if roster.institution_id != actor.institution_id:
        raise NotAllowedError("花名册由生成它的试用机构办理，其他机构不能代办。")


def require_receiver(actor: Actor, roster: Roster) -> None:
    """Raise ``NotAllowedError`` unless the actor's bureau is the one that receives a roster.

    Or, of one on file, that under which its institution has come since.
    """
    actor.require(Permission.ROSTER_FILE)
    bureau, name = roster.bureau_id, roster.bureau.name
    if bureau != actor.institution_id:
        bureau, name = heirs([roster]).get(roster.id, (bureau, name))
    if bureau != actor.institution_id:
        raise NotAllowedError(
            f"{roster.head['institution_name']}的花名册由接收单位{name}"
            "备案或退回，其他机构不能代办。"
        )


def _send_back(
    actor: Actor,
    roster: Roster,
    reason: str,
    act: str,
    *,
    before: RosterState,
    tag: AuditTag,
    marks: Mapping[int, str] | None = None,
) -> None:
    """Return a roster and free its people; ``before`` is where it must stand."""
    require_receiver(actor, roster)
    text = check_reason(reason, "原因")
    with step():
        claim(
            roster,
            RosterState.RETURNED,
            act,
            only_from=before,
            decided_at=utc_now(),
            return_reason=text,
        )
        _move_certificates(roster, _ON_THE_WAY[before], CertificateState.COMPLETED)
        let_go(roster)
        changes = [
            _moved(before, roster),
            audit.said(label_of(Roster.return_reason), text),
            *remarks.keep(roster, marks or {}),
        ]
        audit.record(actor, tag, roster, changes=changes)


def _refuse_changed(roster: Roster) -> None:
    changed = changed_since(roster)
    if changed:
        raise DomainError(
            f"以下人员的信息在生成花名册后已修改或删除：{named(changed)}。请重新生成花名册并重新打印。"
        )


def _refuse_moved(roster: Roster) -> None:
    """Refuse a roster whose institution has come under another bureau, and hold it where it is."""
    db.session.execute(
        update(Institution)
        .where(Institution.id == roster.institution_id)
        # Nothing changes; the row is only held, so that a move waits for this step.
        .values(updated_at=Institution.updated_at),
        execution_options={"synchronize_session": False},
    )
    institution = find(Institution, roster.institution_id)
    db.session.refresh(institution, ["path"])
    bureau, name = receiving_bureau(institution)
    if bureau != roster.bureau_id:
        raise DomainError(
            f"本机构的信息上报已变更，接收单位现为{name}。请重新生成花名册并重新打印。"
        )


def _move_certificates(roster: Roster, before: CertificateState, after: CertificateState) -> None:
    """Move all people of a roster with it, each with exactly the code that stands on it."""
    on_it = (
        select(RosterEntry.id)
        .where(
            RosterEntry.roster_id == roster.id,
            RosterEntry.certificate_id == TrialCertificate.id,
            RosterEntry.submission_code == TrialCertificate.submission_code,
            RosterEntry.is_living,
        )
        .exists()
    )
    moved = db.session.scalars(
        update(TrialCertificate)
        .where(on_it, TrialCertificate.state == before, TrialCertificate.deleted_at.is_(None))
        .values(state=after, version=TrialCertificate.version + 1)
        .returning(TrialCertificate.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if len(moved) != roster.headcount:
        raise DomainError("花名册中有人员的信息刚刚被修改，请刷新后查看。")


def _moved(before: RosterState, roster: Roster) -> audit.Change:
    return {"label": "状态", "old": before.label, "new": roster.state.label}
