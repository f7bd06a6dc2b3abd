"""Where a typed code went wrong: characters that no code has, too few or too many, or one misread.

It says what the eye can find on the paper, and nothing of any code that exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services import signing
from services.identifiers import normalise

#: Characters without hyphens: year, key, letters, check character; then the version, or nothing.
_HEAD: Final = 16
_LONGEST_VERSION: Final = 4
_SHORTEST_VERSION: Final = 2
_YEAR: Final = 2
#: Where hyphens stand on paper.
_GROUPS: Final = (3, 7, 11, 15, 16)
#: More is not shown again.
_MOST: Final = 40

WRONG: Final = "标出的字符不会出现在编码的这个位置，请对照纸质材料更正。"
MISREAD: Final = "位数正确，但有一位抄错或相邻两位颠倒，请逐组对照纸质材料更正。"
EMPTY: Final = "请扫描或输入纸质材料底部的编码。"


@dataclass(frozen=True)
class Misreading:
    """What was typed, in the groups of the paper, and what is wrong with it."""

    #: Each character, and whether it cannot stand there.
    marked: tuple[tuple[str, bool], ...]
    sentence: str

    @property
    def has_marks(self) -> bool:
        """Whether some character is known to be wrong."""
        return any(is_wrong for _, is_wrong in self.marked)


def look_at(typed: str) -> Misreading:
    """Say what is wrong with a code that ``signing.read_code`` does not take."""
    text = normalise(typed)[:_MOST]
    is_roster = text.startswith(signing.ROSTER_PREFIX)
    body = text.removeprefix(signing.ROSTER_PREFIX)
    marked: list[tuple[str, bool]] = []
    if is_roster:
        marked += [(letter, False) for letter in f"{signing.ROSTER_PREFIX}-"]
    for place, letter in enumerate(body):
        if place in _GROUPS:
            marked.append(("-", False))
        marked.append((letter, not _fits(letter, place)))
    return Misreading(tuple(marked), _sentence(marked, body, is_roster=is_roster))


def _fits(letter: str, place: int) -> bool:
    read = letter.translate(signing.LOOK_ALIKES)
    if place < _YEAR or place >= _HEAD:
        return read in "0123456789"
    return read in signing.ALPHABET


def _sentence(marked: list[tuple[str, bool]], body: str, *, is_roster: bool) -> str:
    if not body:
        return EMPTY
    least = _HEAD + (0 if is_roster else _SHORTEST_VERSION)
    most = _HEAD + (0 if is_roster else _LONGEST_VERSION)
    if len(body) < least:
        return (
            f"编码不完整：不计连字符应有{least}位，现在是{len(body)}位，少{least - len(body)}位。"
        )
    if len(body) > most:
        return f"编码过长：不计连字符应有{least}位，现在多出{len(body) - least}位，请核对。"
    return WRONG if any(is_wrong for _, is_wrong in marked) else MISREAD
