"""The page's script knows the same numbers of people as the server."""

from __future__ import annotations

from tests.architecture.sources import ROOT
from tests.services.personal_number_cases import OTHERS, PEOPLE

SCRIPT = ROOT / "static/js/personal_numbers.js"


def test_the_script_tells_numbers_of_people_from_other_words(browser):
    page = browser.new_page()
    source = SCRIPT.read_text(encoding="utf-8").replace("export ", "")
    judged = page.evaluate(
        "([source, cases]) => cases.map(new Function(`${source}; return isPersonal`)())",
        [source, [*PEOPLE, *OTHERS]],
    )
    page.close()
    told = dict(zip([*PEOPLE, *OTHERS], judged, strict=True))
    assert told == {**dict.fromkeys(PEOPLE, True), **dict.fromkeys(OTHERS, False)}
