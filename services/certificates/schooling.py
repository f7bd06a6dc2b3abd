"""Which schooling a law asks for (domain.md §2.1): one table for doubts and for previews."""

from __future__ import annotations

from typing import Final

from models import CertificateType, ExamLaw

#: The level of the exam for which assistants prove their practice (报考级别).
PHYSICIAN: Final = "执业医师"
#: 师承和确有专长: these categories ask for no schooling.
_APPRENTICE_DIGITS: Final = ("3", "4")
_BACHELOR, _COLLEGE, _SECONDARY = "bachelor_or_above", "college", "secondary"
#: Every 报考学历 that one of the laws names.
ADMITTED: Final = frozenset({_BACHELOR, _COLLEGE, _SECONDARY})
_FROM_COLLEGE_ON: Final = frozenset({_BACHELOR, _COLLEGE})


def bands(law: ExamLaw, kind: CertificateType | None, level: str | None) -> frozenset[str]:
    """Return the 报考学历 that ``law`` admits for a 报考类型 and a level of the exam."""
    if kind is CertificateType.TRIAL and level == PHYSICIAN:
        # Without having been an assistant, both laws ask for a bachelor.
        return frozenset({_BACHELOR})
    return ADMITTED if law is ExamLaw.PRACTICE_1998 else _FROM_COLLEGE_ON


def is_schooled(category_code: str) -> bool:
    """Whether an exam category asks for schooling at all."""
    return not category_code.startswith(_APPRENTICE_DIGITS)


def suffices(
    law: ExamLaw,
    kind: CertificateType | None,
    level: str | None,
    category_code: str,
    band: str | None,
) -> bool:
    """Whether schooling of ``band`` is enough for an exam category under ``law``."""
    return not is_schooled(category_code) or band in bands(law, kind, level)
