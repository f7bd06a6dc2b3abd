"""The library of institutions at the size of Hubei, beside the stock list of Flask-Admin.

`python -m benchmarks.institutions` loads 36,000 institutions and 40,000 accounts into fresh
databases (SQLite, and PostgreSQL as the tests start it), opens the pages as
the province, a city and a county, and exits with 1 when one takes longer, asks more queries or
answers with more rows than the platform allows itself. The limits hold for the median of the
runs, on a machine that does nothing else. `--size S` is quicker, `--only sqlite`
leaves PostgreSQL out.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from benchmarks.province import ROLES, Stage, on_each, stage, timed
from benchmarks.stock import stock_app
from services.scale import Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.test import TestResponse

#: Milliseconds of server time that a page, or an answer to a picker or the tree, may take.
PAGE_LIMIT: Final = 100.0
ANSWER_LIMIT: Final = 50.0
QUERY_LIMIT: Final = 8
#: Rows that a picker or a branch of the tree gives at most.
ROW_LIMIT: Final = 20
REPETITIONS: Final = 11
LIST: Final = "/admin/institutions/"
LICENCES: Final = "/admin/licences/"
BIN: Final = "/admin/institution-bin/"
STOCK: Final = "/stock/"
#: 行政区划 within the part of each who looks.
DIVISIONS: Final = {"province": "420600", "city": "420116", "county": "420116"}


@dataclass(frozen=True)
class Case:
    """One page: what it is called, its address, and the address of the same in the stock list."""

    name: str
    path: str
    stock: str = ""
    #: Whether it is an answer to a script (JSON) rather than a page.
    is_answer: bool = False

    @property
    def limit(self) -> float:
        """Milliseconds that it may take."""
        return ANSWER_LIMIT if self.is_answer else PAGE_LIMIT


def cases(role: str, below: int, bureau: int) -> Iterator[Case]:
    """Yield the pages that ``role`` opens.

    ``below`` is the key of a node with children, ``bureau`` that of one with places of its own.
    """
    if role == "hospital":
        for keyword in ("中心", "血吸虫", "hkyy"):
            yield Case(f"names {keyword}", f"{LIST}names/?query={keyword}", is_answer=True)
        return
    yield Case("first page", LIST, STOCK)
    yield Case("page 5", f"{LIST}?page=4", f"{STOCK}?page=4")
    yield Case("100 rows", f"{LIST}?page_size=100", f"{STOCK}?page_size=100")
    yield Case("category 医院", f"{LIST}?category=A")
    yield Case("category 综合医院", f"{LIST}?category=A1", f"{STOCK}?flt_category_code_equals=A1")
    yield Case("keyword 卫生室", f"{LIST}?search=卫生室", f"{STOCK}?search=卫生室")
    yield Case("keyword 血吸虫", f"{LIST}?search=血吸虫", f"{STOCK}?search=血吸虫")
    yield Case("keyword hkyy", f"{LIST}?search=hkyy", f"{STOCK}?search=hkyy")
    yield Case("keyword, nothing", f"{LIST}?search=查无此院", f"{STOCK}?search=查无此院")
    yield Case("division", f"{LIST}?division={DIVISIONS[role]}")
    yield Case("bureau", f"{LIST}?bureau={bureau}")
    yield Case("level", f"{LIST}?level=1")
    yield Case("without accounts", f"{LIST}?accounts=no")
    yield Case("three at once", f"{LIST}?category=A&level=1&complete=no")
    yield Case("subtree", f"{LIST}?within={below}")
    yield Case("subtree, 卫生室", f"{LIST}?within={below}&search=卫生室")
    yield Case("complete", f"{LIST}?complete=yes")
    yield Case("incomplete", f"{LIST}?complete=no")
    yield Case("licence, 90 days", f"{LIST}?licence=90")
    yield Case("without a licence", f"{LIST}?licence=none")
    for keyword in ("中心", "血吸虫", "hkyy", ""):
        name = f"picker {keyword or '(empty)'}"
        yield Case(name, f"{LIST}ajax/lookup/?query={keyword}", is_answer=True)
    yield Case("tree", f"{LIST}tree/", is_answer=True)
    yield Case("tree, expanded", f"{LIST}tree/?above={below}", is_answer=True)
    yield Case("licences", LICENCES)
    yield Case("licences, expiring", f"{LICENCES}?in_use=yes&validity=90")
    yield Case("licences, waiting", f"{LICENCES}?scans=waiting")
    yield Case("bin", BIN)


def _more_of_the_tree(on: Stage, role: str) -> Iterator[Case]:
    """Yield the second and the last answer to 更多 below the node with most children."""
    if role == "hospital":
        return
    path, shown = f"{LIST}tree/?above={on.busiest[role]}", ""
    asked = []
    while True:
        answer = on.clients[role].get(path + shown).get_json()
        if not answer["more"]:
            break
        shown = f"&after={answer['nodes'][-1][0]}"
        asked.append(shown)
    # A small province has no node with so many.
    if asked:
        yield Case("tree, 更多", path + asked[0], is_answer=True)
        yield Case("tree, last 更多", path + asked[-1], is_answer=True)


def measure(on: Stage, url: str) -> int:
    """Print the table of one database; return 1 when a limit is broken."""
    stock = stock_app(url)
    print(f"\n{on.name}: 机构信息管理, median of {REPETITIONS}, server time in ms")
    print(
        f"  {'':<10}{'page':<20}{'median':>8}{'best':>7}{'limit':>7}"
        f"{'queries':>9}{'rows':>6}{'stock':>8}{'ratio':>7}"
    )
    status = 0
    for role in ROLES:
        below = on.keys_below[role]
        for case in (*cases(role, below, on.keys_below["city"]), *_more_of_the_tree(on, role)):
            status |= _line(on, stock, role, case)
    return status


def _line(on: Stage, stock: Flask, role: str, case: Case) -> int:
    browser = stock.test_client()

    def bare() -> None:
        assert browser.get(case.stock).status_code == HTTPStatus.OK

    timing = timed(on.clients[role], on.app, case.path, REPETITIONS, bare if case.stock else None)
    if timing.answer.status_code != HTTPStatus.OK:
        print(f"  {role:<10}{case.name:<22}  answered {timing.answer.status_code}")
        return 1
    rows = _rows(timing.answer)
    beside = ""
    if case.stock:
        beside = f"{timing.bare:>8.1f}{timing.milliseconds / timing.bare:>7.2f}"
    is_kept = (
        timing.milliseconds <= case.limit
        and timing.queries <= QUERY_LIMIT
        and (not case.is_answer or rows <= ROW_LIMIT)
    )
    print(
        f"  {role:<10}{_padded(case.name, 20)}{timing.milliseconds:>8.1f}{timing.best:>7.1f}"
        f"{case.limit:>7.0f}{timing.queries:>9}{rows:>6}{beside:<15}"
        f"  {'ok' if is_kept else 'BROKEN'}"
    )
    return 0 if is_kept else 1


def _padded(text: str, width: int) -> str:
    """Fill up to ``width`` columns of a terminal, where a Chinese character takes two."""
    return text + " " * (width - sum(1 + (ord(c) > 0x2E7F) for c in text))  # noqa: PLR2004


def _rows(answer: TestResponse) -> int:
    """Count what an answer lists: members of JSON, or rows of the grid."""
    if answer.is_json:
        body = answer.get_json()
        return len(body["nodes"] if isinstance(body, dict) else body)
    return answer.get_data(as_text=True).count('name="rowid"')


def main() -> int:
    """Measure on both databases, and say by the exit status whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.M)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()

    def on_one(name: str, url: str) -> int:
        with stage(name, url, options.size) as made:
            return measure(made, url)

    return on_each(on_one, options.only)


if __name__ == "__main__":
    sys.exit(main())
