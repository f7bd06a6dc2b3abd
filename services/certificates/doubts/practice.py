"""Doubts about where a trial was served: the licence in use, its 诊疗科目, and the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import Doubt
from services.certificates.doubts.finding import Finding, periods_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models import TrialCertificate
    from services.certificates.doubts.grounds import Grounds
    from services.certificates.inputs import CertificateInput

#: What hangs on the licence of the institution, and changes with it.
OF_LICENCE: Final = frozenset({Doubt.LICENCE, Doubt.DEPARTMENT})


def of_practice(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds, owner: int
) -> Iterator[Finding]:
    """Yield what is doubtful about the places of a certificate, stored or as entered.

    The licence is that of ``owner``, which entered it; no other one is looked at.
    """
    yield from of_licence(certificate, grounds, owner)
    for number, period in enumerate(periods_of(certificate), start=1):
        if period.place_id is None:
            yield Finding(
                Doubt.PLACE,
                f"第{number}段的机构名称为手工填写，不在试用机构库中，请核对。",
                number - 1,
            )


def of_licence(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds, owner: int
) -> Iterator[Finding]:
    """Yield what the licence in use of the institution ``owner`` leaves in doubt."""
    if not grounds.practices_under_licence(owner):
        return
    practice = grounds.practice(owner)
    if practice is None:
        yield Finding(Doubt.LICENCE, "录入机构没有使用中的执业许可证，请核对。")
        return
    for number, period in enumerate(periods_of(certificate), start=1):
        start, end = period.started_on, period.ended_on
        if start is None or end is None or period.place_id != owner:
            continue
        if not practice.valid_from <= start <= end <= practice.valid_until:
            yield Finding(
                Doubt.LICENCE,
                f"第{number}段试用时间（{start}至{end}）超出使用中许可证的"
                f"有效期（{practice.valid_from}至{practice.valid_until}），请核对。",
                number - 1,
            )
    category = grounds.categories.get(certificate.exam_category_code)
    if category is not None and category.key not in practice.fields:
        yield Finding(
            Doubt.DEPARTMENT,
            f"使用中的许可证没有与报考类别“{category.name}”对应的诊疗科目，请核对。",
        )
