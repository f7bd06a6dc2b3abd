"""A reviewer at the desk: people a minute, and what a look-up costs, through the application.

Each person is a look-up, a verdict, and the empty desk that follows it, one after the other as one
pair of hands does it. The paper, the person and the scanner take no time here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Final

import flask_migrate
from sqlalchemy import event, select

from app import create_app
from benchmarks.measure import report
from benchmarks.province import KEYS, browser, gather_statistics, on_each
from config import load
from extensions import db
from models import Administrator, CodePrint, CodeState, SubmissionCode
from models.engine import writing
from services import sessions
from services.actor import actor_of
from services.demo import seed_demo
from services.demo.accounts import REVIEWER
from services.scope import Reason, unscoped
from services.sessions import Origin

if TYPE_CHECKING:
    from typing import Any

    from flask import Flask
    from flask.testing import FlaskClient

#: The demonstration has less printed papers below the reviewer, who then sees some of them again.
PEOPLE: Final = 100
PEOPLE_A_MINUTE: Final = 20.0
SLOWEST_LOOK_UP: Final = 1000.0
USUAL_LOOK_UP: Final = 100.0
#: Reading statements of one look-up, the session and the end of the trail among them.
QUERIES: Final = 9


def measure(name: str, url: str) -> int:
    """Print what ``PEOPLE`` cost on one database; return 1 when a limit is broken."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as data_dir:
        app = create_app(
            load({**KEYS, "APP_ENV": "test", "DATA_DIR": data_dir, "DATABASE_URL": url})
        )
        with app.app_context():
            flask_migrate.upgrade()
            with writing():
                seed_demo()
                db.session.commit()
            gather_statistics()
            token, codes = _reviewer_and_papers()
            db.session.remove()
        status = _review(name, app, browser(app, token), codes)
        with app.app_context():
            db.engine.dispose()
    return status


def _review(name: str, app: Flask, client: FlaskClient, codes: list[str]) -> int:
    asked: list[int] = []
    looked: list[float] = []

    def count(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked[-1] += statement.startswith("SELECT") and "pg_advisory" not in statement

    with app.app_context():
        engine = db.engine
    token = _hidden(client.get("/admin/review/").text, "csrf_token")
    for number in range(3):
        _person(client, token, codes[number], [])
    event.listen(engine, "before_cursor_execute", count)
    start = perf_counter()
    for number in range(PEOPLE):
        asked.append(0)
        _person(client, token, codes[number % len(codes)], looked, after=lambda: asked.append(0))
    minutes = (perf_counter() - start) / 60
    event.remove(engine, "before_cursor_execute", count)
    usual, slowest, queries = median(looked), max(looked), max(asked[::2])
    pace = PEOPLE / minutes
    return report(
        f"\n{name}: {PEOPLE} people at the review desk, {len(codes)} papers",
        [
            ("people a minute", f"{pace:.0f}", f"{PEOPLE_A_MINUTE:.0f}", pace >= PEOPLE_A_MINUTE),
            ("look-up, median ms", f"{usual:.0f}", f"{USUAL_LOOK_UP:.0f}", usual < USUAL_LOOK_UP),
            (
                "look-up, slowest ms",
                f"{slowest:.0f}",
                f"{SLOWEST_LOOK_UP:.0f}",
                slowest < SLOWEST_LOOK_UP,
            ),
            ("queries of a look-up", str(queries), str(QUERIES), queries <= QUERIES),
        ],
    )


def _person(
    client: FlaskClient, token: str, code: str, looked: list[float], after: Any = None
) -> None:
    start = perf_counter()
    answer = client.post("/admin/review/", data={"code": code, "csrf_token": token})
    looked.append((perf_counter() - start) * 1000)
    if after is not None:
        after()
    assert "纸质材料应为" in answer.text, answer.status
    form = {"code": code, "result": "matches", "note": "", "csrf_token": token}
    form["form_key"] = _hidden(answer.text, "form_key")
    done = client.post("/admin/review/verdict/", data=form, follow_redirects=True)
    assert "已登记" in done.text, done.status


def _hidden(page: str, name: str) -> str:
    """Return what a page sends along under ``name``."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def _reviewer_and_papers() -> tuple[str, list[str]]:
    """Return the session of the demo's reviewer, and the codes that were printed below."""
    with unscoped(Reason.MAINTENANCE), writing():
        account = db.session.scalars(
            select(Administrator).where(Administrator.username == REVIEWER)
        ).one()
        actor = actor_of(account, account.institution)
        token = sessions.open_session(actor, Origin(address="127.0.0.1", browser="benchmark"))
        codes = db.session.scalars(
            select(SubmissionCode.code)
            .where(
                SubmissionCode.owner_path.startswith(actor.path),
                SubmissionCode.state == CodeState.CURRENT,
                SubmissionCode.id.in_(select(CodePrint.code_id)),
            )
            .order_by(SubmissionCode.id)
        ).all()
        db.session.commit()
    return token, list(codes)


def main() -> int:
    """Measure on each database, or on one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    return on_each(measure, parser.parse_args().only)


if __name__ == "__main__":
    sys.exit(main())
