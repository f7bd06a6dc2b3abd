"""Curves as SVG, drawn by hand: both axes by powers of ten, a colour and a name for each curve."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Point = tuple[float, float]

WIDTH: Final = 760
HEIGHT: Final = 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 250, 40, 48
_COLOURS: Final = ("#0b62a4", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#16828a", "#555555")
#: Curves beyond these are dashed, with the colours anew.
_DASHES: Final = ("", "6 4", "2 3")


def curves(title: str, across: str, up: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """Return a picture of ``lines``: each has a name and points of two numbers above 0.

    Raises ``ValueError`` when there is nothing to draw.
    """
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ValueError("there is nothing to draw")
    horizontal = _Axis([x for x, _ in points], _LEFT, WIDTH - _RIGHT)
    vertical = _Axis([y for _, y in points], HEIGHT - _BOTTOM, _TOP)
    body = [
        f'<text x="{_LEFT}" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
        *_grid(horizontal, vertical),
        _text(_LEFT, HEIGHT - 10, across),
        _text(6, _TOP - 6, up),
    ]
    for number, (name, line) in enumerate(lines.items()):
        body += _curve(number, name, [(horizontal.at(x), vertical.at(y)) for x, y in line])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="#222">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


class _Axis:
    """Powers of ten from one end to the other, wide enough for all values."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.first = math.floor(math.log10(min(values)))
        self.last = max(math.ceil(math.log10(max(values))), self.first + 1)
        self._start = start
        self._length = end - start

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return round(self._start + share * self._length, 1)

    def ticks(self) -> Iterator[tuple[float, str]]:
        for power in range(self.first, self.last + 1):
            yield self.at(10.0**power), f"{10.0**power:,.{max(-power, 0)}f}"


def _grid(horizontal: _Axis, vertical: _Axis) -> Iterator[str]:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for x, label in horizontal.ticks():
        yield f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}" stroke="#ddd"/>'
        yield _text(x, bottom + 18, label, "middle")
    for y, label in vertical.ticks():
        yield f'<line x1="{_LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="#ddd"/>'
        yield _text(_LEFT - 6, y + 4, label, "end")


def _curve(number: int, name: str, points: Sequence[Point]) -> Iterator[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    path = " ".join(f"{x},{y}" for x, y in points)
    style = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
    yield f'<polyline points="{path}" fill="none" {style}/>'
    for x, y in points:
        yield f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
    x, y = WIDTH - _RIGHT + 14, _TOP + 10 + number * 18
    yield f'<line x1="{x}" y1="{y - 4}" x2="{x + 22}" y2="{y - 4}" {style}/>'
    yield _text(x + 28, y, name)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
