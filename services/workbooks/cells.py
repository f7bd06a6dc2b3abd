"""One cell: what calamine read, as the text that a person meant, or a sentence why it is none.

Nothing is altered in silence: whatever changes more than blanks at the ends or the width of
characters leaves a note, which the preview shows.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

#: Spreadsheets keep 15 digits of a number; the rest became zeros when it was typed.
_EXACT: Final = 10**15
_TEXT_FORMAT: Final = "请先将该列设为“文本”格式，再重新填写。"
#: With the blanks around them, which only made the lines look even.
_LINE_BREAKS: Final = re.compile(r"[ \u3000]*[\r\n]+[ \u3000]*")
_AS_FLOAT: Final = re.compile(r"([0-9]+)\.0+")
_SENTENCES: Final = {
    "formula": "单元格是公式。请复制后用“选择性粘贴－数值”改为文字，再上传。",
    "error": "单元格是错误值（如 #N/A），请改正或清空。",
    "boolean": "单元格是逻辑值（TRUE/FALSE），应填写文字。",
}
LOST_DIGITS: Final = "单元格是数字格式，超过15位的数字末尾几位已变成0，无法还原。" + _TEXT_FORMAT
IS_DATE: Final = "单元格被识别为日期或时间（{value}）。" + _TEXT_FORMAT
NO_DAY: Final = "单元格是时间（{value}），应填写日期，如2017-12-31。"
MERGED: Final = "单元格与其他单元格合并，无法逐行读取。请取消合并后逐行填写。"

Raw = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta


@dataclass(frozen=True)
class Cell:
    """A cell of a data row: its text, or what is wrong with it; ``note`` tells what was changed."""

    text: str = ""
    problem: str = ""
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in."""
        return not self.text and not self.problem


EMPTY: Final = Cell()


def read_cell(
    value: Raw, kind: str, *, is_merged: bool, is_number: bool, is_date: bool = False
) -> Cell:
    """Return a cell; ``kind`` is what the scan noted, ``is_number`` says that digits are meant.

    A day, where ``is_date`` says that one is meant, becomes a text such as 2017-12-31.
    """
    if kind or is_merged:
        return Cell(problem=_SENTENCES[kind] if kind else MERGED)
    if value == "":
        return EMPTY
    if isinstance(value, (int, float)):
        return _read_number(value)
    if isinstance(value, str):
        return _read_text(value, is_number=is_number)
    if is_date and isinstance(value, dt.date) and _is_whole_day(value):
        return Cell(f"{value:%Y-%m-%d}")
    return Cell(problem=(NO_DAY if is_date else IS_DATE).format(value=_shown(value)))


def _is_whole_day(value: dt.date) -> bool:
    return not isinstance(value, dt.datetime) or value.time() == dt.time()


def _read_number(value: float) -> Cell:
    # NaN is greater than nothing, and no number that anybody typed.
    if not abs(value) < _EXACT:
        return Cell(problem=LOST_DIGITS)
    if value == int(value):
        return Cell(str(int(value)))
    return Cell(repr(value))


def _read_text(value: str, *, is_number: bool) -> Cell:
    text = value.strip()
    if _LINE_BREAKS.search(text):
        # Alt+Enter, to make a long address fit; our fields have one line.
        meant = _LINE_BREAKS.sub(" ", text)
        return Cell(meant, note=f"去掉了单元格内的换行，按“{meant}”理解")
    if text.startswith("'") and len(text) > 1:
        # Typed twice, or added by another program: the mark by which Excel takes digits as text.
        meant = text.lstrip("'").strip()
        return Cell(meant, note=f"去掉了开头的撇号，按“{meant}”理解")
    found = _AS_FLOAT.fullmatch(text) if is_number else None
    if found is not None:
        return Cell(found[1], note=f"“{text}”按“{found[1]}”理解")
    return Cell(text)


def _shown(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)
