"""Forms of institutions: the superior's form, the record's details, and former names.

Which fields a form holds, and which of them carry a star, stands in the one table of fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wtforms import BooleanField, SelectField, StringField

from forms.base import (
    UNCHOSEN,
    RecordForm,
    date,
    hidden,
    select,
    text,
)
from forms.picked import PickedName
from models import FormerName
from services import clock, reference
from services.former_names import FormerNameInput
from services.identifiers import InvalidIdentifierError
from services.institutions import InstitutionInput, Renaming
from services.institutions.field_rules import FIELDS, Demand, Keeper, check_value, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HINTS: Final = {
    "organisation_code": "9位组织机构代码或18位统一社会信用代码",
    "registration_number": "22位，医疗机构填写",
    "service_target": "如：社会人群",
}
#: Codes are often copied with blanks and hyphens, which the check takes off.
_SPACE_FOR_BLANKS: Final = 10
#: 详细信息设置 holds what the record's keeper may change.
DETAILS: Final = tuple(one.name for one in FIELDS if one.keeper is Keeper.RECORD_KEEPER)
#: 新增、修改 hold what only a superior may change, and what the superior knows from the start.
MAIN: Final = (
    *(one.name for one in FIELDS if one.keeper is Keeper.SUPERIOR),
    "organisation_code",
    "registration_number",
    "address",
    "postcode",
)


def _field(name: str, *starred: Demand) -> Any:
    """Return the field of a form for a field of the record, with a star for what it demands."""
    one = rule(name)
    required = one.demand in starred
    attributes = {"data-check-field": name}
    if one.table is not None:
        return select(one.column, required=required, render_kw=attributes)
    limit = one.max_length
    return text(
        one.column,
        required=required,
        max_length=limit + _SPACE_FOR_BLANKS if limit and one.check else limit,
        description=_HINTS.get(name, ""),
        render_kw=attributes,
    )


def _main(name: str) -> Any:
    return _field(name, Demand.EXISTENCE)


def _detail(name: str) -> Any:
    return _field(name, Demand.EXISTENCE, Demand.RECORD)


class _FieldRulesForm(RecordForm):
    """A form of the record: its lists come from the code tables."""

    names: tuple[str, ...]

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; a bureau has no 医疗机构登记号, and is not asked for one."""
        super().__init__(formdata, obj, **values)
        if obj is not None and obj.is_bureau and not obj.registration_number:
            del self["registration_number"]
            self.names = tuple(name for name in self.names if name in self)
        for name in self.names:
            field, table = self[name], rule(name).table
            if isinstance(field, SelectField) and table is not None:
                field.choices = [UNCHOSEN, *reference.choices(table)]

    def problems(self) -> Mapping[str, str]:
        """Return what the rules of the fields say."""
        found, codes = {}, reference.CodeTables()
        for name in self.names:
            try:
                check_value(name, self[name].data, codes)
            except InvalidIdentifierError as error:
                found[name] = error.message
        return found

    def to_input(self) -> InstitutionInput:
        """Return what was entered, for the service."""
        return InstitutionInput(**{name: self[name].data or "" for name in self.names})


class InstitutionForm(_FieldRulesForm):
    """新增、修改机构: what only a superior may enter, and the essentials besides."""

    names = MAIN
    #: What saving would find wrong; the screen knows who asks and of which institution.
    judge: Callable[[InstitutionInput, Renaming | None], Mapping[str, str]] | None = None

    name = _main("name")
    category_code = _main("category_code")
    parent_id = hidden(render_kw={"data-check-field": "parent_id"})
    parent_name = PickedName(
        rule("parent_id").label,
        "parent_id",
        description="输入名称查找，只能选择本机构或下级机构",
    )
    division_code = _main("division_code")
    organisation_code = _main("organisation_code")
    registration_number = _main("registration_number")
    address = _main("address")
    postcode = _main("postcode")
    keep_former_name = BooleanField("改名时将原名称记入曾用名", default=True)
    former_name_until = date(FormerName.used_until)
    #: The key of the new parent of whom the user has seen what moves there.
    confirmed_parent_id = StringField("确认变更信息上报")

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; a new record has no former name and moves nowhere."""
        if obj is not None:
            values.setdefault("former_name_until", clock.today())
            if obj.reports_to is not None:
                values.setdefault("parent_name", obj.reports_to.name)
        super().__init__(formdata, obj, **values)
        self.former_name_until.label.text = f"原名称{self.former_name_until.label.text}"
        if obj is None:
            del self.keep_former_name
            del self.former_name_until
            del self.confirmed_parent_id

    def problems(self) -> Mapping[str, str]:
        """Return what the rules of the fields, of names and of the tree say."""
        renaming = self.renaming() if "keep_former_name" in self else None
        judged = self.judge(self.to_input(), renaming) if self.judge is not None else {}
        return {**judged, **super().problems()}

    def touched(self) -> frozenset[str]:
        """Return what holds something else than when the form was opened; no confirmation."""
        return super().touched() - {"confirmed_parent_id"}

    def renaming(self) -> Renaming | None:
        """Return until when the old name was borne, or ``None`` when it is not kept."""
        return Renaming(self.former_name_until.data) if self.keep_former_name.data else None


class InstitutionDetailsForm(_FieldRulesForm):
    """基本信息 of 详细信息设置 and 本机构信息设置."""

    names = DETAILS

    organisation_code = _detail("organisation_code")
    registration_number = _detail("registration_number")
    service_target = _detail("service_target")
    address = _detail("address")
    postcode = _detail("postcode")
    level_code = _detail("level_code")
    grade_code = _detail("grade_code")
    rank_code = _detail("rank_code")


class FormerNameForm(RecordForm):
    """新增、修改曾用名."""

    name = text(FormerName.name, required=True)
    used_until = date(FormerName.used_until)

    def to_input(self) -> FormerNameInput:
        """Return what was entered, for the service."""
        return FormerNameInput(name=self.name.data or "", used_until=self.used_until.data)
