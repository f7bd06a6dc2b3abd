"""Mobile numbers and postcodes."""

from __future__ import annotations

import re

from services.identifiers.core import (
    Checked,
    collected,
    prepared,
    require_length,
    require_match,
)

_COUNTRY_PREFIX = re.compile(r"(?:\+|00)?86(?=1[0-9]{10}$)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_POSTCODE = re.compile(r"[0-9]{6}")
_HUBEI_POSTCODES = ("43", "44")


def check_mobile(value: str) -> Checked:
    """Check a mainland mobile number; the normal form is eleven digits without +86."""
    label = "手机号"
    number = _COUNTRY_PREFIX.sub("", prepared(value, label), count=1)
    require_length(number, label, 11)
    require_match(number, _MOBILE, f"{label}应为11位数字，以1开头，第2位为3至9，请核对。")
    return Checked(number)


def check_postcode(value: str) -> Checked:
    """Check a postcode (six digits); one outside Hubei is warned of."""
    label = "邮政编码"
    code = prepared(value, label)
    require_length(code, label, 6)
    require_match(code, _POSTCODE, f"{label}应全部为数字，请核对。")
    outside = not code.startswith(_HUBEI_POSTCODES)
    return Checked(code, collected(((outside, f"{label}不在湖北省范围（43、44开头），请核对。"),)))
