"""The columns of the import table: their headers, what else they are called, and their fields.

Rules of fields are not here: they stand in ``field_rules``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import Division, Institution, InstitutionCategory, label_of
from services.importing import ImportColumn
from services.institutions import field_rules
from services.institutions.field_rules import Demand

if TYPE_CHECKING:
    from models.reference import CodeTable
    from services.institutions.field_rules import FieldRule

#: The column by which a known institution is found again.
NUMBER: Final = "unit_number"
NAME: Final = "name"
CATEGORY: Final = "category_code"
PARENT: Final = "parent_id"
DIVISION: Final = "division_code"
#: What the template's example row has for a unit number; such rows are passed over.
EXAMPLE_MARK: Final = "示例"

#: What bureaux also write over these columns.
_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    NUMBER: ("编号", "机构编号"),
    NAME: ("名称", "单位名称", "医疗机构名称", "机构全称"),
    CATEGORY: ("类别", "卫生机构类别", "单位类别"),
    PARENT: ("信息上报层级", "上级机构", "上级单位", "上报机构", "主管部门"),
    "division_code": ("行政区划代码", "所在区划", "区划"),
    "organisation_code": ("统一社会信用代码", "组织机构代码", "社会信用代码"),
    "registration_number": ("登记号", "执业许可证登记号", "医疗机构执业许可证登记号"),
    "address": ("地址", "单位地址", "详细地址"),
    "postcode": ("邮编",),
    "level_code": ("级别", "医院级别"),
    "grade_code": ("等次", "医院等次"),
    "rank_code": ("定级",),
}
_WIDTHS: Final = {NUMBER: 12, NAME: 34, CATEGORY: 26, PARENT: 34, "address": 36}
#: Names in these tables are not unique: the code stands before them.
_CODE_FIRST: Final[frozenset[type[CodeTable] | None]] = frozenset({InstitutionCategory, Division})


def _column(key: str, label: str, rule: FieldRule | None) -> ImportColumn:
    table = rule.table if rule is not None else None
    exists_by = rule is not None and rule.demand is Demand.EXISTENCE
    return ImportColumn(
        key,
        label,
        _ALIASES.get(key, ()),
        # The reporting line is the own node when it is empty.
        is_required=exists_by and key != PARENT,
        width=_WIDTHS.get(key, 20),
        entries=(lambda codes: codes.names(table)) if table is not None else None,
        is_code_first=table in _CODE_FIRST,
    )


COLUMNS: Final[tuple[ImportColumn, ...]] = (
    _column(NUMBER, label_of(Institution.unit_number), None),
    *(_column(rule.name, rule.label, rule) for rule in field_rules.FIELDS),
)
BY_KEY: Final = {column.key: column for column in COLUMNS}
