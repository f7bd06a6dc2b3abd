"""Reasons that must be given for an act: one rule for the toolbar and for each act itself."""

from __future__ import annotations

from typing import Final

from services import personal_numbers
from services.errors import DomainError
from services.identifiers import InvalidIdentifierError, check_text

LONGEST: Final = 500
_NO_NUMBERS: Final = "{}中不能写证件号码、手机号等个人号码；请用姓名或序号指明是谁。"


def check_reason(text: str, label: str) -> str:
    """Return a reason without blanks around it.

    Raises ``DomainError`` on the field ``reason`` when there is none, when it is longer than 500
    characters, holds what cannot be seen, or a number of a person: reasons are kept for years and
    read by many. ``label`` is what the reason is called in Chinese.
    """
    reason = text.strip()
    if not reason:
        raise DomainError(f"请填写{label}。", field="reason")
    if len(reason) > LONGEST:
        raise DomainError(
            f"{label}不能超过{LONGEST}个字，现在是{len(reason)}个字，请缩短。", field="reason"
        )
    if personal_numbers.stands_in(reason):
        raise DomainError(_NO_NUMBERS.format(label), field="reason")
    try:
        return check_text(reason, label=label, max_length=LONGEST, multiline=True).value
    except InvalidIdentifierError as error:
        raise DomainError(str(error), field="reason") from None
