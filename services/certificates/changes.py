"""What changed in a certificate, in words for the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models import (
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
    TrialCertificate,
    TrialPeriod,
    label_of,
)
from services import audit, reference
from services.certificates.content import FIELDS_OF_PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.reference import CodeTable
    from services.reference import CodeTables

#: A period before or after a change, by field.
Stretch = dict[str, Any]

_CODES: Final[dict[str, type[CodeTable]]] = {
    label_of(TrialCertificate.id_document_code): IdDocumentType,
    label_of(TrialCertificate.gender_code): Gender,
    label_of(TrialCertificate.ethnic_group_code): EthnicGroup,
    label_of(TrialCertificate.education_code): EducationLevel,
    label_of(TrialCertificate.exam_category_code): ExamCategory,
}
_OWNER: Final = label_of(TrialCertificate.institution_id)


def stretches_of(certificate: TrialCertificate) -> list[Stretch]:
    """Return the periods as they are now, to be compared after a change."""
    return [
        {name: getattr(period, name) for name in FIELDS_OF_PERIOD} for period in certificate.periods
    ]


def changes_between(
    certificate: TrialCertificate,
    before: Sequence[Stretch],
    after: Sequence[Stretch],
    codes: CodeTables | None = None,
) -> list[audit.Change]:
    """Return the unsaved changes of a certificate and its periods; call it before any flush.

    With ``codes``, the changes of many need no query for each name.
    """
    name_of = codes.name_of if codes is not None else reference.name_of
    own = [change for change in audit.changes_of(certificate) if change["label"] != _OWNER]
    readable = [_readable(change, name_of) for change in own]
    return [*readable, *of_periods(before, after)]


def _readable(
    change: audit.Change, name_of: Callable[[type[CodeTable], str | None], str]
) -> audit.Change:
    """Put names in the place of codes."""
    model = _CODES.get(change["label"])
    if model is None:
        return change
    return {
        **change,
        "old": name_of(model, change["old"]),
        "new": name_of(model, change["new"]),
    }


def of_periods(before: Sequence[Stretch], after: Sequence[Stretch]) -> list[audit.Change]:
    """Return what became of the periods, in words."""
    found: list[audit.Change] = []
    for number in range(max(len(before), len(after))):
        old = before[number] if number < len(before) else None
        new = after[number] if number < len(after) else None
        head = f"试用信息第{number + 1}段"
        if old is None or new is None:
            found.append({"label": head, "old": _summary(old), "new": _summary(new)})
            continue
        found += [
            {
                "label": f"{head} {label_of(getattr(TrialPeriod, name))}",
                "old": str(old[name]),
                "new": str(new[name]),
            }
            for name in FIELDS_OF_PERIOD
            if old[name] != new[name]
        ]
    return found


def _summary(stretch: Stretch | None) -> str:
    if stretch is None:
        return ""
    return (
        f"{stretch['place_name']} {stretch['department']} "
        f"{stretch['started_on']}至{stretch['ended_on']} 带教老师{stretch['mentor_name']}"
    )
