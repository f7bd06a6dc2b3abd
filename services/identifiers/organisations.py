"""Codes of organisations and the registration number of medical institutions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.identifiers.core import (
    Checked,
    InvalidIdentifierError,
    collected,
    normalise,
    prepared,
    require_length,
    require_match,
)
from services.identifiers.reference import (
    economic_type_known,
    institution_category_known,
    management_type_known,
    region_known,
    registering_region_known,
)

_ORG_LENGTH = 9
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_SHAPE = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORG_BODY = re.compile(r"[0-9A-Z]{8}")

_USCC_LENGTH = 18
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_SHAPE = re.compile(rf"[{_USCC_ALPHABET}]{{18}}")
_USCC_BODY = re.compile(rf"[{_USCC_ALPHABET}]{{17}}")
_USCC_AUTHORITIES = frozenset("123456789ANY")

_REGISTRATION_LENGTH = 22
_REGISTRATION_SHAPE = re.compile(r"[0-9A-Z]{22}")
# Units that are no legal person have no organisation code; this stands in its place.
_PLACEHOLDER = "PDY"


@dataclass(frozen=True, slots=True)
class InstitutionRegistration:
    """The parts of a registration number, as they stand in it (they need not be known codes)."""

    org_code: str
    region: str
    economic_type: str
    category: str
    management_type: str


def check_org_code(value: str) -> Checked:
    """Check an organisation code (组织机构代码, GB 11714); the normal form has no hyphen."""
    label = "组织机构代码"
    code = prepared(value, label)
    require_length(code, label, _ORG_LENGTH)
    require_match(code, _ORG_SHAPE, f"{label}前8位应为数字或字母，末位应为数字或X，请核对。")
    if not _org_check_holds(code):
        message = f"{label}校验位不符，请核对第9位，并逐位核对其余各位。"
        raise InvalidIdentifierError(message)
    return Checked(code)


def check_uscc(value: str) -> Checked:
    """Check a unified social credit code (统一社会信用代码, GB 32100-2015).

    Warned of: an unknown registering authority (1st place), an unknown region (3rd to 8th), a wrong
    check in the organisation code inside (9th to 17th).
    """
    label = "统一社会信用代码"
    code = prepared(value, label)
    require_length(code, label, _USCC_LENGTH)
    require_match(
        code, _USCC_SHAPE, f"{label}只能包含数字和大写字母，且不含I、O、S、V、Z，请核对。"
    )
    if _uscc_check_character(code[:17]) != code[17]:
        message = f"{label}校验位不符，请核对第18位，并逐位核对其余各位。"
        raise InvalidIdentifierError(message)
    return Checked(
        code,
        collected(
            (
                (code[0] not in _USCC_AUTHORITIES, "第1位不是已知的登记管理部门代码，请核对。"),
                (
                    not registering_region_known(code[2:8]),
                    "第3至8位不是已知的行政区划代码，请核对。",
                ),
                (
                    not _org_check_holds(code[8:17]),
                    "第9至17位的组织机构代码校验位不符，请核对。",
                ),
            )
        ),
    )


def check_institution_code(value: str) -> Checked:
    """Check an institution's code (机构代码): an organisation code or a credit code, by length."""
    label = "机构代码"
    code = prepared(value, label)
    if len(code) == _ORG_LENGTH:
        return check_org_code(code)
    if len(code) == _USCC_LENGTH:
        return check_uscc(code)
    message = f"{label}应为9位组织机构代码或18位统一社会信用代码，现在是{len(code)}位。"
    raise InvalidIdentifierError(message)


def check_institution_registration(value: str) -> Checked:
    """Check the registration number of a medical institution (医疗机构登记号).

    Organisation code 9 + region 6 + economic type 2 + category 4 + management type 1.  Only the
    length and the alphabet are demanded, since numbers that follow no rule are in use; whatever
    does not parse is warned of.
    """
    label = "医疗机构登记号"
    number = prepared(value, label)
    require_length(number, label, _REGISTRATION_LENGTH)
    require_match(number, _REGISTRATION_SHAPE, f"{label}只能包含数字和字母，请核对。")
    parts = _registration_parts(number)
    return Checked(
        number,
        collected(
            (
                (
                    not parts.org_code.startswith(_PLACEHOLDER)
                    and not _org_check_holds(parts.org_code),
                    "第1至9位不是有效的组织机构代码，请核对。",
                ),
                (not region_known(parts.region), "第10至15位不是已知的行政区划代码，请核对。"),
                (
                    not economic_type_known(parts.economic_type),
                    "第16至17位不是已知的经济类型代码，请核对。",
                ),
                (
                    not institution_category_known(parts.category),
                    "第18至21位不是已知的卫生机构类别代码，请核对。",
                ),
                (
                    not management_type_known(parts.management_type),
                    "第22位不是已知的机构分类管理代码，请核对。",
                ),
            )
        ),
    )


def parse_institution_registration(value: str) -> InstitutionRegistration:
    """Return the parts of a registration number, to be compared with the institution's record.

    Raises:
        InvalidIdentifierError: as :func:`check_institution_registration`.
    """
    return _registration_parts(check_institution_registration(value).value)


def format_org_code(value: str) -> str:
    """Return an organisation code as it is printed, with a hyphen before the check character."""
    code = normalise(value)
    return f"{code[:8]}-{code[8:]}" if len(code) == _ORG_LENGTH else code


def org_code_with_check_character(body: str) -> str:
    """Return the eight characters with their check character (GB 11714).

    Raises:
        ValueError: ``body`` is not eight digits or capital letters, a mistake of the caller.
    """
    if _ORG_BODY.fullmatch(body) is None:
        message = "the body must be 8 digits or capital letters"
        raise ValueError(message)
    return body + _org_check_character(body)


def uscc_with_check_character(body: str) -> str:
    """Return the seventeen characters with their check character (GB 32100-2015).

    Raises:
        ValueError: ``body`` is not seventeen characters of the alphabet, a mistake of the caller.
    """
    if _USCC_BODY.fullmatch(body) is None:
        message = f"the body must be 17 characters of {_USCC_ALPHABET}"
        raise ValueError(message)
    return body + _uscc_check_character(body)


def _registration_parts(number: str) -> InstitutionRegistration:
    return InstitutionRegistration(
        org_code=number[:9],
        region=number[9:15],
        economic_type=number[15:17],
        category=number[17:21],
        management_type=number[21],
    )


def _org_check_holds(code: str) -> bool:
    return _org_check_character(code[:8]) == code[8]


def _org_check_character(body: str) -> str:
    # Base 36 gives the letters the values of the standard: A is 10, Z is 35.
    total = sum(weight * int(c, 36) for weight, c in zip(_ORG_WEIGHTS, body, strict=True))
    return "0X987654321"[total % 11]


def _uscc_check_character(body: str) -> str:
    total = sum(
        weight * _USCC_ALPHABET.index(c) for weight, c in zip(_USCC_WEIGHTS, body, strict=True)
    )
    return _USCC_ALPHABET[-total % 31]
