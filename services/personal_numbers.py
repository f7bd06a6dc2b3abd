"""Numbers of documents and phones as keywords: told from other words, and found by blind index.

What is looked for stands in addresses, and addresses stay in histories and logs. Such a number is
therefore looked for by a POST, and as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from models import Administrator, TrialCertificate
from models.encryption import blind_index
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from services.actor import Actor

IN_ADDRESS: Final = (
    "关键字像是证件号码或手机号，不能放在网址中，没有查找。请在列表的“关键字”中填写后单击“搜索”。"
)
#: Loose on purpose: a mistyped number is somebody's, too, and so is one with a name beside it.
#: Certificate numbers hold an ID number; passports and permits are a letter with eight to ten
#: digits. ``static/js/personal_numbers.js`` has the same.
_PERSONAL: Final = re.compile(
    r"(?<![0-9A-Z])(?:"
    r"(?:[0-9]{9})?[1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]"
    r"|(?:[0-9]{9})?[1-9][0-9]{7}[01][0-9][0-3][0-9]{4}"
    r"|(?:\+?86)?1[3-9][0-9]{9}"
    r"|[A-Z][0-9]{8,10}"
    r")(?![0-9A-Z])"
)
_BETWEEN: Final = re.compile(r"[\s./-]")
_MOBILE: Final = 11


def is_personal(keyword: str) -> bool:
    """Whether a keyword holds what looks like the number of a document or a mobile phone."""
    return _number_in(keyword) is not None


def condition(actor: Actor, model: type[Any], keyword: str) -> ColumnElement[bool] | None:
    """Return the condition for rows of ``model`` with the whole number, or ``None``.

    ``None``: there is no number in the keyword, rows of this kind are not found by one, or not by
    this actor, to whom a hit would tell whose it is.
    """
    number, way = _number_in(keyword), _way_to(actor, model)
    return None if number is None or way is None else way.condition(number)


def explanation(actor: Actor, model: type[Any]) -> str:
    """Return a sentence for ``actor`` about rows of ``model`` that were looked for by a number."""
    way = _way_to(actor, model)
    if way is None:
        return "这里不能按证件号码或手机号查找，所填号码只与列表中显示的文字比较。"
    return f"这里列出按完整的{way.label}查找的结果，不按其他号码查找。"


@dataclass(frozen=True)
class _Way:
    """By which number rows of a kind are found, and how."""

    label: str
    condition: Callable[[str], ColumnElement[bool]]


_WAYS: Final[dict[type[Any], _Way]] = {
    TrialCertificate: _Way(
        "证件号码",
        lambda number: (
            TrialCertificate.id_number_index == blind_index(number, "trial_certificates.id_number")
        ),
    ),
    Administrator: _Way(
        "手机号",
        lambda number: (
            Administrator.phone_index == blind_index(number[-_MOBILE:], "administrators.phone")
        ),
    ),
}


def _way_to(actor: Actor, model: type[Any]) -> _Way | None:
    return _WAYS.get(model) if actor.may(Permission.PERSONAL_READ) else None


def _number_in(keyword: str) -> str | None:
    """Return the first number in a keyword; its digits may stand in groups."""
    text = unicodedata.normalize("NFKC", keyword).upper()
    found = _PERSONAL.search(text) or _PERSONAL.search(_BETWEEN.sub("", text))
    return found[0] if found else None
