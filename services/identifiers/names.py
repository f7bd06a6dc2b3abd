"""Names of persons, and free text in general."""

from __future__ import annotations

import unicodedata

from services.identifiers.core import Checked, InvalidIdentifierError, collected

NAME_MAXIMUM = 28

_MIDDLE_DOT = "\u00b7"
# Bullet, hyphenation point, bullet operator, dot operator, katakana dots, small full stop.
_DOTS = dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb\uff65\ufe52", _MIDDLE_DOT)
# The apostrophes that word processors put in.
_APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bc", "'")
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_FOLDED = str.maketrans(_DOTS | _APOSTROPHES | _FULL_WIDTH)
_UNTYPED = "?"
_LATIN_PUNCTUATION = frozenset(f" '-.,{_MIDDLE_DOT}")

_HAN_RANGES = (
    (0x3007, 0x3007),  # The zero of dates, which also occurs in names.
    (0x3400, 0x4DBF),  # Extension A.
    (0x4E00, 0x9FFF),
    (0xFA0E, 0xFA29),  # Twelve unified characters in the compatibility block.
    (0x20000, 0x2FA1F),  # Extensions B to F and I.
    (0x30000, 0x3FFFD),  # Extensions G and later.
)
_KANGXI_RADICALS = range(0x2F00, 0x2FE0)
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def check_person_name(value: str) -> Checked:
    """Check a person's name: all Chinese characters, or all Latin letters (foreigners).

    At most 28 characters.  The normal form is NFC; in Chinese names blanks are taken out and every
    dot of a minority or transcribed name is ``·``; in Latin names runs of blanks become one space.
    ``?`` in a Chinese name stands for a character that cannot be typed and is warned of.
    """
    label = "姓名"
    text = " ".join(_without_refused(value, label).split())
    # Radicals look like characters and come along when text is copied from PDF files.
    text = "".join(
        unicodedata.normalize("NFKC", c) if ord(c) in _KANGXI_RADICALS else c for c in text
    )
    text = unicodedata.normalize("NFC", text.translate(_FOLDED))
    if not text:
        message = f"请填写{label}。"
        raise InvalidIdentifierError(message)
    if any(is_han(c) for c in text):
        text = text.replace(" ", "").replace(".", _MIDDLE_DOT)
        _require_only(all(is_han(c) or c in (_MIDDLE_DOT, _UNTYPED) for c in text))
    else:
        _require_only(
            any(_is_latin(c) for c in text)
            and all(_is_latin(c) or c in _LATIN_PUNCTUATION for c in text)
        )
    if len(text) > NAME_MAXIMUM:
        message = f"{label}不能超过{NAME_MAXIMUM}个字，现在是{len(text)}个字。"
        raise InvalidIdentifierError(message)
    if text.startswith(_MIDDLE_DOT) or text.endswith(_MIDDLE_DOT) or _MIDDLE_DOT * 2 in text:
        message = f"{label}中的间隔号“·”只能单独用在两个字之间，请删除多余的间隔号。"
        raise InvalidIdentifierError(message)
    return Checked(
        text,
        collected(
            (
                (len(text) == 1, f"{label}只有一个字，请核对。"),
                (_UNTYPED in text, f"{label}中的“?”表示未能录入的生僻字，请尽快补全。"),
            )
        ),
    )


def check_text(
    value: str, *, label: str, max_length: int | None = None, multiline: bool = False
) -> Checked:
    r"""Check free text: return it in NFC without blanks at the ends.

    Control, format and line separator characters are refused; a ``multiline`` text may hold line
    breaks, which become ``\n``, and tabs.  Empty text is accepted: whether it is mandatory is for
    the caller to say.

    Args:
        value: the text as typed.
        label: the Chinese name of the field, for the messages.
        max_length: the greatest number of characters, if there is one.
        multiline: whether line breaks and tabs are accepted.
    """
    text = _without_refused(value, label, multiline=multiline)
    if max_length is not None and len(text) > max_length:
        message = f"{label}不能超过{max_length}个字，现在是{len(text)}个字。"
        raise InvalidIdentifierError(message)
    return Checked(text)


def is_han(character: str) -> bool:
    """Tell whether the character is a Chinese character, rare ones included."""
    return any(first <= ord(character) <= last for first, last in _HAN_RANGES)


def _without_refused(value: str, label: str, *, multiline: bool = False) -> str:
    text = value.replace("\r\n", "\n").replace("\r", "\n") if multiline else value
    text = unicodedata.normalize("NFC", text).strip()
    allowed = "\n\t" if multiline else ""
    if any(unicodedata.category(c) in _REFUSED and c not in allowed for c in text):
        message = f"{label}中含有不可见的控制字符，请删除后重新手工输入。"
        raise InvalidIdentifierError(message)
    return text


def _require_only(accepted: bool) -> None:  # noqa: FBT001 - a private shorthand.
    if not accepted:
        message = (
            "姓名应全部为汉字（少数民族姓名可用“·”，无法录入的生僻字用“?”代替），"
            "或全部为外文字母，请删除其他字符。"
        )
        raise InvalidIdentifierError(message)


def _is_latin(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")
