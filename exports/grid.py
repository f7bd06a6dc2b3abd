"""A ruled table of text as one flowable, drawn line by line.

ReportLab's own `Table` measures and draws every cell through objects of its own and xhtml2pdf's
HTML tables more so; a roster of a thousand people needs neither. This table knows text, rules and
page breaks, and its cost grows with the number of cells only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from reportlab.platypus import Flowable, FrameBreak, flowables

from exports.fonts import BOLD, REGULAR, character_widths, printable
from exports.linebreak import Line, LineBreaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Align = Literal["left", "center"]

_PADDING_X: Final = 2.5
_PADDING_Y: Final = 2.8
_LEAST_HEIGHT: Final = 21.0
_RULE: Final = 0.4
_TALL: Final = 200.0
"""Points from which on a row may be parted between two pages instead of moving to the next."""

_LEAST_LINES: Final = 5
"""Lines of a parted row that a page must have room for."""

_ASCENT: Final = 0.88
_FACE_HEIGHT: Final = 1.0
_WITH_TAIL: Final = 2
"""Rows kept on the page of the signatures: a stamp under no name at all is worth nothing."""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column as drawn: label, breadth in points, alignment and size of its text in points."""

    label: str
    width: float
    align: Align = "center"
    size: float = 8.0


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[tuple[Line, ...], ...]
    height: float


class _Layout:
    """Columns with their breakers and the head row: what all parts of one table share."""

    def __init__(self, columns: Sequence[GridColumn]) -> None:
        regular = character_widths(REGULAR)
        self.columns = tuple(columns)
        self.width = sum(column.width for column in columns)
        self.edges = [0.0]
        for column in columns:
            self.edges.append(self.edges[-1] + column.width)
        self.leading = tuple(round(column.size * 1.3, 2) for column in columns)
        self._breakers = tuple(
            LineBreaker(regular, column.size, column.width - 2 * _PADDING_X) for column in columns
        )
        bold = character_widths(BOLD)
        self.head = self._row(
            LineBreaker(bold, column.size, column.width - 2 * _PADDING_X).break_text(
                printable(column.label)
            )
            for column in columns
        )

    def row(self, values: Sequence[str]) -> _Row:
        """Break the values of a row into lines; `MissingGlyphError` for what cannot be drawn."""
        if len(values) != len(self.columns):
            raise ValueError("a row must have one value for each column")
        return self._row(
            breaker.break_text(printable(value))
            for breaker, value in zip(self._breakers, values, strict=True)
        )

    def _row(self, cells: Iterable[tuple[Line, ...]]) -> _Row:
        held = tuple(cells)
        tallest = max(
            [len(lines) * leading for lines, leading in zip(held, self.leading, strict=True)]
        )
        return _Row(held, max(tallest + 2 * _PADDING_Y, _LEAST_HEIGHT))

    def part_row(self, row: _Row, room: float) -> tuple[_Row, _Row] | None:
        """Part a row that no page can hold into what fits into `room` points and the rest."""
        counts = [int((room - 2 * _PADDING_Y) // leading) for leading in self.leading]
        if min(counts) < _LEAST_LINES:
            return None
        first = self._row(lines[:count] for lines, count in zip(row.cells, counts, strict=True))
        rest = self._row(lines[count:] for lines, count in zip(row.cells, counts, strict=True))
        return first, rest


class GridTable(Flowable):
    """A table that repeats its head row on each page and never overprints a cell."""

    def __init__(
        self, columns: Sequence[GridColumn], rows: Iterable[Sequence[str]], *, frame: float = 1.0
    ) -> None:
        r"""Lay out the rows in the order given.

        All values are text, `\n` breaks a line. `frame` is the thickness of the outer rule in
        points. Raises `MissingGlyphError` for a character that cannot be drawn and `ValueError`
        for a row of another length.
        """
        super().__init__()
        self._layout = _Layout(columns)
        self._frame_rule = frame
        self._rows: Sequence[_Row] = [self._layout.row(values) for values in rows]
        self._tail: Sequence[Flowable] = ()

    def keep_with(self, tail: Sequence[Flowable]) -> None:
        """Keep the last rows on the page of `tail`, the flowables that follow the table."""
        self._tail = tail

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Measure; asks for more than there is when the tail would stand alone on a page."""
        layout = self._layout
        height = layout.head.height + sum([row.height for row in self._rows])
        if (
            height <= available_height
            and len(self._rows) > _WITH_TAIL
            and height + self._tail_height(available_width) > available_height
        ):
            height = available_height + 1
        return layout.width, height

    def _tail_height(self, available_width: float) -> float:
        if not self._tail:
            return 0.0
        # What ReportLab's own KeepTogether measures by.
        measure: Any = flowables._listWrapOn  # type: ignore[attr-defined]  # noqa: SLF001
        height: float = measure(list(self._tail), available_width, self.canv)[1]
        return height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Part the table at the end of a page."""
        layout, rows = self._layout, self._rows
        room = available_height - layout.head.height
        count = 0
        for row in rows:
            if row.height > room:
                break
            room -= row.height
            count += 1
        if count == len(rows):
            # All of them fit, but the tail does not: the last go with it to the next page.
            count = max(len(rows) - _WITH_TAIL, 1)
            first, rest = self._part(rows[:count], last=False), self._part(rows[count:], last=True)
            return [first, FrameBreak(), rest]
        if rows[count].height > _TALL:
            parted = layout.part_row(rows[count], room)
            if parted is not None:
                return [
                    self._part([*rows[:count], parted[0]], last=False),
                    self._part([parted[1], *rows[count + 1 :]], last=True),
                ]
        if not count:
            return []
        return [self._part(rows[:count], last=False), self._part(rows[count:], last=True)]

    def _part(self, rows: Sequence[_Row], *, last: bool) -> GridTable:
        return _Part(self._layout, rows, self._tail if last else (), self._frame_rule)

    def draw(self) -> None:
        """Draw texts and rules, the head row first."""
        layout, canvas = self._layout, self.canv
        rows = [layout.head, *self._rows]
        top = total = sum([row.height for row in rows])
        canvas.saveState()
        canvas.setFillGray(0)
        levels = []
        text = canvas.beginText()
        font = BOLD
        for row in rows:
            self._draw_row(text, font, row, top)
            font = REGULAR
            top -= row.height
            levels.append(top)
        canvas.drawText(text)
        self._draw_rules(canvas, levels[:-1], total)
        canvas.restoreState()

    def _draw_row(self, text: Any, font: str, row: _Row, top: float) -> None:
        """Write the lines of a row into a text object, in the middle of their cells."""
        layout = self._layout
        for column, lines, leading, left in zip(
            layout.columns, row.cells, layout.leading, layout.edges, strict=False
        ):
            if not lines:
                continue
            size = column.size
            text.setFont(font, size)
            block = (len(lines) - 1) * leading + size * _FACE_HEIGHT
            baseline = top - (row.height - block) / 2 - size * _ASCENT
            centred = column.align == "center" or font == BOLD
            for line, width in lines:
                indent = (column.width - width) / 2 if centred else _PADDING_X
                text.setTextOrigin(left + indent, baseline)
                text.textOut(line)
                baseline -= leading

    def _draw_rules(self, canvas: Any, levels: Sequence[float], total: float) -> None:
        """Draw the fine rules between cells and the frame around the table."""
        layout = self._layout
        canvas.setStrokeGray(0)
        canvas.setLineWidth(_RULE)
        canvas.lines(
            [(0, level, layout.width, level) for level in levels]
            + [(edge, 0, edge, total) for edge in layout.edges[1:-1]]
        )
        canvas.setLineWidth(self._frame_rule)
        canvas.rect(0, 0, layout.width, total, stroke=1, fill=0)


class _Part(GridTable):
    """The rows of a table on one page, or still to be placed: laid out once, drawn once."""

    def __init__(
        self, layout: _Layout, rows: Sequence[_Row], tail: Sequence[Flowable], frame: float
    ) -> None:
        Flowable.__init__(self)
        self._layout = layout
        self._rows = rows
        self._tail = tail
        self._frame_rule = frame
