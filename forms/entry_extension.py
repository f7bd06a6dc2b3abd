"""Form of an extension (填报延期)."""

from __future__ import annotations

from typing import Any

from forms.base import UNCHOSEN, RecordForm, date, hidden, select, text
from forms.picked import PickedName
from models import EntryExtension
from services import exam_years
from services.exam_years.extensions import ExtensionInput
from services.scope import parse_key


def _year(typed: object) -> int | None:
    return (parse_key(typed) or 0) if typed else None


class EntryExtensionForm(RecordForm):
    """For whom, in which year, until when and why; the first two stay once it is granted."""

    institution_id = hidden()
    institution_name = PickedName(
        "机构名称", "institution_id", render_kw={"placeholder": "输入机构名称或拼音首字母查找"}
    )
    exam_year = select(EntryExtension.exam_year, coerce=_year, required=True)
    until = date(
        EntryExtension.until,
        required=True,
        description="当天仍可填报和报送，次日起关闭；填报和花名册报送同时延期",
    )
    reason = text(EntryExtension.reason, required=True, multiline=True, render_kw={"rows": 3})

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; of one that exists, institution and year are only shown."""
        super().__init__(formdata, obj, **values)
        if obj is not None:
            del self.institution_name
            del self.exam_year
        else:
            years = ((year, f"{year}年") for year in exam_years.years())
            self.exam_year.choices = [UNCHOSEN, *years]

    def to_input(self) -> ExtensionInput:
        """Return what was entered, for the service."""
        return ExtensionInput(until=self.until.data, reason=self.reason.data or "")
