"""Style sheets and scripts: fetched once and after each change; nothing else is there."""

from __future__ import annotations

import re

import pytest

from admin_views.assets import edition_of
from tests.architecture.sources import ROOT, page_files

PRESENT = edition_of(ROOT / "static")
FILE = f"/static/{PRESENT}/css/platform.css"


@pytest.fixture
def fetch(client):
    def get(address):
        with client.get(address) as answer:  # Else its file stays open.
            return answer

    return get


def test_the_present_edition_is_kept_for_a_year(fetch):
    kept = fetch(FILE).headers["Cache-Control"]
    assert kept == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("edition", ["0" * 16, "css", "%2e"])
def test_another_edition_is_given_what_there_is_and_asked_again(fetch, edition):
    answer = fetch(FILE.replace(PRESENT, edition))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


def test_assets_have_the_headers_of_every_answer(fetch):
    headers = fetch(FILE).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name", ["fonts/OFL.txt", "../app.py", "..%2fapp.py", "css", "css/../../app.py", "nothing.js"]
)
def test_nothing_else_is_there(fetch, name):
    assert fetch(f"/static/{PRESENT}/{name}").status_code == 404


def test_pages_name_the_edition(fetch):
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', fetch("/login").text)
    assert named
    assert all(address.startswith(f"/static/{PRESENT}/") for address in named)


def test_scripts_and_style_sheets_name_no_edition_themselves():
    for file in page_files(".js", ".css", ".html"):
        assert "/static/" not in file.read_text("utf-8"), file


def test_a_change_makes_another_edition(tmp_path):
    def edition(**files):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return edition_of(folder)

    first = edition(**{"a.js": "1", "b.js": "2"})
    assert edition(**{"a.js": "1", "b.js": "2"}) == first
    assert edition(**{"a.js": "1", "b.js": "3"}) != first
    assert edition(**{"a.js": "1", "c.js": "2"}) != first
    assert edition(**{"a.js": "1", "b.js": "2", "fonts/c": "3"}) == first
