"""From template to PDF: escaped, sealed off, quiet, without traces."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import socket
import threading
from dataclasses import dataclass
from io import BytesIO

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.tables import CellStyle

from exports import pdf
from exports.fonts import REGULAR, MissingGlyphError, printable, register_fonts
from exports.pdf import RenderError, date_cn, month_cn, printable_paper, render_pdf
from tests.exports.papers import drawing_of, fonts_of, roster, squeezed, text_of

PAGE = """<html><head><style>
@page {{ size: a4; margin: 2cm; }}
html, body {{ font-family: NotoSerifSC; -pdf-word-wrap: CJK; }}
{style}</style></head><body>{body}</body></html>"""


@pytest.fixture
def template(monkeypatch):
    """Return a function that makes a template of a body and a style, and its name."""
    env = pdf.environment().overlay()

    def make(body: str, style: str = "") -> str:
        env.loader = jinja2.DictLoader({"t.html": PAGE.format(body=body, style=style)})
        env.cache = None
        return "t.html"

    monkeypatch.setattr(pdf, "environment", lambda: env)
    return make


def test_data_are_escaped_and_markup_is_not_read(template):
    name = template("<p>{{ value }}</p>")
    made = render_pdf(name, {"value": "<b>粗</b><img src='x'>&amp;"})
    assert text_of(made) == squeezed("<b>粗</b><img src='x'>&amp;")


def test_an_unknown_name_is_an_error(template):
    with pytest.raises(jinja2.UndefinedError):
        render_pdf(template("{{ nobody }}"), {})


def test_templates_come_from_their_directory_only():
    with pytest.raises(jinja2.TemplateNotFound):
        render_pdf("../base.html", {})


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs", "Co", "Cn"]), max_size=60))
def test_any_printable_text_comes_back(text):
    register_fonts()
    known = "".join(it for it in text if it in register_fonts())
    made = pdf.render_pdf("roster.html", context_of(known), flowables_of())
    assert squeezed(printable(known)) in text_of(made)


def context_of(name: str) -> dict[str, object]:
    """Return what roster.html needs, with a name of the institution."""
    return {"paper": roster(0, institution_name=name, notes=()), "title": "册", "count": 0}


def flowables_of() -> dict[str, object]:
    """Return the flowables that roster.html needs."""
    from exports.furniture import PageFoot, PageTotal  # noqa: PLC0415 - used here only
    from exports.grid import GridColumn, GridTable  # noqa: PLC0415

    foot = PageFoot("A", ("一", "二"), dt.date(2018, 1, 4))
    return {"people": GridTable([GridColumn("姓名", 90)], []), "foot": foot, "total": PageTotal()}


@pytest.fixture
def listener():
    """A server that counts who knocks."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    knocks: list[object] = []
    done = threading.Event()

    def listen():
        while not done.is_set():
            try:
                knocks.append(server.accept()[1])
            except TimeoutError:
                continue

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], knocks
    done.set()
    thread.join()
    server.close()


def test_nothing_is_fetched_from_the_network(template, listener):
    port, knocks = listener
    url = f"http://127.0.0.1:{port}/x"
    name = template(
        f'<img src="{url}.png"><link rel="stylesheet" href="{url}.css"><p>好</p>'
        f'<pdf:insertpdf src="{url}.pdf"></pdf:insertpdf>',
        f"@import url({url}.css); @font-face {{ font-family: F; src: url({url}.ttf); }}"
        f" p {{ background-image: url({url}.png); }}",
    )
    with contextlib.suppress(RenderError):
        render_pdf(name, {})
    assert knocks == []


@pytest.mark.parametrize("how", ["{}", "file://{}", "../../../../../../../../..{}"])
def test_no_file_outside_of_static_is_read(template, tmp_path, how):
    path = tmp_path / "sentinel.png"
    Image.new("RGB", (3, 3), "red").save(path)
    made = render_pdf(template(f'<p>好</p><img src="{how.format(path)}">'), {})
    page = PdfReader(BytesIO(made)).pages[0]
    assert not page.images
    assert "好" in page.extract_text()


def test_images_of_ours_would_be_read(template, tmp_path, monkeypatch):
    # The counterpart of the test above: it is the policy that keeps images out.
    path = tmp_path / "sentinel.png"
    Image.new("RGB", (3, 3), "red").save(path)
    monkeypatch.setattr(pdf, "STATIC_DIRECTORY", tmp_path)
    made = render_pdf(template(f'<p>好</p><img src="{path}">'), {})
    assert PdfReader(BytesIO(made)).pages[0].images


def test_nothing_is_logged(template, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    render_pdf(
        template('<p style="zoom: 3">{{ value }}</p><img src="nowhere.png"><table></table>'),
        {"value": "周𬭎422222199001011234"},
    )
    assert not [it for it in caplog.records if it.name.startswith("xhtml2pdf")]
    assert capfd.readouterr() == ("", "")


def test_errors_of_the_libraries_do_not_quote_the_paper(template):
    name = template('<p>{{ value }}</p><pdf:flowable name="nobody"></pdf:flowable>')
    with pytest.raises(RenderError) as caught:
        render_pdf(name, {"value": "周𬭎"})
    assert "周" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_template_text_without_a_glyph_is_an_error(template):
    with pytest.raises(MissingGlyphError):
        render_pdf(template("<p>😀</p>"), {})


def test_settings_of_reportlab_are_put_back(template):
    def settings_now():
        return rl_config.invariant, rl_config.canvas_basefontname, CellStyle.fontname

    before = settings_now()
    render_pdf(template("<p>好</p>"), {})
    with pytest.raises(RenderError):
        render_pdf(template('<pdf:flowable name="nobody"></pdf:flowable>'), {})
    assert settings_now() == before


def test_large_documents_leave_nothing_on_the_disk(template, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    cell = "<table><tr><td>{{ value }}</td></tr></table>"
    made = render_pdf(template(cell * 60), {"value": "医" * 300})
    assert text_of(made).count("医") == 18_000


def test_several_threads_get_their_own_papers(template):
    name = template("<p>{{ value }}</p>")
    alone = {value: render_pdf(name, {"value": value}) for value in ("周𬭎", "㛃䶮", "张三")}
    made: dict[str, list[bytes]] = {value: [] for value in alone}

    def render(value: str) -> None:
        for _ in range(5):
            made[value].append(render_pdf(name, {"value": value}))

    threads = [threading.Thread(target=render, args=(value,)) for value in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == {value: [paper] * 5 for value, paper in alone.items()}


def test_fonts_of_plain_elements_are_embedded_too(template):
    body = "<h2>题</h2><p>段<b>粗</b></p><table><tr><th>头</th><td></td></tr></table>"
    fonts = fonts_of(render_pdf(template(body), {}))
    assert {name for name, embedded in fonts.items() if not embedded} == set()


@dataclass(frozen=True)
class Inner:
    name: str


@dataclass(frozen=True)
class Outer:
    title: str
    inner: tuple[Inner, ...]
    one: Inner
    count: int
    nothing: None = None


def test_every_string_of_a_paper_is_cleaned():
    paper = Outer("题\x00", (Inner("王\x1b"), Inner("李")), Inner("张\u202e"), 3)
    assert printable_paper(paper) == Outer("题", (Inner("王"), Inner("李")), Inner("张"), 3)


def test_every_string_of_a_paper_is_checked():
    with pytest.raises(MissingGlyphError):
        printable_paper(Outer("题", (Inner("😀"),), Inner("张"), 3))


def test_dates_as_papers_write_them():
    assert date_cn(dt.date(2018, 1, 4)) == "2018年1月4日"
    assert month_cn(dt.date(2018, 1, 4)) == "2018年1月"


def test_the_tests_would_see_overprinting():
    register_fonts()
    output = BytesIO()
    canvas = Canvas(output, initialFontName=REGULAR)
    canvas.setFont(REGULAR, 10)
    canvas.drawString(100, 100, "试用期考核")
    canvas.drawString(140, 104, "证明")
    canvas.drawString(151, 100, "旁")
    canvas.drawString(100, 111, "上")
    canvas.save()
    first, second, beside, above = drawing_of(output.getvalue(), 0).runs
    assert first.width == pytest.approx(50)
    assert first.overlaps(second)
    assert second.overlaps(first)
    assert not first.overlaps(beside)
    assert not first.overlaps(above)
