"""Checking a printed code: what it is worth today, for anybody, with masked data.

The code is made again from the live data, so that data changed behind the platform's back show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from extensions import db
from models import (
    CertificateType,
    CodePrint,
    CodeState,
    Conclusion,
    ExamCategory,
    ExamCycle,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
    VerificationStatus,
    label_of,
)
from services import exam_years, misreading, reference, signing
from services.audit import shown
from services.certificates import is_code_of, period_text
from services.certificates.content import FIELDS, FIELDS_OF_PERIOD
from services.institutions.names import name_of
from services.rosters import is_sealed_by
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from services.misreading import Misreading


_EXPLANATIONS: Final = {
    VerificationStatus.VALID: "编码与平台数据一致。请核对下列内容与纸质材料是否相同。",
    VerificationStatus.SUPERSEDED: "该材料打印后，平台上的信息已修改，请要求提供重新打印的材料。",
    VerificationStatus.VOIDED: "该材料已在平台上作废，无效。",
    VerificationStatus.RETURNED: "该花名册已被接收单位退回，无效；更正后须重新生成、打印、报送。",
    VerificationStatus.UNPRINTED: "该编码尚未在平台上打印，没有有效的纸质件。",
    VerificationStatus.INCONSISTENT: "编码与平台数据不一致，该材料无效，请联系出具机构核实。",
    VerificationStatus.UNKNOWN: "平台从未出具过该编码的材料，请核对是否抄录错误。",
    VerificationStatus.MISTYPED: "这不是完整、正确的编码，请对照纸质材料逐位核对后重新输入。",
}
#: Rows that are read for the code but never shown.
_OF_CERTIFICATE: Final = (*FIELDS, "content_version", "submission_code", "deleted_at")
_OF_ROSTER: Final = (
    "id",
    "institution_id",
    "bureau_id",
    "exam_year",
    "batch",
    "state",
    "code",
    "head",
    "headcount",
)


@dataclass(frozen=True)
class Verification:
    """The answer to a check: nothing in it identifies a person to somebody without the paper.

    ``name`` shows the first character, ``id_tail`` the last four of the ID number. What does not
    apply, or cannot be trusted, is empty.
    """

    status: VerificationStatus
    code: str = ""
    institution: str = ""
    exam_year: int | None = None
    name: str = ""
    id_tail: str = ""
    certificate_type: CertificateType | None = None
    category: str = ""
    period_text: str = ""
    conclusion: Conclusion | None = None
    #: When the paper with this code was last printed.
    printed_at: dt.datetime | None = None
    batch: int | None = None
    headcount: int | None = None
    roster_state: RosterState | None = None
    bureau: str = ""
    #: Positions on the roster of people whose certificate has changed since.
    changed_positions: tuple[int, ...] = ()
    #: What a true paper is not good for.
    cautions: tuple[str, ...] = ()
    #: What is wrong with a code that is none.
    misreading: Misreading | None = None

    @property
    def is_valid(self) -> bool:
        """Whether the paper counts."""
        return self.status is VerificationStatus.VALID

    @property
    def explanation(self) -> str:
        """What the answer means for whoever holds the paper."""
        return explanation_of(self.status)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What may be shown, as (label, text), in the order of the paper."""
        pairs = [
            ("编码", self.code),
            ("姓名", self.name),
            ("证件号码后四位", self.id_tail),
            ("出具机构", self.institution),
            ("接收单位", self.bureau),
            (label_of(TrialCertificate.exam_year), str(self.exam_year or "")),
            (label_of(Roster.batch), f"第{self.batch}批" if self.batch else ""),
            (
                label_of(TrialCertificate.certificate_type),
                self.certificate_type.label if self.certificate_type else "",
            ),
            (label_of(TrialCertificate.exam_category_code), self.category),
            ("起止时间", self.period_text),
            (
                label_of(TrialCertificate.conclusion),
                self.conclusion.label if self.conclusion else "",
            ),
            (label_of(CodePrint.printed_at), shown(self.printed_at)),
            (label_of(Roster.headcount), str(self.headcount or "")),
            ("花名册状态", self.roster_state.label if self.roster_state else ""),
            (
                "信息已修改的人员序号",
                "、".join(str(position) for position in self.changed_positions),
            ),
        ]
        return [(label, text) for label, text in pairs if text]


def explanation_of(status: VerificationStatus) -> str:
    """Return what a status means for whoever holds the paper."""
    return _EXPLANATIONS[status]


def cautions_of(cycle: ExamCycle, conclusion: Conclusion) -> tuple[str, ...]:
    """Return what a true paper is not good for: another year's exam, or anybody's at all.

    A proof counts in the exam year for which it was given (报名资格规定2014版第四条).
    """
    successor, found = exam_years.successor_of(cycle), []
    if successor is not None:
        found.append(f"这是{cycle.year}年度的证明，仅当年有效；现在是{successor}年度。")
    if conclusion is not Conclusion.QUALIFIED:
        found.append(f"考核结论不是合格：{conclusion.label}。")
    return tuple(found)


def verify(code_text: str) -> Verification:
    """Say what a typed or scanned 提交编码 or 花名册编码 is worth today."""
    code = signing.read_code(code_text)
    if code is None:
        return Verification(VerificationStatus.MISTYPED, misreading=misreading.look_at(code_text))
    if not signing.has_key_of(code):
        return Verification(VerificationStatus.UNKNOWN, code)
    with unscoped(Reason.VERIFICATION):
        if code.startswith(signing.ROSTER_PREFIX):
            return _roster(code)
        return _certificate(code)


def _certificate(code: str) -> Verification:
    known = db.session.execute(
        select(
            SubmissionCode.certificate_id,
            SubmissionCode.state,
            select(func.max(CodePrint.printed_at))
            .where(CodePrint.code_id == SubmissionCode.id)
            .scalar_subquery()
            .label("printed_at"),
        ).where(SubmissionCode.code == code)
    ).one_or_none()
    if known is None:
        return Verification(VerificationStatus.UNKNOWN, code)
    row = db.session.execute(
        select(*_columns(TrialCertificate, _OF_CERTIFICATE)).where(
            TrialCertificate.id == known.certificate_id
        )
    ).one()
    periods = db.session.execute(
        select(*_columns(TrialPeriod, FIELDS_OF_PERIOD))
        .where(TrialPeriod.certificate_id == row.id)
        .order_by(TrialPeriod.position)
    ).all()
    status = status_of_certificate(
        code, known.state, row, periods, is_printed=known.printed_at is not None
    )
    if status is VerificationStatus.INCONSISTENT:
        # Nothing of what is stored can be trusted, nor may it lend the paper credit.
        return Verification(status, code)
    cycle = exam_years.cycle_of(row.exam_year)
    return Verification(
        status,
        code,
        institution=name_of(row.institution_id),
        exam_year=row.exam_year,
        name=f"{row.name[:1]}*",
        id_tail=row.id_number[-4:],
        certificate_type=row.certificate_type,
        category=reference.name_of(ExamCategory, row.exam_category_code),
        period_text=period_text(periods),
        conclusion=row.conclusion,
        printed_at=known.printed_at,
        cautions=(
            cautions_of(cycle, row.conclusion)
            if status is VerificationStatus.VALID and cycle is not None
            else ()
        ),
    )


def status_of_certificate(
    code: str, state: CodeState, row: Any, periods: Sequence[Any], *, is_printed: bool
) -> VerificationStatus:
    """Return what the code of a certificate is worth, by the record and its ``periods`` now.

    ``state`` is that of the code; ``row`` is a ``TrialCertificate`` or a row of its columns.
    """
    if state is CodeState.VOIDED or row.deleted_at is not None:
        return VerificationStatus.VOIDED
    if state is CodeState.SUPERSEDED:
        return VerificationStatus.SUPERSEDED
    if row.submission_code != code or not is_code_of(row, code, periods):
        return VerificationStatus.INCONSISTENT
    # Whoever has a paper with a code that was never printed has not got it from the platform.
    return VerificationStatus.VALID if is_printed else VerificationStatus.UNPRINTED


def _roster(code: str) -> Verification:
    row = db.session.execute(
        select(*_columns(Roster, _OF_ROSTER)).where(Roster.code == code)
    ).one_or_none()
    if row is None:
        return Verification(VerificationStatus.UNKNOWN, code)
    entries = db.session.execute(
        select(
            RosterEntry.position,
            RosterEntry.submission_code,
            RosterEntry.content,
            RosterEntry.certificate_id,
        )
        .where(RosterEntry.roster_id == row.id)
        .order_by(RosterEntry.position)
    ).all()
    if row.headcount != len(entries) or not is_sealed_by(row, entries, code):
        return Verification(VerificationStatus.INCONSISTENT, code)
    changed, falsified = _members(row.id)
    if falsified:
        return Verification(VerificationStatus.INCONSISTENT, code, changed_positions=falsified)
    return Verification(
        _status_of_roster(row, changed),
        code,
        institution=row.head["institution_name"],
        exam_year=row.exam_year,
        batch=row.batch,
        headcount=row.headcount,
        roster_state=row.state,
        bureau=row.head["bureau_name"],
        changed_positions=changed,
    )


def _status_of_roster(row: Any, changed: tuple[int, ...]) -> VerificationStatus:
    if row.state in {RosterState.VOIDED, RosterState.RETURNED}:
        successors = select(Roster.id).where(
            Roster.institution_id == row.institution_id,
            Roster.exam_year == row.exam_year,
            Roster.head["replaces"].as_string() == row.code,
        )
        replaced = db.session.scalar(successors.limit(1)) is not None
        if replaced:
            return VerificationStatus.SUPERSEDED
        is_returned = row.state is RosterState.RETURNED
        return VerificationStatus.RETURNED if is_returned else VerificationStatus.VOIDED
    if row.state is RosterState.DRAFT:
        # Only what was printed by its institution can have been stamped.
        return VerificationStatus.UNPRINTED
    return VerificationStatus.SUPERSEDED if changed else VerificationStatus.VALID


def _members(roster_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the positions whose certificate was changed since, and those whose code is false.

    The second can only come about behind the platform's back.
    """
    rows = db.session.execute(
        select(
            RosterEntry.position,
            RosterEntry.submission_code.label("printed_code"),
            *_columns(TrialCertificate, _OF_CERTIFICATE),
        )
        .join(TrialCertificate, TrialCertificate.id == RosterEntry.certificate_id)
        .where(RosterEntry.roster_id == roster_id)
        .order_by(RosterEntry.position)
    ).all()
    periods: dict[int, list[Any]] = {row.id: [] for row in rows}
    stretches = db.session.execute(
        select(TrialPeriod.certificate_id, *_columns(TrialPeriod, FIELDS_OF_PERIOD))
        .where(
            TrialPeriod.certificate_id.in_(
                select(RosterEntry.certificate_id).where(RosterEntry.roster_id == roster_id)
            )
        )
        .order_by(TrialPeriod.certificate_id, TrialPeriod.position)
    )
    for stretch in stretches:
        periods[stretch.certificate_id].append(stretch)
    changed = tuple(
        row.position
        for row in rows
        if row.submission_code != row.printed_code or row.deleted_at is not None
    )
    falsified = tuple(
        row.position for row in rows if not is_code_of(row, row.submission_code, periods[row.id])
    )
    return changed, falsified


def _columns(model: type[Any], names: Sequence[str]) -> list[Any]:
    return [getattr(model, name) for name in names]
