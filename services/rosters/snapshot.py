"""What stands on a roster, as it was when the roster was made, and the code that seals it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from pypinyin import Style, lazy_pinyin
from sqlalchemy import select

from extensions import db
from models import CertificateType, Licence
from services import signing
from services.certificates import covered_months
from services.errors import DomainError
from services.institutions.tree import bureau_above

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models import ExamCategory, ExamCycle, Institution, Roster, TrialCertificate

#: 临床, 口腔, 公卫, 中医 (with 中西医 and the ethnic ones), as rosters of the region are sorted.
_ORDER: Final[Mapping[str, int]] = {"clinical": 0, "dental": 1, "public_health": 2}
_AFTER_THOSE: Final = len(_ORDER)


def in_order(certificates: Sequence[TrialCertificate]) -> list[TrialCertificate]:
    """Return certificates in the order of a roster: by category, then by the sound of the name."""
    return sorted(
        certificates,
        key=lambda one: (
            rank_of(one.exam_category),
            lazy_pinyin(one.name, style=Style.TONE3),
            one.name,
            one.id,
        ),
    )


def rank_of(category: ExamCategory) -> int:
    """Return where a category stands in the order of rosters."""
    return _ORDER.get(category.category_key, _AFTER_THOSE)


def content_of(certificate: Any) -> str:
    """Return the printed values of one person (a ``TrialCertificate``, or its like) as JSON."""
    periods = certificate.periods
    values = {
        "name": certificate.name,
        "gender": certificate.gender.name.removesuffix("性"),
        "id_number": certificate.id_number,
        "education": certificate.education.name,
        "major": certificate.major,
        "certificate_type": certificate.certificate_type.label,
        "exam_category": certificate.exam_category.name,
        "department": _lines(period.department for period in periods),
        "period_text": "\n".join(
            f"{period.started_on:%Y.%m}-{period.ended_on:%Y.%m}" for period in periods
        ),
        "months": f"{covered_months(periods)}个月",
        "mentor": _lines(
            f"{period.mentor_name}（{period.mentor_practice_certificate_number}）"
            for period in periods
        ),
        "conclusion": certificate.conclusion.label,
        "remark": (
            "执业助理医师报考" if certificate.certificate_type is CertificateType.PRACTICE else ""
        ),
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def people_of(roster: Roster) -> list[dict[str, Any]]:
    """Return the people of a roster in order, each with every printed value as it was.

    Besides the values of ``content_of`` each has ``position`` and ``submission_code``.
    """
    return [
        {
            **json.loads(entry.content),
            "position": entry.position,
            "submission_code": entry.submission_code,
        }
        for entry in roster.entries
    ]


def head_of(
    institution: Institution, bureau_name: str, *, cycle: ExamCycle, batch: int, version: int
) -> dict[str, str]:
    """Return what stands in the head of a new roster, and at its foot."""
    return head_with(
        institution.name,
        _registration_number(institution),
        bureau_name,
        cycle=cycle,
        batch=batch,
        version=version,
    )


def head_with(
    institution_name: str,
    registration_number: str,
    bureau_name: str,
    *,
    cycle: ExamCycle,
    batch: int,
    version: int,
) -> dict[str, str]:
    """Return the head of a roster of which all is known."""
    return {
        "institution_name": institution_name,
        "registration_number": registration_number,
        "bureau_name": bureau_name,
        "exam_year": str(cycle.year),
        "batch": str(batch),
        "version": str(version),
        # Whatever becomes of the year's text, the roster prints as it did.
        "notes": cycle.roster_notes,
    }


def code_of_snapshot(
    head: Mapping[str, str],
    entries: Sequence[Any],
    *,
    institution_id: int,
    bureau_id: int,
    exam_year: int,
) -> str:
    """Return the code of a roster: of its head, and of its people's codes and printed values.

    ``entries`` have ``submission_code`` and ``content``, in the order of the roster.
    """
    sealed = _sealed(head, entries, institution_id=institution_id, bureau_id=bureau_id)
    return signing.roster_code(*sealed, exam_year=exam_year)


def is_sealed_by(roster: Any, entries: Sequence[Any], code: str) -> bool:
    """Whether ``code`` is that of a stored roster, by whichever key it was made.

    ``roster`` is a ``Roster`` or a row of its columns; so are ``entries``.
    """
    sealed = _sealed(
        roster.head,
        entries,
        institution_id=roster.institution_id,
        bureau_id=roster.bureau_id,
    )
    return signing.is_roster_code(code, *sealed, exam_year=roster.exam_year)


def _sealed(
    head: Mapping[str, str], entries: Sequence[Any], *, institution_id: int, bureau_id: int
) -> tuple[dict[str, Any], list[str]]:
    """Return what the code of a roster vouches for besides its year."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(entry.content.encode() + b"\0")
    values = {
        **head,
        "institution_id": institution_id,
        "bureau_id": bureau_id,
        "content": digest.hexdigest(),
    }
    return values, [entry.submission_code for entry in entries]


def receiving_bureau(institution: Institution) -> tuple[int, str]:
    """Return key and name of the nearest bureau above an institution (同级考试管理机构)."""
    bureau = bureau_above(institution.path)
    if bureau is None:
        raise DomainError(
            "本机构没有上级考试管理机构，不能生成花名册，请联系上级核对信息上报层级。"
        )
    return bureau


def _registration_number(institution: Institution) -> str:
    """Return the number of the licence in use, else the one on the institution's own record."""
    used = db.session.scalar(
        select(Licence.registration_number).where(
            Licence.institution_id == institution.id, Licence.is_in_use
        )
    )
    return used or institution.registration_number or ""


def _lines(texts: Any) -> str:
    """Return different texts one below the other."""
    return "\n".join(dict.fromkeys(texts))
