"""The import table of people as it is looked for in a workbook."""

from __future__ import annotations

from typing import Final

from services.certificates.importing.columns import (
    COLUMNS,
    DATES,
    EXAMPLE_MARK,
    NUMBER,
    OF_ASSISTANT,
    YEAR,
)
from services.workbooks import Layout

#: Rows of data that one file may hold: two thousand people with some periods more.
MOST_DATA_ROWS: Final = 3_000
LAYOUT: Final = Layout(
    sheet_name="试用人员",
    columns=COLUMNS,
    main_key=NUMBER,
    digits=frozenset({YEAR, NUMBER, "phone", *OF_ASSISTANT, "mentor_practice_certificate_number"}),
    most_rows=MOST_DATA_ROWS,
    no_header=(
        "没有找到表头。表头应在前10行内，并含有“考试年度”“证件号码”等列名；请使用下载的模板。"
    ),
    example=(YEAR, EXAMPLE_MARK),
    dates=DATES,
)
