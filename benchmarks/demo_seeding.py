"""The seeding of the demo province, on both databases: `python -m benchmarks.demo_seeding`.

`make run` does it before it serves; whoever tries the platform waits for it. It goes through the
same use cases as people do, so there is no bare way to hold it against.
"""

from __future__ import annotations

import sys
import tempfile
from time import perf_counter
from typing import Final

import flask_migrate

from app import create_app
from benchmarks.measure import report
from benchmarks.province import KEYS, on_each
from config import load
from extensions import db
from models.engine import writing
from services import demo

LIMIT: Final = 20.0


def seconds_to_seed(url: str) -> float:
    """Fill the empty database at ``url`` and return how long that took."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as data_dir:
        settings = {**KEYS, "APP_ENV": "test", "DATA_DIR": data_dir, "DATABASE_URL": url}
        app = create_app(load(settings))
        with app.app_context():
            flask_migrate.upgrade()
            start = perf_counter()
            with writing():
                demo.seed_demo()
                db.session.commit()
            seconds = perf_counter() - start
            db.session.remove()
            db.engine.dispose()
    return seconds


def main() -> int:
    """Measure on both databases and say whether the limit holds."""
    return on_each(measure)


def measure(name: str, url: str) -> int:
    """Print how long one database takes; return 1 when the limit is broken."""
    seconds = seconds_to_seed(url)
    line = (name, f"{seconds:.1f} s", f"<= {LIMIT:.0f} s", seconds <= LIMIT)
    return report("Demo province, seeded", [line])


if __name__ == "__main__":
    sys.exit(main())
