"""The import table of institutions as it is looked for in a workbook."""

from __future__ import annotations

from typing import Final

from services.institutions.importing.columns import COLUMNS, EXAMPLE_MARK, NAME, NUMBER
from services.workbooks import Layout, ReadTable, tables

#: Rows of data that one file may hold.
MOST_DATA_ROWS: Final = 5_000
NO_HEADER: Final = (
    "没有找到表头。表头应在前10行内，并含有“机构名称”和“机构类别”等列名；请使用下载的模板。"
)
LAYOUT: Final = Layout(
    sheet_name="机构",
    columns=COLUMNS,
    main_key=NAME,
    digits=frozenset({NUMBER, "postcode", "organisation_code", "registration_number"}),
    most_rows=MOST_DATA_ROWS,
    no_header=NO_HEADER,
    example=(NUMBER, EXAMPLE_MARK),
)


def read_table(data: bytes) -> ReadTable:
    """Read an uploaded import table; raises ``DomainError`` that says how to mend it."""
    return tables.read_table(data, LAYOUT)
