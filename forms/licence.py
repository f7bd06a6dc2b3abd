"""Form of a practising licence (医疗机构执业许可证)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import SelectMultipleField

from forms.base import RecordForm, date, hidden, text
from forms.picked import PickedName
from models import Licence, MedicalDepartment
from models.search_text import initials_of
from services import licences, reference
from services.licences import LicenceInput

if TYPE_CHECKING:
    from collections.abc import Mapping


class LicenceForm(RecordForm):
    """基础信息 of a licence, with its 诊疗范围."""

    institution_id = hidden()
    owner_name = PickedName(
        "所属机构",
        "institution_id",
        description="许可证录入在所选机构名下。",
        render_kw={"placeholder": "输入机构名称查找"},
    )
    institution_name = text(Licence.institution_name, required=True)
    registration_number = text(
        Licence.registration_number, required=True, max_length=30, description="22位"
    )
    legal_representative = text(Licence.legal_representative)
    person_in_charge = text(Licence.person_in_charge)
    issued_by = text(Licence.issued_by)
    issued_on = date(Licence.issued_on, required=True)
    valid_from = date(Licence.valid_from, required=True)
    valid_until = date(Licence.valid_until, required=True)
    address = text(Licence.address)
    department_codes = SelectMultipleField(
        "诊疗范围",
        description="可选多个，与许可证副本所载一致；设为使用后资料完整须有此项",
        render_kw={"size": 10, "data-multi-tree": True},
    )

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; the departments come from the code table."""
        if obj is not None:
            values.setdefault("department_codes", [row.department_code for row in obj.departments])
        super().__init__(formdata, obj, **values)
        if obj is not None:
            del self.owner_name
        self.department_codes.choices = [
            (code, name, _hints(name, above))
            for code, name, above in reference.entries(MedicalDepartment)
        ]

    def problems(self) -> Mapping[str, str]:
        """Return what the rules of licences say."""
        return licences.problems(self.to_input())

    def to_input(self) -> LicenceInput:
        """Return what was entered, for the service."""
        return LicenceInput(
            institution_name=self.institution_name.data or "",
            registration_number=self.registration_number.data or "",
            legal_representative=self.legal_representative.data or "",
            person_in_charge=self.person_in_charge.data or "",
            issued_by=self.issued_by.data or "",
            issued_on=self.issued_on.data,
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            address=self.address.data or "",
            department_codes=tuple(self.department_codes.data or ()),
        )


def _hints(name: str, above: str | None) -> dict[str, str]:
    """Return what the tree of departments reads of one: the one above, and its pinyin initials."""
    hints = {"data-initials": initials_of(name)}
    return {"data-above": above, **hints} if above else hints
