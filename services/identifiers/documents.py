"""Identity documents of every type in ``config/reference/id_document_types.csv``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.identifiers.core import (
    Checked,
    InvalidIdentifierError,
    collected,
    prepared,
    require_length,
    require_match,
)
from services.identifiers.names import is_han
from services.identifiers.resident import (
    FOREIGNER_OLD_SHAPE,
    check_foreigner_residence_card,
    check_hmt_residence_permit,
    check_resident_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

_BRACKETS = "()[]"
_HONG_KONG = re.compile(r"[A-Z]{1,2}[0-9]{6}[0-9A]")
_MACAU = re.compile(r"[1578][0-9]{7}")
_TAIWAN = re.compile(r"[A-Z][12][0-9]{8}")
_PASSPORT = re.compile(r"[A-Z0-9]{6,20}")
_HK_MACAU_PERMIT = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_TAIWAN_PERMIT = re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?")
# Any letters and digits may be a passport's; these are what most countries print.
_USUAL_PASSPORT = re.compile(r"[A-Z][0-9]{7,10}|[A-Z]{2}[0-9]{7}")

TELLING_SHAPES = (_USUAL_PASSPORT, _HONG_KONG, _TAIWAN, _HK_MACAU_PERMIT, FOREIGNER_OLD_SHAPE)
"""Numbers that tell what they are wherever they stand, with letters and without brackets."""

BARE_SHAPES = (_MACAU, _TAIWAN_PERMIT)
"""Numbers that other things have, too, unless nothing stands beside them."""

_HONG_KONG_WEIGHTS = range(9, 0, -1)
# The missing first letter of a short number counts as a blank, which has this value.
_HONG_KONG_BLANK = 36
_TAIWAN_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
# The place of a letter in this row, plus ten, is its value.
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"

_MILITARY_MAXIMUM = 30
_MILITARY_PUNCTUATION = frozenset("()[]〔〕")

_CHECK_DOUBT = "校验码不符，请对照证件原件核对。"


def check_identity_document(type_code: str, value: str, *, today: date) -> Checked:
    """Check the number of an identity document of the type with this code.

    For Hong Kong and Taiwan cards the check digit is only warned of; for Macau cards, passports,
    travel permits and military documents nothing but the shape can be checked.

    Raises:
        InvalidIdentifierError: the type is unknown or the number is wrong.
    """
    check = _CHECKS.get(type_code)
    if check is None:
        message = "证件类型无效，请从列表中重新选择。"
        raise InvalidIdentifierError(message)
    return check(value, today)


def _resident(value: str, today: date) -> Checked:
    return check_resident_id(value, today=today)


def _hmt(value: str, today: date) -> Checked:
    return check_hmt_residence_permit(value, today=today)


def _foreigner(value: str, today: date) -> Checked:
    return check_foreigner_residence_card(value, today=today)


def _hong_kong(value: str, _today: date) -> Checked:
    label = "香港身份证号码"
    number = prepared(value, label, also_removed=_BRACKETS)
    require_length(number, label, 8, 9)
    require_match(
        number, _HONG_KONG, f"{label}应为1至2个字母、6个数字和括号内的校验码（数字或A），请核对。"
    )
    values = [int(c, 36) for c in number]
    if len(values) < len(_HONG_KONG_WEIGHTS):
        values.insert(0, _HONG_KONG_BLANK)
    total = sum(weight * v for weight, v in zip(_HONG_KONG_WEIGHTS, values, strict=True))
    return Checked(number, collected(((total % 11 != 0, _CHECK_DOUBT),)))


def _macau(value: str, _today: date) -> Checked:
    label = "澳门身份证号码"
    # Cards before 2002 print the number as 1/234567/8.
    number = prepared(value, label, also_removed=_BRACKETS + "/")
    require_length(number, label, 8)
    require_match(number, _MACAU, f"{label}应为8位数字，且以1、5、7或8开头，请核对。")
    return Checked(number)


def _taiwan(value: str, _today: date) -> Checked:
    label = "台湾身份证号码"
    number = prepared(value, label)
    require_length(number, label, 10)
    require_match(number, _TAIWAN, f"{label}应为1个字母、1或2、再加8个数字，请核对。")
    letter = _TAIWAN_LETTERS.index(number[0]) + 10
    digits = [letter // 10, letter % 10, *map(int, number[1:])]
    total = sum(weight * d for weight, d in zip(_TAIWAN_WEIGHTS, digits, strict=True))
    return Checked(number, collected(((total % 10 != 0, _CHECK_DOUBT),)))


def _passport(value: str, _today: date) -> Checked:
    label = "护照号码"
    number = prepared(value, label)
    require_match(number, _PASSPORT, f"{label}应为6至20位字母或数字，请核对。")
    return Checked(number)


def _hk_macau_permit(value: str, _today: date) -> Checked:
    label = "港澳居民来往内地通行证号码"
    number = prepared(value, label, also_removed=_BRACKETS)
    require_match(number, _HK_MACAU_PERMIT, f"{label}应为字母H或M加8位或10位数字，请核对。")
    return Checked(number)


def _taiwan_permit(value: str, _today: date) -> Checked:
    label = "台湾居民来往大陆通行证号码"
    number = prepared(value, label, also_removed=_BRACKETS)
    require_match(
        number, _TAIWAN_PERMIT, f"{label}应为8位数字，或10位数字（可再加1个字母），请核对。"
    )
    return Checked(number)


def _military(value: str, _today: date) -> Checked:
    """Check free text: these numbers follow no published rule and may hold characters (字, 号)."""
    label = "证件号码"
    number = prepared(value, label)
    if len(number) > _MILITARY_MAXIMUM:
        message = f"{label}不能超过{_MILITARY_MAXIMUM}个字，现在是{len(number)}个字。"
        raise InvalidIdentifierError(message)
    if not all(
        (c.isascii() and c.isalnum()) or is_han(c) or c in _MILITARY_PUNCTUATION for c in number
    ):
        message = f"{label}只能包含汉字、字母、数字和括号，请删除其他符号。"
        raise InvalidIdentifierError(message)
    has_digit = any(c.isdecimal() for c in number)
    return Checked(number, collected(((not has_digit, f"{label}中没有数字，请核对。"),)))


_CHECKS: Mapping[str, Callable[[str, date], Checked]] = {
    "01": _resident,
    "02": _resident,
    "03": _hmt,
    "04": _hong_kong,
    "05": _macau,
    "06": _taiwan,
    "07": _passport,
    "08": _hk_macau_permit,
    "09": _taiwan_permit,
    "10": _military,
    "11": _military,
    "12": _military,
    "13": _military,
    "14": _military,
    "15": _foreigner,
}

IDENTITY_DOCUMENT_CODES = frozenset(_CHECKS)
"""The type codes that :func:`check_identity_document` knows."""
