"""Lists of certificates, rosters, accounts and the trail at the size of a province.

`python -m benchmarks.certificates` loads 36,000 institutions and 350,000 certificates of ten years
into SQLite and PostgreSQL, and opens pages as the province, a city, a county and a hospital.
Limits hold for the fastest of some runs: what else the machine does is no cost of a page. A county
is never slower than the province, but for what a machine does besides.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from benchmarks.province import ROLES, Stage, on_each, stage, timed
from extensions import db
from models import TrialCertificate
from services.scale import PEOPLE, Size
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_LIMIT: Final = 100.0
KEYWORD_LIMIT: Final = 200.0
QUERY_LIMIT: Final = 8
#: Milliseconds by which a county may seem slower than the province.
LEEWAY: Final = 15.0
REPETITIONS: Final = 7
CERTIFICATES: Final = "/admin/certificates/"
ROSTERS: Final = "/admin/rosters/"
ACCOUNTS: Final = "/admin/administrators/"


@dataclass(frozen=True)
class Case:
    """One page: what it is called, its address, and how many milliseconds it may take."""

    name: str
    path: str
    limit: float = PAGE_LIMIT


def cases(name: str, code: str, year: int) -> Iterator[Case]:
    """Yield the pages; ``name`` and ``code`` are those of somebody, ``year`` a past exam year."""
    yield Case("first page", CERTIFICATES)
    yield Case("100 rows", f"{CERTIFICATES}?page_size=100")
    yield Case("page 1000", f"{CERTIFICATES}?page=999")
    yield Case("last page", f"{CERTIFICATES}?page=24999")
    yield Case("sorted by name", f"{CERTIFICATES}?sort=0")
    yield Case("sorted by year", f"{CERTIFICATES}?sort=4")
    yield Case("year", f"{CERTIFICATES}?year={year}")
    yield Case("type", f"{CERTIFICATES}?type=practice")
    yield Case("category", f"{CERTIFICATES}?category=110")
    yield Case("state", f"{CERTIFICATES}?state=submitted")
    yield Case("result", f"{CERTIFICATES}?conclusion=unqualified")
    yield Case("with doubts", f"{CERTIFICATES}?doubt=any")
    yield Case("without doubts", f"{CERTIFICATES}?doubt=none")
    yield Case(
        "three at once", f"{CERTIFICATES}?year={year}&state=completed&conclusion=unqualified"
    )
    for keyword in (name[:2], name, "zhang", "zw", "䶮"):
        yield Case(f"keyword {keyword}", f"{CERTIFICATES}?search={keyword}", KEYWORD_LIMIT)
    yield Case("code", f"{CERTIFICATES}?search={code}")
    yield Case("rosters", ROSTERS)
    yield Case("rosters, last page", f"{ROSTERS}?page=24999")
    yield Case("rosters, page 1000", f"{ROSTERS}?page=999")
    yield Case("rosters, year", f"{ROSTERS}?year={year}")
    yield Case("rosters, waiting", f"{ROSTERS}?desk=mine")
    yield Case("rosters, keyword", f"{ROSTERS}?search=中心", KEYWORD_LIMIT)
    yield Case("accounts", ACCOUNTS)
    yield Case("accounts, page 1000", f"{ACCOUNTS}?page=999")
    yield Case("accounts, last page", f"{ACCOUNTS}?page=24999")
    yield Case("accounts, keyword", f"{ACCOUNTS}?search=王", KEYWORD_LIMIT)
    yield Case("home page", "/admin/")
    yield Case("trail", "/admin/audit/")


def measure(on: Stage) -> int:
    """Print the table of one database; return 1 when a limit is broken."""
    with on.app.app_context(), unscoped(Reason.MAINTENANCE):
        last = db.session.scalar(select(func.max(TrialCertificate.id)))
        someone = db.session.execute(
            select(TrialCertificate.name, TrialCertificate.submission_code).where(
                TrialCertificate.id == (last or 0) // 2
            )
        ).one()
        year = db.session.scalar(select(func.max(TrialCertificate.exam_year))) or 0
    print(f"\n{on.name}: best of {REPETITIONS}, server time in ms, and statements")
    head = "".join(f"{role:>16}" for role in ROLES)
    print(f"  {'page':<22}{'limit':>6}{head}")
    status = 0
    for case in cases(someone.name, someone.submission_code, year - 2):
        found = [timed(on.clients[role], on.app, case.path, REPETITIONS) for role in ROLES]
        answered = all(one.answer.status_code == HTTPStatus.OK for one in found)
        # A clerk's list shows drafts and deadlines besides.
        asked = all(one.queries <= QUERY_LIMIT for one in found[:-1])
        fast = all(one.best <= case.limit for one in found)
        province, _city, county, _hospital = found
        flat = county.best <= province.best + LEEWAY
        is_kept = answered and asked and fast and flat
        figures = "".join(f"{one.best:>12.1f}{one.queries:>4}" for one in found)
        name = case.name + " " * (22 - sum(1 + (ord(c) > 0x2E7F) for c in case.name))  # noqa: PLR2004
        print(f"  {name}{case.limit:>6.0f}{figures}  {'ok' if is_kept else 'BROKEN'}")
        status |= not is_kept
    return status


def main() -> int:
    """Measure on both databases, and say by the exit status whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Size, choices=[Size.S, Size.M], default=Size.M)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()

    def on_one(name: str, url: str) -> int:
        with stage(name, url, options.size, PEOPLE[options.size]) as made:
            return measure(made)

    return on_each(on_one, options.only)


if __name__ == "__main__":
    sys.exit(main())
