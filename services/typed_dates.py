"""Dates as people type them, in forms and in workbooks."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Final

_DATE: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})日?"
)
_PACKED_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DATE_HINT: Final = "请按2017-12-31这样的格式填写。"
_YEARS: Final = range(1900, 2100)


def parse_date(typed: str) -> dt.date:
    """Return a date typed in one of the usual ways, full-width digits included.

    Raises ``ValueError`` with a Chinese sentence.
    """
    text = "".join(unicodedata.normalize("NFKC", typed).split())
    found = _DATE.fullmatch(text) or _PACKED_DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"这不是日期，{_DATE_HINT}")
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        date = dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"日历上没有这一天，{_DATE_HINT}") from None
    if year not in _YEARS:
        raise ValueError(f"年份应在{_YEARS.start}至{_YEARS.stop - 1}之间，请核对。")
    return date
