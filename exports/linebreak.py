"""Breaking Chinese text into lines: anywhere between characters, but not before a full stop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The prohibition rules of GB/T 15834-2011 (5.1): these marks do not begin a line …
_NOT_FIRST: Final = frozenset("，。、；：？！）》〉」』】〕］｝”’…—·．,.;:?!)]}%％℃-–")
# … and these do not end one.
_NOT_LAST: Final = frozenset("（《〈「『【〔［｛“‘([{")

# A run of Latin letters and digits stays whole; it may be parted after a hyphen only.
_TOKEN: Final = re.compile(r"[!-,.-~\u00c0-\u024f]+-*|-+|\s|.", re.DOTALL)

_BALANCED: Final = 4
"""Up to so many lines are balanced; a long text looks better filled."""

_BALANCE_STEPS: Final = 8

Line = tuple[str, float]


class LineBreaker:
    """Breaks texts of one font and size for one column width.

    Repeated texts are looked up, since a column of a roster holds few different values.
    """

    def __init__(self, widths: Mapping[int, float], size: float, limit: float) -> None:
        """Take the widths of the font (thousandths, by code point) and the limit in points."""
        self._widths = widths
        self._scale = size / 1000
        self._limit = limit
        self._cache: dict[str, tuple[Line, ...]] = {}

    def break_text(self, text: str) -> tuple[Line, ...]:
        """Return the lines of a text with their widths in points; empty text gives no lines."""
        lines = self._cache.get(text)
        if lines is None:
            lines = self._cache[text] = tuple(self._lines(text))
        return lines

    def width(self, text: str) -> float:
        """Width of a text in points."""
        widths = self._widths
        return sum([widths.get(ord(character), 1000) for character in text]) * self._scale

    def _lines(self, text: str) -> Iterator[Line]:
        if not text:
            return
        for paragraph in text.split("\n"):
            width = self.width(paragraph)
            if width <= self._limit:
                yield paragraph, width
            else:
                yield from self._balanced(list(self._pieces(paragraph)), width)

    def _balanced(self, pieces: list[Line], width: float) -> list[Line]:
        """The fewest lines, of about the same length if they are few: 考核/结论, not 考核结/论."""
        lines = _fill(pieces, self._limit)
        if len(lines) > _BALANCED:
            return lines
        for step in range(_BALANCE_STEPS):
            share = min(width / len(lines), self._limit)
            narrower = _fill(pieces, share + (self._limit - share) * step / _BALANCE_STEPS)
            if len(narrower) == len(lines):
                return narrower
        return lines

    def _pieces(self, paragraph: str) -> Iterator[Line]:
        """Pieces that stay on one line; what is too long for any line falls into characters."""
        for piece in _unbreakable(paragraph):
            width = self.width(piece)
            if width <= self._limit:
                yield piece, width
            else:
                for character in piece:
                    yield character, self.width(character)


def _fill(pieces: list[Line], limit: float) -> list[Line]:
    """Fill lines greedily; a space that would begin or end a broken line falls away."""
    lines = []
    current, used = "", 0.0
    for piece, width in pieces:
        if used + width <= limit:
            current, used = current + piece, used + width
        elif not piece.isspace():
            if current:
                lines.append((current, used))
            current, used = piece, width
    if current:
        lines.append((current, used))
    return lines


def _unbreakable(paragraph: str) -> Iterator[str]:
    piece = ""
    for match in _TOKEN.finditer(paragraph):
        token = match.group()
        if piece and (token[0] in _NOT_FIRST or piece[-1] in _NOT_LAST):
            piece += token
            continue
        if piece:
            yield piece
        piece = token
    if piece:
        yield piece
