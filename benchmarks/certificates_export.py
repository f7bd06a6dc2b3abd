"""All certificates of a province as the job that writes them to xlsx, in a fresh process.

`python -m benchmarks.certificates_export` gives 350,000 certificates to a province of 5,000
institutions, lets its operator ask for all of them, and exits with 1 if the job takes more than
1.2 times as long as a bare loop of openpyxl that writes the same rows without having to read them,
or grows the process by more than 200 MB.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from itertools import cycle, islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from openpyxl import Workbook
from sqlalchemy import select

from admin_views.replay import replayed, screen
from app import create_app
from benchmarks.certificate_rows import load_certificates
from benchmarks.figures import OURS, Figure, note
from benchmarks.institution_import import actor_at
from benchmarks.measure import in_fresh_process, report
from benchmarks.province import KEYS, ROLES, gather_statistics, on_each, stage
from config import load
from extensions import db
from jobs import HANDLERS
from models import Job, JobKind, JobState
from models.engine import writing
from services import jobs, scope
from services.scale import Size
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.actor import Actor

ROWS: Final = 350_000
RATIO_LIMIT: Final = 1.2
MEMORY_LIMIT: Final = 200.0
#: Different rows that the bare loop writes again and again.
_KINDS: Final = 500


def measure(name: str, url: str, rows: int) -> int:
    """Print the table of one database; return 1 when a limit is broken."""
    with stage(name, url, Size.S) as made:
        with made.app.app_context():
            with writing():
                load_certificates(rows)
                db.session.commit()
            gather_statistics()
            actor = actor_at(ROLES["province"])
            few, all_of_them = (asked(actor, search) for search in ("周𬭎", ""))
            labels, kinds = sample(actor)
        environ = {
            **KEYS,
            "APP_ENV": "test",
            "DATA_DIR": str(made.app.config["DATA_DIR"]),
            "DATABASE_URL": url,
        }
        ours = in_fresh_process(partial(work, environ, all_of_them), partial(work, environ, few))
        bare = in_fresh_process(
            partial(write, labels, kinds, rows), partial(write, labels, kinds, 1)
        )
    ratio = ours.seconds / bare.seconds
    what, seconds = f"{rows:,} certificates", {OURS: ours.seconds, "bare openpyxl": bare.seconds}
    growths = {OURS: ours.growth, "bare openpyxl": bare.growth}
    note(
        Figure("export", what, "s", seconds, name),
        Figure("export", "growth of memory", "MB", growths, name),
    )
    return report(
        f"{name}: {rows:,} certificates as a job",
        [
            ("bare openpyxl, nothing read", f"{bare.seconds:.1f} s", "", True),
            ("job", f"{ours.seconds:.1f} s", "", True),
            ("ratio", f"{ratio:.2f}", f"<= {RATIO_LIMIT}", ratio <= RATIO_LIMIT),
            ("growth of memory", f"{ours.growth:.0f} MB", f"<= {MEMORY_LIMIT:.0f} MB",
             ours.growth <= MEMORY_LIMIT),
        ],
    )  # fmt: skip


def asked(actor: Actor, keyword: str) -> int:
    """Let somebody ask for the list as a keyword narrows it; return the key of the job."""
    scope.bind(actor)
    query = [["search", keyword]] if keyword else []
    with writing():
        job = jobs.ask(
            actor, JobKind.GRID_EXPORT, "导出列表", {"screen": "certificates", "query": query}
        )
        db.session.commit()
        key = job.id
    db.session.remove()
    return key


def sample(actor: Actor) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the header and some rows of the list."""
    view = screen("certificates")
    with replayed(actor, []):
        rows = [tuple(row) for row in islice(view.export_rows(), _KINDS)]
        return [column.label for column in view.export_columns()], rows


def work(environ: Mapping[str, str], key: int) -> None:
    """Do a job as a worker does."""
    app = create_app(load(environ))
    with app.app_context():
        jobs.run(key, HANDLERS)
        with unscoped(Reason.MAINTENANCE):
            state = db.session.scalar(select(Job.state).where(Job.id == key))
        db.engine.dispose()
    if state is not JobState.DONE:
        raise RuntimeError("the job was not done")


def write(labels: list[str], kinds: list[tuple[object, ...]], count: int) -> None:
    """Append rows as they are: no styles, no widths, formulas wherever a text begins with =."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("试用期考核证明")
    sheet.append(labels)
    for row in islice(cycle(kinds), count):
        sheet.append(row)
    with TemporaryFile() as file:
        workbook.save(file)


def main() -> int:
    """Measure on both databases, and say by the exit status whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    return on_each(partial(measure, rows=options.rows), options.only)


if __name__ == "__main__":
    sys.exit(main())
