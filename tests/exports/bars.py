"""Reading Code 128 (ISO/IEC 15417) as a scanner does: from the breadths of bars and gaps."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

#: Bar, gap, bar, gap, bar, gap of each character, in modules; its number is its value.
_PATTERNS: Final = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212
112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131
311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321
112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114
122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212
124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232
"""
_STOP: Final = "2331112"
_TO_C, _TO_B, _START_B, _START_C, _MODULUS = 99, 100, 104, 105, 103


def read_bars(bars: list[tuple[float, float]], module: float) -> str:
    """Return the text of bars given as (left, breadth); fails when they are no Code 128."""
    edges = [edge for left, breadth in sorted(bars) for edge in (left, left + breadth)]
    widths = "".join(str(round((after - before) / module)) for before, after in pairwise(edges))
    assert widths.endswith(_STOP)
    body, known = widths.removesuffix(_STOP), _PATTERNS.split()
    first, *values, check = (
        known.index(body[start : start + 6]) for start in range(0, len(body), 6)
    )
    weighted = sum(place * value for place, value in enumerate(values, start=1))
    assert (first + weighted) % _MODULUS == check
    in_pairs = {_START_B: False, _START_C: True}[first]
    text = ""
    for value in values:
        if value == (_TO_B if in_pairs else _TO_C):
            in_pairs = not in_pairs
        else:
            text += f"{value:02d}" if in_pairs else chr(value + 32)
    return text
