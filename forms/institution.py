"""Forms of institutions: the superior's form, the record's details, and former names."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import Length

from forms.base import BaseForm, Needed, VersionedForm, date, hidden, select, text
from models import (
    BusinessRank,
    FormerName,
    Institution,
    InstitutionGrade,
    InstitutionLevel,
)
from services import reference
from services.former_names import FormerNameInput
from services.institutions import InstitutionDetails, InstitutionInput


class InstitutionForm(VersionedForm):
    """新增、修改机构: what only a superior may enter."""

    name = text(Institution.name, required=True)
    category_code = select(Institution.category_code, required=True)
    parent_id = hidden()
    parent_name = StringField("信息上报", validators=[Needed(), Length(max=100)])
    organisation_code = text(
        Institution.organisation_code,
        description="9位组织机构代码或18位统一社会信用代码，可由机构自行补充",
        max_length=24,
    )
    address = text(Institution.address)
    postcode = text(Institution.postcode, max_length=12)
    keep_former_name = BooleanField("改名时将原名称记入曾用名", default=True)

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; the categories come from the code table."""
        if obj is not None and obj.reports_to is not None:
            values.setdefault("parent_name", obj.reports_to.name)
        super().__init__(formdata, obj, **values)
        self.category_code.choices = [
            ("", "请选择"),
            *((code, name) for code, name, _above in reference.category_tree()),
        ]
        if obj is None:
            del self.keep_former_name

    def to_input(self) -> InstitutionInput:
        """Return what was entered, for the service."""
        row = self._obj
        return InstitutionInput(
            name=self.name.data or "",
            category_code=self.category_code.data or "",
            parent_id=self.parent_id.data,
            # Not on this form: they stay as they are.
            division_code=(row.division_code or "") if row is not None else "",
            registration_number=(row.registration_number or "") if row is not None else "",
            organisation_code=self.organisation_code.data or "",
            address=self.address.data or "",
            postcode=self.postcode.data or "",
        )


class InstitutionDetailsForm(VersionedForm):
    """基本信息 of 详细信息设置 and 本机构信息设置."""

    organisation_code = text(
        Institution.organisation_code,
        required=True,
        max_length=24,
        description="填写9位组织机构代码或18位统一社会信用代码",
    )
    registration_number = text(
        Institution.registration_number, max_length=30, description="22位，医疗机构填写"
    )
    service_target = text(Institution.service_target, description="如：社会人群")
    address = text(Institution.address, required=True)
    postcode = text(Institution.postcode, required=True, max_length=12)
    level_code = select(Institution.level_code, required=True)
    grade_code = select(Institution.grade_code, required=True)
    rank_code = select(Institution.rank_code, required=True)

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; the lists come from the code tables."""
        super().__init__(formdata, obj, **values)
        for field, table in (
            (self.level_code, InstitutionLevel),
            (self.grade_code, InstitutionGrade),
            (self.rank_code, BusinessRank),
        ):
            field.choices = [("", "请选择"), *reference.choices(table)]

    def to_input(self) -> InstitutionDetails:
        """Return what was entered, for the service."""
        return InstitutionDetails(
            organisation_code=self.organisation_code.data or "",
            registration_number=self.registration_number.data or "",
            service_target=self.service_target.data or "",
            address=self.address.data or "",
            postcode=self.postcode.data or "",
            level_code=self.level_code.data or "",
            grade_code=self.grade_code.data or "",
            rank_code=self.rank_code.data or "",
        )


class FormerNameForm(BaseForm):
    """新增曾用名."""

    name = text(FormerName.name, required=True)
    used_until = date(FormerName.used_until)

    def to_input(self) -> FormerNameInput:
        """Return what was entered, for the service."""
        return FormerNameInput(name=self.name.data or "", used_until=self.used_until.data)


__all__ = [
    "FormerNameForm",
    "InstitutionDetailsForm",
    "InstitutionForm",
    "VersionedForm",
]
