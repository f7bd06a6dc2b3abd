"""Form of an exam year (考试年度)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from wtforms import BooleanField, StringField

from forms.base import RecordForm, date, select, text
from models import ExamCycle, ExamLaw, label_of
from services.exam_years import use_cases
from services.exam_years.use_cases import CycleInput
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTES_HINT: Final = "每行一条，打印时自动编号"


def _typed(value: object) -> str:
    """Return a number of the record as somebody would type it."""
    return "" if value is None else str(value)


class ExamYearForm(RecordForm):
    """Dates, law and texts of a year."""

    year = text(ExamCycle.year, required=True, max_length=4, filters=[_typed])
    law = select(ExamCycle.law, choices=ExamLaw.choices(), required=True)
    entry_opens_on = date(ExamCycle.entry_opens_on, required=True)
    entry_closes_on = date(
        ExamCycle.entry_closes_on, required=True, description="当天仍可填报，次日起关闭"
    )
    roster_due_on = date(
        ExamCycle.roster_due_on, required=True, description="当天仍可报送，次日起关闭"
    )
    trial_cutoff_on = date(
        ExamCycle.trial_cutoff_on, required=True, description="试用时间计算到这一天，一般为8月31日"
    )
    most_trainees = text(
        ExamCycle.most_trainees,
        required=True,
        max_length=2,
        filters=[_typed],
        description="超过时给出风险提示，不影响保存",
    )
    needs_scan = BooleanField(
        label_of(ExamCycle.needs_scan),
        description="勾选后，机构须上传签字、盖章的花名册扫描件才能报送",
    )
    certificate_notes = text(
        ExamCycle.certificate_notes, multiline=True, description=_NOTES_HINT, render_kw={"rows": 5}
    )
    practice_notes = text(
        ExamCycle.practice_notes, multiline=True, description=_NOTES_HINT, render_kw={"rows": 5}
    )
    roster_notes = text(
        ExamCycle.roster_notes,
        multiline=True,
        description=f"{_NOTES_HINT}；已生成的花名册不受影响",
        render_kw={"rows": 5},
    )

    #: The content of which the user has read what it does.
    confirmed = StringField("确认改动的影响")

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; the year of one that exists is what it is called by, and stays."""
        super().__init__(formdata, obj, **values)
        self._year = obj.year if obj is not None else None
        if obj is not None:
            del self.year
        else:
            del self.confirmed

    def touched(self) -> frozenset[str]:
        """Return what the user has changed; the confirmation is no content."""
        return super().touched() - {"confirmed"}

    @property
    def choice(self) -> str:
        """What there is to confirm: exactly this content, over the version that was seen."""
        content = f"{self.expected_version()} {self.to_input()!r}"
        return hashlib.sha256(content.encode()).hexdigest()[:20]

    def problems(self) -> Mapping[str, str]:
        """Return what the rules of exam years say."""
        return use_cases.problems(self.to_input())

    def to_input(self) -> CycleInput:
        """Return what was entered, for the service."""
        return CycleInput(
            year=self._year if self._year is not None else parse_key(self.year.data),
            entry_opens_on=self.entry_opens_on.data,
            entry_closes_on=self.entry_closes_on.data,
            roster_due_on=self.roster_due_on.data,
            trial_cutoff_on=self.trial_cutoff_on.data,
            law=next((law for law in ExamLaw if law == self.law.data), None),
            most_trainees=parse_key(self.most_trainees.data),
            needs_scan=bool(self.needs_scan.data),
            certificate_notes=_lines(self.certificate_notes.data),
            practice_notes=_lines(self.practice_notes.data),
            roster_notes=_lines(self.roster_notes.data),
        )


def _lines(typed: str | None) -> str:
    """Return a text with the line breaks of ours, not the browser's."""
    return "\n".join((typed or "").splitlines())
