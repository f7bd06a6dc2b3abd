"""What the fixtures promise: tests see a clean database, and requests see nothing of the test."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask, g
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import AuditEntry, ExamCategory, ExamCycle
from tests.databases import IsolatedClient
from tests.factories.trail import make_entry

if TYPE_CHECKING:
    from sqlalchemy.orm import scoped_session

    from tests.databases import Databases

YEAR = 1999


def cycle() -> ExamCycle:
    day = dt.date(YEAR, 1, 1)
    return ExamCycle(
        year=YEAR,
        entry_opens_on=day,
        entry_closes_on=day,
        roster_due_on=day,
        trial_cutoff_on=day,
    )


def count() -> int:
    return db.session.scalar(
        select(func.count()).select_from(ExamCycle).where(ExamCycle.year == YEAR)
    )


@pytest.mark.parametrize("run", ["first", "second"])
def test_commits_do_not_outlive_a_test(session: scoped_session, run: str):
    assert count() == 0
    session.add(cycle())
    session.commit()
    session.rollback()
    assert count() == 1


def test_session_works_on_after_a_refused_row(session: scoped_session):
    session.add(cycle())
    session.commit()
    session.expunge_all()
    session.add(cycle())
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    assert count() == 1


@pytest.mark.parametrize("run", ["first", "second"])
def test_files_do_not_outlive_a_test(app: Flask, run: str):
    folder: Path = app.config["DATA_DIR"]
    assert list(folder.iterdir()) == []
    (folder / "uploads").mkdir()
    (folder / "uploads" / "scan.png").touch()


def test_backend_is_the_one_named(app: Flask, database_backend: str):
    assert db.engine.dialect.name == database_backend


def test_databases_come_from_the_migrations(session: scoped_session):
    with contextlib.closing(session.connection().connection.cursor()) as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        assert cursor.fetchone()


def test_requests_see_nothing_of_the_tests_context():
    # An application of its own, so that the real one keeps its routes.
    plain = Flask("plain")
    plain.test_client_class = IsolatedClient
    seen = []

    @plain.get("/")
    def look() -> str:
        seen.append(g.get("leak"))
        g.leak = "request"
        return "seen"

    with plain.app_context():
        g.leak = "test"
        plain.test_client().get("/")
        plain.test_client().get("/")
        assert g.leak == "test"
    assert seen == [None, None]


def test_requests_see_what_the_test_has_pending(app: Flask, session: scoped_session):
    session.add(cycle())
    assert app.test_client().get("/healthz").status_code == 200
    assert not session.new


def test_clients_refuse_to_keep_a_context(app: Flask):
    with pytest.raises(NotImplementedError), app.test_client():
        pass


def test_the_committed_app_is_found_as_it_was_made(
    databases: Databases, database_backend: str
) -> None:
    for _ in range(2):
        with databases.committed_app(database_backend) as app:
            left = Path(app.config["DATA_DIR"]) / "left" / "behind"
            with app.app_context():
                assert count() == 0
                assert db.session.scalar(select(func.count()).select_from(ExamCategory)) > 0
                assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0
                db.session.add(cycle())
                make_entry()
                db.session.commit()
                assert count() == 1
            assert not left.parent.exists()
            assert "LEFT" not in app.config | app.extensions
            left.parent.mkdir()
            left.touch()
            app.config["LEFT"] = app.extensions["LEFT"] = True


def test_a_browser_that_leaves_keeps_no_file_open(live_server: str) -> None:
    """The warning of a file that was never closed would fail whichever test comes next."""
    host, port = live_server.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            # Closed like this, the connection is reset as soon as the answer has begun to come.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET /static/any/favicon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(1)
