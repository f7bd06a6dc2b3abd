"""The table of institutions without an account, to be filled in with persons (开户表)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from exports import upload_table
from exports.columns import Column
from exports.workbook import write_workbook
from services.account_batches import COLUMNS, MOST_ACCOUNTS, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The sheet that an upload is read from.
SHEET: Final = "开户"

INSTRUCTIONS: Final = (
    "开户表填写说明",
    "一、“开户”工作表已列出尚未开户的机构，一行一家。在需要开户的机构一行填写用户的姓名、手机号等。",
    "二、姓名、手机号、邮箱都不填写的行不开户，不必删除。机构编号和机构名称请勿修改。",
    f"三、一次最多为{MOST_ACCOUNTS}家机构开户；超过的请分成几个文件。每家机构一个用户。",
    "四、认证类型请从下拉列表中选择。手机号填用户本人的；留空则由本人首次登录时绑定。",
    "五、用户名由系统按机构编号自动生成，初始密码随机生成，开户后下载密码条打印分发。",
    "六、上传后先显示全部内容，可在页面上改正，单击“开户”后才会生成用户；有一行错误则全部不开户。",
)


def account_table_bytes(
    rows: Iterable[Sequence[str]], choices: Mapping[str, Sequence[str]]
) -> bytes:
    """Return the table with ``rows``, each with one text for each column."""
    file = BytesIO()
    columns = [Column(column.key, column.header, column.width) for column in COLUMNS]
    write_workbook(SHEET, columns, rows, file, dress=lambda sheet: _dress(sheet, choices))
    return file.getvalue()


def _dress(sheet: Any, choices: Mapping[str, Sequence[str]]) -> None:
    upload_table.make_columns_text(sheet, len(COLUMNS))
    upload_table.add_lists(sheet, COLUMNS, choices, MOST_ROWS + 1)
    upload_table.add_instructions(sheet.parent, INSTRUCTIONS)
