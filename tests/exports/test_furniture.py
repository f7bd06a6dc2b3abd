"""The foot of a page: its QR code, and lines that are too long for it."""

from __future__ import annotations

from io import BytesIO

import pytest
import segno
from pypdf import PdfReader
from pypdf.generic import ContentStream

from exports.fonts import register_fonts
from exports.furniture import BAR, QR_SIDE, _fitting, _runs
from exports.rosters import render_roster_pdf
from tests.exports.bars import read_bars
from tests.exports.papers import CODE, roster


def test_qr_code_holds_the_code_and_nothing_else():
    page = PdfReader(BytesIO(render_roster_pdf(roster()))).pages[0]
    form = page["/Resources"]["/XObject"]["/FormXob.PageCode"]
    matrix = segno.make_qr(CODE, error="m", boost_error=False).matrix
    module = QR_SIDE / (len(matrix) + 4)
    drawn = set()
    for operands, operator in ContentStream(form, None).operations:
        if operator == b"re":
            left, bottom, width, height = map(float, operands)
            assert height == pytest.approx(module, abs=1e-4)
            row = round((QR_SIDE - bottom) / module) - 3
            first = round(left / module) - 2
            drawn |= {(row, first + number) for number in range(round(width / module))}
    dark = {(r, c) for r, line in enumerate(matrix) for c, value in enumerate(line) if value}
    assert drawn == dark


@pytest.mark.parametrize("code", [CODE, "18A-7K3F-9QXW-B2MD-C-03", "27B-0123-4567-8901-2-1234"])
def test_bars_hold_the_code_and_nothing_else(code):
    page = PdfReader(BytesIO(render_roster_pdf(roster(code=code)))).pages[0]
    form = page["/Resources"]["/XObject"]["/FormXob.PageBars"]
    bars = [
        (float(operands[0]), float(operands[2]))
        for operands, operator in ContentStream(form, None).operations
        if operator == b"re"
    ]
    assert read_bars(bars, BAR) == code
    # A hand scanner reads no narrower bars (GS1 General Specifications: 0.25 mm).
    assert BAR / 72 * 25.4 >= 0.25


@pytest.mark.parametrize("code", ["A", CODE, "医" * 40, "W" * 200])
def test_every_code_has_its_runs(code):
    runs, modules = _runs(code)
    matrix = segno.make_qr(code, error="m", boost_error=False).matrix
    assert modules == len(matrix)
    assert sum(length for _, _, length in runs) == sum(map(sum, map(bytes, matrix)))


@pytest.fixture(autouse=True)
def fonts():
    register_fonts()


@pytest.mark.parametrize(
    ("line", "shown", "size"),
    [
        ("医" * 10, "医" * 10, 8.5),
        ("医" * 14, "医" * 14, 7.0),
        ("医" * 30, "医" * 15 + "…", 6.0),
    ],
)
def test_long_lines_shrink_and_end_in_an_ellipsis(line, shown, size):
    assert _fitting(line, 100.0) == (shown, size)
