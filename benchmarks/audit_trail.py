"""The audit trail at a million entries: its pages, and the checking of its chain.

`python -m benchmarks.audit_trail` loads a sealed trail into fresh databases (SQLite, and PostgreSQL
as the tests start it), opens the list as the province, a city and a county,
at its beginning and deep in it, beside a list of numbered pages (``count(*)`` and ``OFFSET``) over
the same rows, and checks 100,000 entries. It exits with 1 when a page takes longer than the
platform allows itself, a deep page longer than the first, or the check more time or memory.
`--entries 100000` is quicker, `--only sqlite` leaves PostgreSQL out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from functools import partial
from itertools import islice
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect, select

from app import create_app
from benchmarks.measure import memory_growth
from benchmarks.province import KEYS, ROLES, Stage, on_each, stage, timed
from config import load
from extensions import db
from models import AuditEntry, AuditResult, Institution, utc_now
from models.audit_entry import sealed_text
from models.encryption import keyring
from models.institution import SEGMENT_LENGTH
from services.audit import AuditTag
from services.scale import Size
from services.scope import Reason, unscoped
from services.trail import checking
from services.trail.pending import end_of_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.trail.pending import End

#: Milliseconds of server time that a page may take, and how much longer a deep page may.
PAGE_LIMIT: Final = 100.0
FLAT_LIMIT: Final = 1.5
QUERY_LIMIT: Final = 8
CHECKED: Final = 100_000
CHECK_LIMIT: Final = 30.0
MEMORY_LIMIT: Final = 30.0
REPETITIONS: Final = 11
LIST: Final = "/admin/audit/"
_CHUNK: Final = 20_000
_YEARS: Final = 3
_TAGS: Final = tuple(AuditTag)
_COLUMNS: Final = tuple(
    attribute.key for attribute in inspect(AuditEntry).column_attrs if attribute.key != "id"
)


def entries(count: int, end: End, places: list[tuple[int, str, str]]) -> Iterator[dict[str, Any]]:
    """Yield sealed entries that follow ``end``, of the last three years, spread over ``places``."""
    rng, ring = Random(2017), keyring()
    sequence, mac = end
    first, step = (
        utc_now() - dt.timedelta(days=365 * _YEARS),
        dt.timedelta(days=365 * _YEARS) / count,
    )
    for number in range(count):
        key, path, name = places[int(len(places) * rng.random() ** 2)]
        sequence += 1
        values: dict[str, Any] = {
            "sequence": sequence,
            "at": first + step * number,
            "tag": _TAGS[rng.randrange(len(_TAGS))].value,
            "result": AuditResult.DENIED if rng.random() < 0.01 else AuditResult.DONE,  # noqa: PLR2004
            "actor_id": key,
            "actor_name": f"hb{key:07d} 某人",
            "actor_path": path,
            "institution_name": name,
            "institution_id": key,
            "owner_path": path,
            "object_type": "Institution",
            "object_id": key,
            "object_label": name,
            "changes": [{"label": "机构地址", "old": f"{number}号", "new": f"{number + 1}号"}],
            "address": "192.0.2.1",
            "request_id": f"{number:032x}",
            **{
                f"branch_{level}": path[: level * SEGMENT_LENGTH]
                if len(path) >= level * SEGMENT_LENGTH
                else None
                for level in (2, 3, 4)
            },
        }
        mac = ring.mac_of_entry(sealed_text(mac, values))
        yield {**values, "mac": mac}


def grow(count: int) -> None:
    """Lengthen the trail by ``count`` entries, past the session: it would take an hour."""
    with unscoped(Reason.MAINTENANCE):
        end = end_of_chain(db.session())
        statement = select(Institution.id, Institution.path, Institution.name)
        places = [(row.id, row.path, row.name) for row in db.session.execute(statement)]
    db.session.remove()
    Random(1).shuffle(places)
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        lines = entries(count, end, places)
        while chunk := list(islice(lines, _CHUNK)):
            if is_sqlite:
                marks = ", ".join("?" * len(_COLUMNS))
                insert = f"INSERT INTO audit_entries ({', '.join(_COLUMNS)}) VALUES ({marks})"  # noqa: S608 - names of our own columns
                driver.executemany(insert, [_row(entry, "%Y-%m-%d %H:%M:%S.%f") for entry in chunk])
                continue
            target = f"COPY audit_entries ({', '.join(_COLUMNS)}) FROM STDIN"
            with driver.cursor().copy(target) as copy:
                for entry in chunk:
                    copy.write_row(_row(entry, "%Y-%m-%d %H:%M:%S.%f+00"))
    if not is_sqlite:
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM ANALYZE audit_entries")


def _row(entry: dict[str, Any], moment: str) -> list[Any]:
    shown = {
        **entry,
        "at": entry["at"].strftime(moment),
        "result": entry["result"].value,
        "changes": json.dumps(entry["changes"]),
    }
    return [shown[name] for name in _COLUMNS]


def measure_pages(on: Stage, count: int) -> int:
    """Print the table of the pages; return 1 when a limit is broken."""
    print(f"\n{on.name}: 操作日志, {count:,} entries, median of {REPETITIONS}, server time in ms")
    print(
        f"  {'':<10}{'page':<18}{'median':>8}{'best':>7}{'limit':>7}{'of first':>9}{'queries':>9}"
        f"{'count+OFFSET':>14}{'ratio':>7}"
    )
    status = 0
    for role in ("province", "city", "county"):
        with on.app.app_context(), unscoped(Reason.MAINTENANCE):
            path = db.session.scalar(
                select(Institution.path).where(Institution.name == ROLES[role])
            )
            db.session.remove()
        first = 0.0
        for name, arguments, depth in _cases(count):
            numbered = None if depth is None else partial(_numbered, on, str(path), depth)
            timing = timed(on.clients[role], on.app, LIST + arguments, REPETITIONS, numbered)
            # The fastest run is what a machine that does nothing else would need.
            first = first or timing.best
            beside = ""
            if depth is not None:
                beside = f"{timing.bare_best:>14.1f}{timing.best / timing.bare_best:>7.2f}"
            is_kept = (
                timing.best <= PAGE_LIMIT
                and (depth is None or timing.best <= max(first * FLAT_LIMIT, first + 10))
                and timing.queries <= QUERY_LIMIT
                and timing.answer.status_code == 200  # noqa: PLR2004
            )
            status |= not is_kept
            print(
                f"  {role:<10}{name:<18}{timing.milliseconds:>8.1f}{timing.best:>7.1f}"
                f"{PAGE_LIMIT:>7.0f}{timing.best / first:>9.2f}{timing.queries:>9}{beside:<21}"
                f"  {'ok' if is_kept else 'BROKEN'}"
            )
    return status


def _cases(count: int) -> Iterator[tuple[str, str, float | None]]:
    """Yield name, arguments, and how deep in the list it is, where numbered pages have the same."""
    day = utc_now().date() - dt.timedelta(days=500)
    yield "first page", "?page_size=20", 0.0
    yield "in the middle", f"?before={count // 2}", 0.5
    yield "near the end", f"?before={count // 50}", 0.98
    yield "one day", f"?at_from={day}&at_to={day}", None
    yield "one act", "?tag=roster:void", None
    yield "an act on a day", f"?at_from={day}&at_to={day}&tag=roster:void", None
    yield "refusals", "?result=denied", None


def _numbered(on: Stage, path: str, depth: float) -> None:
    """Ask the statements of a list with numbered pages, without making a page of them."""
    # Whole rows of the own part of the tree, as the list reads them.
    where = f"owner_path >= '{path}' AND owner_path < '{path}~'"
    with on.app.app_context(), db.engine.connect() as connection:
        number = connection.exec_driver_sql(
            f"SELECT count(*) FROM audit_entries WHERE {where}"  # noqa: S608 - a path of our own
        ).scalar_one()
        connection.exec_driver_sql(
            f"SELECT * FROM audit_entries WHERE {where} ORDER BY id DESC"  # noqa: S608 - a path of our own
            f" LIMIT 20 OFFSET {int(number * depth)}"
        ).all()


def check(url: str) -> None:
    """Check the chain in the database at ``url``; raises when it is not whole."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as data_dir:
        app = _app(url, data_dir)
        with app.app_context():
            *found, _end = checking.check()
            db.session.remove()
            db.engine.dispose()
    if found:
        raise RuntimeError(str(found[:3]))


def warm_up(url: str) -> None:
    """Make an application and ask it for one entry."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as data_dir:
        app = _app(url, data_dir)
        with app.app_context(), unscoped(Reason.MAINTENANCE):
            end_of_chain(db.session())
            db.session.remove()
            db.engine.dispose()


def _app(url: str, data_dir: str) -> Any:
    return create_app(load({**KEYS, "APP_ENV": "test", "DATA_DIR": data_dir, "DATABASE_URL": url}))


def measure_check(name: str, url: str) -> int:
    """Print time and memory of checking what is there; return 1 when a limit is broken."""
    start = perf_counter()
    check(url)
    seconds = perf_counter() - start
    growth = memory_growth(partial(check, url), partial(warm_up, url))
    is_kept = seconds <= CHECK_LIMIT and growth <= MEMORY_LIMIT
    print(
        f"\n{name}: verify-audit, {CHECKED:,} entries: {seconds:.1f} s (limit {CHECK_LIMIT:.0f}),"
        f" {growth:.0f} MB more (limit {MEMORY_LIMIT:.0f})  {'ok' if is_kept else 'BROKEN'}"
    )
    return 0 if is_kept else 1


def main() -> int:
    """Measure on both databases, and say by the exit status whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    return on_each(partial(measure, options.entries), options.only)


def measure(entries: int, name: str, url: str) -> int:
    """Load a trail and measure its check and its pages; return 1 when a limit is broken."""
    with stage(name, url, Size.S) as made:
        with made.app.app_context():
            grow(CHECKED)
        status = measure_check(name, url)
        with made.app.app_context():
            grow(entries - CHECKED)
        return status | measure_pages(made, entries)


if __name__ == "__main__":
    sys.exit(main())
