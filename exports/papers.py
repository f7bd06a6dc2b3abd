"""From stored records to the frozen values that papers and sheets are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exports.certificates import CertificatePaper, CertificatePeriod
from exports.columns import Column, ColumnKind
from exports.password_strips import PasswordSheet, PasswordStrip
from exports.receipts import ReceiptPaper, ReceiptPerson
from exports.rosters import RosterPaper, RosterPerson
from models import AuthMethod, CertificateType, Conclusion, RosterState, TrialCertificate, label_of
from models.exam_cycle import ROSTER_NOTES
from services import clock, rosters
from services.audit import CHINA, shown
from services.certificates import covered_months, head_of, period_text, printed_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from models import Roster, TrialPeriod
    from services.account_batches import Strip

_WATERMARKS: Final = {
    RosterState.DRAFT: "草稿",
    RosterState.RETURNED: "作废",
    RosterState.VOIDED: "作废",
}


def roster_paper(roster: Roster) -> RosterPaper:
    """Return a roster as it was when it was made; present data play no part in it."""
    people = rosters.people_of(roster)
    kinds = {person["certificate_type"] for person in people}
    printed_on = roster.printed_at.astimezone(CHINA).date() if roster.printed_at else clock.today()
    return RosterPaper(
        institution_name=roster.head["institution_name"],
        registration_number=roster.head["registration_number"],
        bureau_name=roster.head["bureau_name"],
        exam_year=roster.exam_year,
        batch=f"第{roster.batch}批",
        code=roster.code,
        version=int(roster.head["version"]),
        certificate_kind=kinds.pop() if len(kinds) == 1 else "",
        printed_on=printed_on,
        people=tuple(
            RosterPerson(
                position=person["position"],
                name=person["name"],
                gender=person["gender"],
                id_number=person["id_number"],
                education=person["education"],
                major=person["major"],
                exam_category=person["exam_category"],
                department=person["department"],
                period_text=person["period_text"],
                months=person["months"],
                mentor=person["mentor"],
                conclusion=person["conclusion"],
                submission_code=person["submission_code"],
                remark=person["remark"],
            )
            for person in people
        ),
        # Rosters from before the years had texts of their own keep what they printed.
        notes=notes_of(roster.head.get("notes", ROSTER_NOTES)),
        watermark=_watermark(roster),
    )


def receipt_of(roster: Roster) -> ReceiptPaper:
    """Return the receipt of a roster that is on file; present data play no part in it."""
    if roster.submitted_at is None or roster.decided_at is None:
        raise ValueError("a roster that was not filed has no receipt")
    return ReceiptPaper(
        institution_name=roster.head["institution_name"],
        registration_number=roster.head["registration_number"],
        bureau_name=roster.head["bureau_name"],
        exam_year=roster.exam_year,
        batch=f"第{roster.batch}批",
        code=roster.code,
        version=int(roster.head["version"]),
        headcount=roster.headcount,
        submitted_on=roster.submitted_at.astimezone(CHINA).date(),
        filed_on=roster.decided_at.astimezone(CHINA).date(),
        filed_at=shown(roster.decided_at),
        people=tuple(
            ReceiptPerson(
                position=person["position"],
                name=person["name"],
                exam_category=person["exam_category"],
                submission_code=person["submission_code"],
            )
            for person in rosters.people_of(roster)
        ),
    )


def notes_of(text: str) -> tuple[str, ...]:
    """Return the notes at the foot of a paper, one for each line of a year's text."""
    return tuple(filter(None, text.splitlines()))


def _watermark(roster: Roster) -> str | None:
    """Return what is printed across a paper that is not, or no longer, to be relied on."""
    if roster.state is RosterState.PRINTED and rosters.changed_since(roster):
        return "作废"
    return _WATERMARKS.get(roster.state)


def certificate_papers(certificates: Iterable[TrialCertificate]) -> list[CertificatePaper]:
    """Return certificates as they are now, each with the code of its present content.

    The day is that of the first print of the same paper. What an assessor writes by hand
    (考核情况, 机构意见) stays empty.
    """
    rows = list(certificates)
    days = printed_on(rows)
    return [_certificate_paper(row, days.get(row.id) or clock.today()) for row in rows]


def _certificate_paper(certificate: TrialCertificate, day: dt.date) -> CertificatePaper:
    head = head_of(certificate)
    is_practice = certificate.certificate_type is CertificateType.PRACTICE
    decided = certificate.conclusion is not Conclusion.PENDING
    return CertificatePaper(
        form="practice" if is_practice else "trial",
        exam_year=certificate.exam_year,
        name=certificate.name,
        gender=certificate.gender.name.removesuffix("性"),
        born_on=certificate.born_on,
        ethnic_group=certificate.ethnic_group.name,
        id_document_type=certificate.id_document.name,
        id_number=certificate.id_number,
        education=certificate.education.name,
        major=certificate.major,
        school=certificate.school,
        graduated_on=certificate.graduated_on,
        exam_category=certificate.exam_category.name,
        institution_name=head["institution_name"],
        registration_number=head["registration_number"],
        address=head["address"],
        postcode=head["postcode"],
        phone="",
        periods=tuple(
            _period(period, head["institution_name"], with_mentor=not is_practice)
            for period in certificate.periods
        ),
        total=f"{covered_months(certificate.periods)}个月",
        assessment="",
        conclusion=certificate.conclusion.label if decided else "",
        submission_code=certificate.submission_code,
        version=certificate.content_version,
        printed_on=day,
        qualification_number=certificate.qualification_certificate_number or "",
        practice_number=certificate.practice_certificate_number or "",
        notes=notes_of(head["notes"]),
    )


def certificate_columns() -> tuple[Column, ...]:
    """Return the columns of the sheet of certificates, one row for each person."""
    return _COLUMNS


def certificate_row(certificate: TrialCertificate, doubts: str) -> Sequence[object]:
    """Return one row of the sheet, in the order of ``certificate_columns``.

    ``doubts`` are the kinds of what is to be looked into, in words.
    """
    periods = certificate.periods
    return (
        certificate.institution.name,
        certificate.exam_year,
        certificate.certificate_type.label,
        certificate.name,
        certificate.gender.name,
        certificate.id_document.name,
        certificate.id_number,
        certificate.born_on,
        certificate.ethnic_group.name,
        certificate.education.name,
        certificate.school,
        certificate.major,
        certificate.graduated_on,
        certificate.phone,
        certificate.exam_category.name,
        certificate.qualification_certificate_number or "",
        certificate.practice_certificate_number or "",
        _joined([period.place_name for period in periods]),
        _joined([period.department for period in periods]),
        period_text(periods),
        f"{covered_months(periods)}个月",
        _joined(
            [
                f"{period.mentor_name}（{period.mentor_practice_certificate_number}）"
                for period in periods
            ]
        ),
        certificate.conclusion.label,
        certificate.state.label,
        doubts,
        certificate.submission_code,
    )


def password_sheet(strips: Sequence[Strip], issuer: str, address: str) -> PasswordSheet:
    """Return one-time passwords as they are printed; ``address`` is that of the sign-in page."""
    return PasswordSheet(
        issuer=issuer,
        printed_on=clock.today(),
        strips=tuple(
            PasswordStrip(
                institution_name=strip.institution_name,
                username=strip.username,
                full_name=strip.full_name,
                valid_until=shown(strip.valid_until),
                steps=(*_sign_in_steps(strip, address), _LAST_STEP),
                password=strip.password,
            )
            for strip in strips
        ),
    )


def _sign_in_steps(strip: Strip, address: str) -> tuple[str, ...]:
    if strip.required is AuthMethod.PASSWORD_SMS and strip.has_phone:
        return (
            f"打开 {address} ，选择“短信口令”，输入用户名、一次性密码、手机号和图形验证码；",
            "单击“发送短信”，输入手机收到的验证码，单击“登录”。",
        )
    way = f"打开 {address} ，选择“密码”，输入用户名、一次性密码和图形验证码，单击“登录”"
    return {
        AuthMethod.PASSWORD: (f"{way}。",),
        AuthMethod.PASSWORD_SMS: (f"{way}；", "按提示绑定本人手机号。"),
        AuthMethod.PASSWORD_TOTP: (
            f"{way}；",
            "按提示用手机上的动态口令应用（如微信小程序“腾讯身份验证器”）扫描二维码登记。",
        ),
        AuthMethod.PASSWORD_USBKEY: (f"{way}；", "按提示插入并登记USBKEY。"),
    }[strip.required]


_LAST_STEP: Final = (
    "登录后须立即设置自己的密码。一次性密码只在有效期内可用，请勿告诉他人；设置后请销毁本条。"
)


def _column(key: str, width: float, kind: ColumnKind = "text") -> Column:
    return Column(key, label_of(getattr(TrialCertificate, key)), width, kind)


_COLUMNS: Final = (
    Column("institution", "机构名称", 30),
    _column("exam_year", 9, "integer"),
    _column("certificate_type", 30),
    _column("name", 12),
    Column("gender", "性别", 6),
    Column("id_document", "证件类型", 14),
    _column("id_number", 20),
    _column("born_on", 12, "date"),
    Column("ethnic_group", "民族", 9),
    Column("education", "学历", 14),
    _column("school", 22),
    _column("major", 18),
    _column("graduated_on", 12, "date"),
    _column("phone", 13),
    Column("exam_category", "报考类别", 20),
    _column("qualification_certificate_number", 29),
    _column("practice_certificate_number", 17),
    Column("places", "试用机构", 30),
    Column("departments", "试用科室", 18),
    Column("period_text", "起止时间", 18),
    Column("months", "累计时长", 9),
    Column("mentors", "带教老师（执业证书编码）", 30),
    _column("conclusion", 9),
    _column("state", 9),
    Column("doubts", "风险提示", 24),
    _column("submission_code", 27),
)


def _period(period: TrialPeriod, own_name: str, *, with_mentor: bool) -> CertificatePeriod:
    return CertificatePeriod(
        started_on=period.started_on,
        ended_on=period.ended_on,
        department=period.department,
        content=period.content,
        mentor_name=period.mentor_name if with_mentor else "",
        mentor_licence_number=period.mentor_practice_certificate_number if with_mentor else "",
        institution_name="" if period.place_name == own_name else period.place_name,
    )


def _joined(texts: Sequence[str]) -> str:
    """Return different texts one after the other."""
    return "；".join(dict.fromkeys(texts))
