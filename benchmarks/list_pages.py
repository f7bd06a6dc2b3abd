"""The list of institutions beside raw SQL, the stock list of Flask-Admin, and Django admin.

`python -m benchmarks.list_pages --size S --size M` opens pages as the province sees them; each way
takes its turn. There is no limit of its own: `benchmarks.institutions` keeps those of the pages.
"""

from __future__ import annotations

import argparse
import gc
import sqlite3
import sys
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import make_url

from benchmarks.beside import Peer, in_turn, peer, seconds_of
from benchmarks.figures import OURS, Figure, note
from benchmarks.measure import report
from benchmarks.province import Stage, on_each, stage
from benchmarks.stock import stock_app
from services.scale import Size

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

REPETITIONS: Final = 7
ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its arguments in each list, and what narrows the rows in SQL."""

    name: str
    ours: str = ""
    stock: str = ""
    django: str = ""
    where: str = ""
    skipped: int = 0


PAGES: Final = (
    Page("first page", "page=0"),
    Page("page 5", "page=4", "page=4", "p=5", skipped=4 * ROWS),
    Page(
        "category 村卫生室",
        "category=D6",
        "flt_category_code_equals=D6",
        "category__code__exact=D6",
        "AND i.category_code LIKE 'D6%'",
    ),
    Page(
        "keyword 卫生室",
        "search=卫生室",
        "search=卫生室",
        "q=卫生室",
        "AND i.name LIKE '%卫生室%'",
    ),
    Page(
        "keyword, nothing found",
        "search=查无此院",
        "search=查无此院",
        "q=查无此院",
        "AND i.name LIKE '%查无此院%'",
    ),
)
#: The columns of the stock list, and the number of the rows.
RAW_ROWS: Final = (
    "SELECT i.id, i.name, c.name, p.name, i.organisation_code, l.registration_number, i.locked_at"
    " FROM institutions i"
    " LEFT JOIN institution_categories c ON c.code = i.category_code"
    " LEFT JOIN institutions p ON p.id = i.parent_id"
    " LEFT JOIN licences l ON l.institution_id = i.id AND l.is_in_use"
    " WHERE i.deleted_at IS NULL {where} ORDER BY i.id LIMIT {rows} OFFSET {skipped}"
)
RAW_COUNT: Final = "SELECT count(*) FROM institutions i WHERE i.deleted_at IS NULL {where}"


def size_of(text: str) -> Size | int:
    """Read S, M, or a number of places in each county, for a point of the curves below S."""
    return int(text) if text.isdigit() else Size(text)


def measure(name: str, url: str, size: Size | int) -> int:
    """Note and print the pages of one database."""
    with (
        stage(name, url, size) as made,
        TemporaryDirectory(prefix="benchmark-") as folder,
        peer("django_site") as django,
    ):
        django.tell("open", database=django_database(url), users=str(Path(folder) / "users"))
        connection = bare_connection(url)
        stock = stock_app(url).test_client()
        count = connection.execute(RAW_COUNT.format(where="")).fetchone()[0]
        lines = []
        for page in PAGES:
            milliseconds = _turns(page, made, stock, django, connection)
            place = f"{name}, {count:,} rows"
            note(Figure("lists", page.name, "ms", milliseconds, place, count))
            told = "  ".join(f"{way} {took:.1f}" for way, took in milliseconds.items())
            lines.append((page.name, told, "", True))
        connection.close()
    return report(f"{name}, {count:,} institutions, ms by the median of {REPETITIONS}", lines)


def _turns(
    page: Page, made: Stage, stock: FlaskClient, django: Peer, connection: Any
) -> dict[str, float]:
    statements = [
        statement.format(where=page.where, rows=ROWS, skipped=page.skipped)
        for statement in (RAW_ROWS, RAW_COUNT)
    ]
    rows = len(connection.execute(statements[0]).fetchall())

    def by_django() -> float:
        answer = django.tell("get", path=f"/admin/library/institution/?{page.django}")
        assert (answer["status"], answer["rows"]) == (HTTPStatus.OK, rows), (page.name, answer)
        seconds: float = answer["seconds"]
        return seconds

    def raw() -> None:
        for statement in statements:
            connection.execute(statement).fetchall()

    seconds = in_turn(
        {
            OURS: _opened(made.clients["province"], f"/admin/institutions/?{page.ours}", rows),
            "raw SQL": lambda: seconds_of(raw),
            "Flask-Admin": _opened(stock, f"/stock/?{page.stock}", rows),
            "Django admin": by_django,
        },
        REPETITIONS,
    )
    return {way: took * 1000 for way, took in seconds.items()}


def _opened(client: FlaskClient, path: str, rows: int) -> Callable[[], float]:
    """Return what opens a page, sees that it has the rows that all ways must have, and tells."""

    def timed() -> float:
        gc.collect()
        start = perf_counter()
        answer = client.get(path)
        page = answer.get_data(as_text=True)
        seconds = perf_counter() - start
        assert answer.status_code == HTTPStatus.OK
        assert page.count('name="rowid"') == rows, path
        return seconds

    return timed


def bare_connection(url: str) -> Any:
    """Return a connection by the driver alone."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return sqlite3.connect(str(parts.database))
    return psycopg.connect(
        parts.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )


def django_database(url: str) -> dict[str, str]:
    """Return a URL as Django's settings name the same database."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(parts.database)}
    host = parts.host or str(parts.query.get("host", ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.database or "",
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": host,
        "PORT": str(parts.port or parts.query.get("port", "")),
    }


def main() -> int:
    """Measure on both databases at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=size_of, action="append", help="S, M or places a county")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    status = 0
    for size in options.size or list(Size):
        status |= on_each(partial(measure, size=size), options.only)
    return status


if __name__ == "__main__":
    sys.exit(main())
