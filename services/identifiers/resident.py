"""Eighteen-character personal numbers: GB 11643 and the numbers built like it."""

from __future__ import annotations

import re
from datetime import date

from services.identifiers.core import (
    Checked,
    InvalidIdentifierError,
    collected,
    normalise,
    prepared,
    require_length,
    require_match,
)
from services.identifiers.reference import province_known, region_known

MINIMUM_USUAL_AGE = 16
MAXIMUM_USUAL_AGE = 100

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_LENGTH = 18
_FIRST_GENERATION_LENGTH = 15

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_BODY = re.compile(r"[0-9]{17}")
_HMT_REGIONS = frozenset({"810000", "820000", "830000"})
_FOREIGNER_SHAPE = re.compile(r"9[0-9]{16}[0-9X]")
FOREIGNER_OLD_SHAPE = re.compile(r"[A-Z]{3}[0-9]{12}")


def check_resident_id(value: str, *, today: date) -> Checked:
    """Check the number of a resident ID card or temporary ID card (GB 11643).

    Refused: numbers of the first generation (15 digits), a wrong shape, a birth date that does not
    exist or lies in the future, a wrong check character.  Warned of: an age outside 16 to 100, a
    region that never existed, the address code of a residence permit for Hong Kong, Macau, Taiwan.
    """
    label = "身份证号码"
    number = prepared(value, label)
    if len(number) == _FIRST_GENERATION_LENGTH:
        message = "不再受理15位的旧身份证号码，请填写18位身份证号码。"
        raise InvalidIdentifierError(message)
    born = _require_number(number, label, today)
    region = number[:6]
    return Checked(
        number,
        (
            *collected(
                (
                    (not region_known(region), "前6位不是已知的行政区划代码，请核对。"),
                    (region in _HMT_REGIONS, "这是港澳台居民居住证的号码，请核对证件类型。"),
                )
            ),
            *_age_doubts(born, today),
        ),
    )


def check_hmt_residence_permit(value: str, *, today: date) -> Checked:
    """Check the number of a residence permit for Hong Kong, Macau and Taiwan residents.

    The same algorithm as the resident ID; the address code is 810000, 820000 or 830000.
    """
    label = "港澳台居民居住证号码"
    number = prepared(value, label)
    require_length(number, label, _LENGTH)
    if number[:6] not in _HMT_REGIONS:
        message = f"{label}应以81、82或83加4个0开头，请核对号码和证件类型。"
        raise InvalidIdentifierError(message)
    born = _require_number(number, label, today)
    return Checked(number, _age_doubts(born, today))


def check_foreigner_residence_card(value: str, *, today: date) -> Checked:
    """Check the number of a foreigner's permanent residence ID card, in both forms.

    From 2023-12-01: 18 characters, 9 + province 2 + country 3 + birth date 8 + serial 3 + check.
    Before: three letters and twelve digits, of which only the shape is checked.
    """
    label = "外国人永久居留身份证号码"
    number = prepared(value, label)
    require_length(number, label, _FIRST_GENERATION_LENGTH, _LENGTH)
    if len(number) == _FIRST_GENERATION_LENGTH:
        require_match(number, FOREIGNER_OLD_SHAPE, f"15位的{label}应为3个字母加12个数字，请核对。")
        return Checked(number)
    require_match(
        number, _FOREIGNER_SHAPE, f"18位的{label}应以9开头，前17位为数字，末位为数字或X，请核对。"
    )
    born = _require_number(number, label, today)
    return Checked(
        number,
        (
            *collected(
                ((not province_known(number[1:3]), "第2至3位不是已知的省级代码，请核对。"),)
            ),
            *_age_doubts(born, today),
        ),
    )


def birth_date_of(id_number: str) -> date:
    """Return the birth date inside an eighteen-character number; the check is not looked at.

    Raises:
        InvalidIdentifierError: not such a number, or not a date of the calendar.
    """
    number = _require_shape(normalise(id_number), "身份证号码")
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        message = "出生日期（第7至14位）不存在，请核对。"
        raise InvalidIdentifierError(message) from None


def gender_code_of(id_number: str) -> str:
    """Return the gender inside an eighteen-character number: ``"1"`` male, ``"2"`` female.

    The codes are those of GB/T 2261.1; the check is not looked at.

    Raises:
        InvalidIdentifierError: not such a number.
    """
    number = _require_shape(normalise(id_number), "身份证号码")
    return "1" if int(number[16]) % 2 else "2"


def resident_id_with_check_character(body: str) -> str:
    """Return the seventeen digits with their check character (GB 11643, MOD 11-2).

    Also for residence permits and foreigners' cards.

    Raises:
        ValueError: ``body`` is not seventeen digits, a mistake of the caller.
    """
    if _BODY.fullmatch(body) is None:
        message = "the body must be 17 digits"
        raise ValueError(message)
    return body + _check_character(body)


def id_numbers_match(first: str, second: str) -> bool:
    """Tell whether two numbers belong to the same card, also when one has only 15 digits.

    A first-generation number lacks the century (always 19) and the check character.
    """
    one, other = normalise(first), normalise(second)
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return (
        len(short) == _FIRST_GENERATION_LENGTH
        and len(long) == _LENGTH
        and long[6:8] == "19"
        and short == long[:6] + long[8:17]
    )


def _require_shape(number: str, label: str) -> str:
    require_length(number, label, _LENGTH)
    require_match(number, _SHAPE, f"{label}前17位应为数字，末位应为数字或X，请核对。")
    return number


def _require_number(number: str, label: str, today: date) -> date:
    """Refuse anything but a correct number; return the birth date inside it."""
    _require_shape(number, label)
    born = birth_date_of(number)
    if born > today:
        message = "出生日期（第7至14位）晚于今天，请核对。"
        raise InvalidIdentifierError(message)
    if _check_character(number[:17]) != number[17]:
        message = f"{label}校验位不符，请核对第18位，并逐位核对其余各位。"
        raise InvalidIdentifierError(message)
    return born


def _check_character(body: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def _age_doubts(born: date, today: date) -> tuple[str, ...]:
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return collected(
        (
            (age < MINIMUM_USUAL_AGE, f"按号码推算不满{MINIMUM_USUAL_AGE}周岁，请核对。"),
            (age > MAXIMUM_USUAL_AGE, f"按号码推算已超过{MAXIMUM_USUAL_AGE}周岁，请核对。"),
        )
    )
