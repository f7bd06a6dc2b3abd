"""What all identifier checks share: the result, the error and the normal form."""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

# ASCII, hyphen, non-breaking hyphen, figure dash, en dash, em dash, bar, minus sign.
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
# Only ASCII is raised: the full Unicode mapping is not idempotent together with NFKC.
_ASCII_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)

# What Excel makes of a long number, kept as text.
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+")


class InvalidIdentifierError(DomainError, ValueError):
    """A value that cannot be accepted.

    The message is a Chinese sentence for the user that says what is wrong and how to mend it.  It
    never repeats the value, which may be personal.  ``field`` is not set: the checks do not know
    the form.
    """


@dataclass(frozen=True, slots=True)
class Checked:
    """An accepted value in its normal form, with the doubts found in it.

    ``warnings`` are Chinese sentences that do not repeat the value.  The value is left out of the
    ``repr`` so that it cannot reach a log by accident.
    """

    value: str = field(repr=False)
    warnings: tuple[str, ...] = ()


def normalise(value: str) -> str:
    """Return the form in which identifiers are compared and stored.

    NFKC (full-width becomes half-width), without blanks, hyphens and invisible format characters
    wherever they stand, ASCII letters in upper case.  Idempotent.
    """
    kept = (c for c in unicodedata.normalize("NFKC", value) if not _is_display_only(c))
    # Leaving characters out may bring a letter and a combining mark together.
    return unicodedata.normalize("NFKC", "".join(kept).translate(_ASCII_UPPER))


def prepared(value: str, label: str, *, also_removed: str = "") -> str:
    """Return the normal form of a mandatory value, without the characters ``also_removed`` too.

    Raises:
        InvalidIdentifierError: nothing is left, a digit is no plain one, or digits were lost.
    """
    if any(unicodedata.category(c) == "No" for c in value):
        # ² and ① would become plain digits, though nobody has meant those.
        message = f"{label}中含有上标、带圈等特殊数字，请改用普通数字。"
        raise InvalidIdentifierError(message)
    text = "".join(c for c in normalise(value) if c not in also_removed)
    if not text:
        message = f"请填写{label}。"
        raise InvalidIdentifierError(message)
    if _SCIENTIFIC.fullmatch(text):
        message = (
            "这是Excel的科学记数法（如1.24E+17），后面的数字已经丢失；"
            f"请先将单元格设为文本格式，再重新填写完整的{label}。"
        )
        raise InvalidIdentifierError(message)
    return text


def require_length(text: str, label: str, *lengths: int) -> None:
    """Refuse ``text`` unless it has one of the ``lengths``."""
    if len(text) not in lengths:
        wanted = "或".join(str(length) for length in lengths)
        message = f"{label}应为{wanted}位，现在是{len(text)}位。"
        raise InvalidIdentifierError(message)


def require_match(text: str, pattern: re.Pattern[str], message: str) -> None:
    """Refuse ``text`` with ``message`` unless the whole of it matches ``pattern``."""
    if pattern.fullmatch(text) is None:
        raise InvalidIdentifierError(message)


def collected(doubts: Iterable[tuple[bool, str]]) -> tuple[str, ...]:
    """Return the sentences whose condition holds, in their order."""
    return tuple(sentence for applies, sentence in doubts if applies)


def _is_display_only(character: str) -> bool:
    return (
        character.isspace()
        or character in _HYPHENS
        # Zero-width and direction marks come along when a number is copied from other programs.
        or unicodedata.category(character) == "Cf"
    )
