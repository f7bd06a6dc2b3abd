"""The import table of institutions: empty with an example, or filled with the library."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from exports import upload_table
from exports.http import XLSX, ZIP
from services.institutions.importing import COLUMNS, EXAMPLE_MARK, MOST_DATA_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The sheet that an upload is read from.
SHEET: Final = "机构"
#: Rows for which the template offers drop-downs.
_OFFERED_ROWS: Final = MOST_DATA_ROWS + 1
#: The name of the file that holds the library, without its ending.
_LIBRARY: Final = "机构导入表（现有机构）"
#: Their lists are examples; another institution below the own node may be typed.
_OPEN_LISTS: Final = frozenset({"parent_id"})

_EXAMPLE: Final[Mapping[str, str]] = {
    "unit_number": EXAMPLE_MARK,
    "name": "（示例，不会导入）江岸区某某街社区卫生服务中心",
    "category_code": "B100 社区卫生服务中心",
    "division_code": "420102 江岸区",
    "organisation_code": "12420100441626842Y",
    "service_target": "社会人群",
    "address": "武汉市江岸区江汉北路18号",
    "postcode": "430014",
    "level_code": "一级",
    "grade_code": "无此项或未定级",
    "rank_code": "乡镇",
}

INSTRUCTIONS: Final = (
    "机构导入表填写说明",
    (
        f"一、在“机构”工作表中，一行填写一家机构，最多{MOST_DATA_ROWS}行。"
        "示例行（单位编号为“示例”）不会导入，不必删除。"
    ),
    "二、列名带“*”的必须填写：机构名称、机构类别。列的顺序可以调整，不需要的列可以删除，多出的列会被忽略。",
    "三、单位编号：新增机构请留空，由系统生成。修改已有机构时填写其单位编号；不填时按机构名称查找。",
    (
        "四、机构类别、行政区划、机构级别、机构等次、业务定级请从下拉列表中选择。"
        "机构类别按“代码 名称”填写，如“A100 综合医院”。"
    ),
    (
        "五、信息上报：填写上级机构的全称，只能是本机构或下级机构；留空表示上报到本机构。"
        "上级机构也可以是同一文件中新增的机构，两行的先后顺序不限。"
    ),
    "六、修改已有机构时，空单元格表示不修改该项；不会因为留空而清除原有内容。",
    "七、不能通过导入变更已有机构的信息上报，也不能修改本机构和已锁定的机构。",
    "八、机构代码、登记号、邮政编码等请保持“文本”格式；不要使用公式，不要合并单元格。",
    (
        "九、上传后先显示预览，确认后才会写入；只要有一行错误，全部不导入。"
        "可下载标注了错误的工作簿，改正后重新上传。同一文件重复上传不会重复新增。"
    ),
)


@dataclass(frozen=True)
class TableFile:
    """A file to be given out: its name with its ending, its media type, its bytes."""

    name: str
    mimetype: str
    data: bytes


def template_bytes(choices: Mapping[str, Sequence[str]]) -> bytes:
    """Return the empty table with its example row; ``choices`` are the lists of its drop-downs."""
    example = [_EXAMPLE.get(column.key, "") for column in COLUMNS]
    own = choices.get("parent_id") or [""]
    example[[column.key for column in COLUMNS].index("parent_id")] = own[0]
    return import_table_bytes([example], choices)


def import_table_bytes(
    rows: Iterable[Sequence[str]], choices: Mapping[str, Sequence[str]]
) -> bytes:
    """Return the table with ``rows``, each with one text for each column."""
    return upload_table.table_bytes(
        SHEET, COLUMNS, rows, lambda sheet: _dress(sheet, choices), example_mark=EXAMPLE_MARK
    )


def library_file(rows: Iterable[Sequence[str]], choices: Mapping[str, Sequence[str]]) -> TableFile:
    """Return a table of the library that can be uploaded again.

    A library larger than one upload may be becomes a zip of tables, each as large as it may be.
    """
    left = iter(rows)
    tables = [import_table_bytes(list(islice(left, MOST_DATA_ROWS)), choices)]
    while part := list(islice(left, MOST_DATA_ROWS)):
        tables.append(import_table_bytes(part, choices))
    if len(tables) == 1:
        return TableFile(f"{_LIBRARY}.xlsx", XLSX, tables[0])
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for number, table in enumerate(tables, 1):
            archive.writestr(f"{_LIBRARY}第{number}部分，共{len(tables)}部分.xlsx", table)
    return TableFile(f"{_LIBRARY}.zip", ZIP, file.getvalue())


def _dress(sheet: Any, choices: Mapping[str, Sequence[str]]) -> None:
    upload_table.add_lists(sheet, COLUMNS, choices, _OFFERED_ROWS, open_lists=_OPEN_LISTS)
    upload_table.add_instructions(sheet.parent, INSTRUCTIONS)
