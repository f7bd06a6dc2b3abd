"""From an HTML template and some flowables to a PDF: escaped, sealed off, reproducible."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from reportlab import rl_config
from reportlab.platypus import Flowable, KeepTogether
from reportlab.platypus.tables import CellStyle

from exports.fonts import REGULAR, STATIC_DIRECTORY, printable, register_fonts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from _typeshed import DataclassInstance

    Paper = TypeVar("Paper", bound=DataclassInstance)

TEMPLATE_DIRECTORY: Final = Path(__file__).resolve().parent.parent / "templates" / "pdf"

_MOST_BYTES: Final = 2**30

_FLOWABLES: Final = "exports.flowables"
_settings_lock: Final = threading.RLock()


class RenderError(RuntimeError):
    """The template could not be turned into a paper; the message holds none of the data."""


@cache
def environment() -> Environment:
    """The Jinja environment of papers: autoescape for everything, an unknown name is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATE_DIRECTORY),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["date_cn"] = date_cn
    env.filters["month_cn"] = month_cn
    return env


def date_cn(value: dt.date) -> str:
    """A date as papers write it: 2018年1月4日."""
    return f"{value.year}年{value.month}月{value.day}日"


def month_cn(value: dt.date) -> str:
    """A month as papers write it: 2018年1月."""
    return f"{value.year}年{value.month}月"


def printable_paper(paper: Paper) -> Paper:
    """Return a copy of a frozen dataclass in which every string went through `printable`.

    Follows dataclasses and tuples. Raises `MissingGlyphError` at the first character that cannot
    be printed.
    """
    changes = {field.name: _printable(getattr(paper, field.name)) for field in fields(paper)}
    return replace(paper, **changes)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, tuple):
        return tuple(_printable(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return printable_paper(value)
    return value


def render_pdf(
    template: str,
    context: Mapping[str, object],
    flowables: Mapping[str, Flowable] | None = None,
) -> bytes:
    """Render a template of `templates/pdf/` and return the PDF.

    `flowables` are put where the template says `<pdf:flowable name="…">`; what stands inside
    `<pdf:keep>` stays on one page. The same arguments give the same bytes. xhtml2pdf renders one
    document at a time in a process; whoever needs several at once needs several processes.

    Raises `MissingGlyphError` for text that no font of ours can draw and `RenderError` if
    xhtml2pdf gives up.
    """
    register_fonts()
    html = printable(environment().get_template(template).render(context))
    # Imported late: it takes half a second, and most processes of the platform never print.
    from xhtml2pdf import default, document  # noqa: PLC0415
    from xhtml2pdf.config.resources import ResourceAccessPolicy  # noqa: PLC0415

    _register_tags()
    output = BytesIO()
    with _reproducible():
        try:
            result = document.pisaDocument(
                html,
                output,
                encoding="utf-8",
                default_css=default.DEFAULT_CSS.replace("Helvetica", REGULAR),
                # The page stays in memory; a smaller number lets it spill into a file in /tmp.
                capacity=_MOST_BYTES,
                context_meta={_FLOWABLES: dict(flowables or {})},
                resource_policy=ResourceAccessPolicy.server(STATIC_DIRECTORY, allow_remote=False),
            )
        except Exception as error:  # noqa: BLE001
            # What the libraries raise quotes the paper: names and numbers that no log may hold.
            raise RenderError(f"{type(error).__name__} in {template}") from None
    if result.err:
        raise RenderError(f"{result.err} errors in {template}")
    return output.getvalue()


def joined(documents: Sequence[bytes]) -> bytes:
    """Return the pages of several PDFs, one after the other, as one; a single one as it is.

    The same documents give the same bytes.
    """
    if len(documents) == 1:
        return documents[0]
    # Imported late, as xhtml2pdf is.
    import pikepdf  # noqa: PLC0415

    output = BytesIO()
    with ExitStack() as opened, pikepdf.new() as whole:
        for document in documents:
            part = opened.enter_context(pikepdf.open(BytesIO(document)))
            whole.pages.extend(part.pages)
        whole.save(
            output,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return output.getvalue()


@contextmanager
def _reproducible() -> Iterator[None]:
    """ReportLab settings for the time of one rendering.

    `invariant` leaves the clock and random identifiers out of the file; the base fonts keep
    Helvetica, which is never embedded, out of it.
    """
    with _settings_lock:
        kept = rl_config.invariant, rl_config.canvas_basefontname, CellStyle.fontname
        rl_config.invariant, rl_config.canvas_basefontname = 1, REGULAR
        CellStyle.fontname = REGULAR
        try:
            yield
        finally:
            rl_config.invariant, rl_config.canvas_basefontname, CellStyle.fontname = kept


@cache
def _register_tags() -> None:
    """Teach xhtml2pdf our two elements; it looks its tag classes up in its parser module."""
    from xhtml2pdf import parser  # noqa: PLC0415 - as above
    from xhtml2pdf.tags import pisaTag  # noqa: PLC0415

    class FlowableTag(pisaTag):  # type: ignore[misc]  # xhtml2pdf has no types
        """`<pdf:flowable name="…">`: a flowable that the caller made."""

        def end(self, c: Any) -> None:
            c.addPara()
            c.addStory(c.meta[_FLOWABLES][self.node.getAttribute("name")])

    class KeepTag(pisaTag):  # type: ignore[misc]  # xhtml2pdf has no types
        """`<pdf:keep after="…">`: a block that is not parted.

        `after` names the flowable whose last rows stay with the block.
        """

        def start(self, c: Any) -> None:
            c.addPara()
            self._outside = c.swapStory()

        def end(self, c: Any) -> None:
            c.addPara()
            inside = c.swapStory(self._outside)
            after = self.node.getAttribute("after")
            if after:
                c.meta[_FLOWABLES][after].keep_with(inside)
            c.addStory(KeepTogether(inside))

    parser.pisaTagPDFFLOWABLE = FlowableTag
    parser.pisaTagPDFKEEP = KeepTag
