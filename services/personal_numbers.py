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
from services.file_names import masked
from services.identifiers import documents
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import ColumnElement

    from services.actor import Actor


def _any_of(shapes: Iterable[re.Pattern[str]]) -> str:
    return "|".join(shape.pattern for shape in shapes)


IN_ADDRESS: Final = (
    "关键字像是证件号码或手机号，不能放在网址中，没有查找。请在列表的“关键字”中填写后单击“搜索”。"
)
#: What the trail says of a keyword instead of the number in it.
UNSAID: Final = "个人号码"

# ``static/js/personal_numbers.js`` has the same expressions, and reads a keyword in the same way.
#: Loose on purpose: a mistyped number is somebody's, too.
_ID: Final = re.compile(r"(?=([1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]))")
_OLD_ID: Final = re.compile(r"^(?:[0-9]{9})?([1-9][0-9]{7}[01][0-9][0-3][0-9]{4})$")
_MOBILE: Final = re.compile(r"(?=(1[3-9][0-9]{9}))")
#: User names of the platform look like passports.
_DOCUMENT: Final = re.compile(f"^(?!HB[0-9])(?:{_any_of(documents.TELLING_SHAPES)})$")
#: Eight digits that are a date are one.
_BARE: Final = re.compile(
    r"^(?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]$)"
    f"(?:{_any_of(documents.BARE_SHAPES)})$"
)
#: Credit codes hold no number of a person by chance, registration numbers (医疗机构登记号) may.
_REGISTRATION: Final = re.compile(r"^(?:[0-9]{22}|[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{4})$")
_BETWEEN: Final = re.compile(r"[\W_]+")
_BETWEEN_WORDS: Final = re.compile(r"[\s,;、]+")
_TOGETHER: Final = re.compile(r"[0-9A-Z]+")
_DIGITS: Final = re.compile(r"([0-9]+)X?")
_TAIL: Final = 4
#: Digits that may be a mobile number with an area, or a digit too many, beside it.
_MOBILE_WITHIN: Final = range(11, 16)


def is_personal(keyword: str) -> bool:
    """Whether a keyword holds what looks like the number of a document or a mobile phone."""
    return bool(_numbers_in(keyword))


def stands_in(text: str) -> bool:
    """Whether somebody's number stands in a free text, where dates and amounts stand side by side.

    Other than in a keyword, only what is grouped as people group such numbers is read together.
    Registration numbers of institutions are no person's.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    left = _TOGETHER.sub(lambda one: "" if _REGISTRATION.search(one[0]) else one[0], plain)
    return masked(left) != left


def said(keyword: str) -> str:
    """Return what may be kept of a keyword for years: no number of a person."""
    return UNSAID if is_personal(keyword) else keyword


def tail(keyword: str) -> str:
    """Return the last characters of the number in a keyword, by which its typist knows it."""
    # Parts of an ID number that stand apart may look like a shorter one.
    return max(_numbers_in(keyword), key=len, default="")[-_TAIL:]


def condition(actor: Actor, model: type[Any], keyword: str) -> ColumnElement[bool] | None:
    """Return the condition for rows of ``model`` with the whole number, or ``None``.

    ``None``: there is no number in the keyword, rows of this kind are not found by one, or not by
    this actor, to whom a hit would tell whose it is.
    """
    numbers, way = _numbers_in(keyword), _way_to(actor, model)
    return way.condition(numbers) if numbers and way is not None else None


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
    condition: Callable[[Iterable[str]], ColumnElement[bool]]


_WAYS: Final[dict[type[Any], _Way]] = {
    TrialCertificate: _Way(
        "证件号码",
        lambda numbers: TrialCertificate.id_number_index.in_(
            [blind_index(number, "trial_certificates.id_number") for number in numbers]
        ),
    ),
    Administrator: _Way(
        "手机号",
        lambda numbers: Administrator.phone_index.in_(
            [blind_index(number, "administrators.phone") for number in numbers]
        ),
    ),
}


def _way_to(actor: Actor, model: type[Any]) -> _Way | None:
    return _WAYS.get(model) if actor.may(Permission.PERSONAL_READ) else None


def _numbers_in(keyword: str) -> list[str]:
    """Return the numbers in a keyword in their normal form; anything may stand between digits."""
    plain = unicodedata.normalize("NFKC", keyword).upper()
    whole = _BETWEEN.sub("", plain)
    words = [_BETWEEN.sub("", word) for word in _BETWEEN_WORDS.split(plain)]
    found = [whole] if _BARE.search(whole) else []
    for part in (*words, whole):
        found += [one for one in _TOGETHER.findall(part) if _DOCUMENT.search(one)]
    for part in (*_BETWEEN.split(plain), *words, whole):
        for together in _TOGETHER.findall(part):
            if not _REGISTRATION.search(together):
                found += _numbers_of_digits(together)
    return list(dict.fromkeys(found))


def _numbers_of_digits(together: str) -> list[str]:
    """Return the ID and mobile numbers in letters and digits that stand side by side."""
    found = []
    for match in _DIGITS.finditer(together):
        found += _ID.findall(match[0]) + _OLD_ID.findall(match[1])
        if len(match[1]) in _MOBILE_WITHIN:
            found += _MOBILE.findall(match[1])
    return found
