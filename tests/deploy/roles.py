"""PostgreSQL as ``deploy/postgresql`` has an operator set it up."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.architecture.sources import ROOT

SCRIPTS: Final = ROOT / "deploy" / "postgresql"
ROLES: Final = ("trial_owner", "trial_app", "trial_keeper")
#: For a server of the user's own that asks for one; the roles stay there.
_PASSWORD: Final = "Only-On-A-Server-For-Tests"


def plain(url: str) -> str:
    """Return the address as PostgreSQL's own programs read it."""
    return url.replace("+psycopg", "", 1)


def as_role(url: str, role: str) -> str:
    """Return the address of the same database for another role."""
    made = make_url(url).set(username=role, password=_PASSWORD)
    return made.render_as_string(hide_password=False)


def run_script(url: str, name: str) -> None:
    """Run a file of ``deploy/postgresql`` as psql does."""
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(text)


def make_roles(url: str) -> None:
    """Make the roles, as the superuser whose address is given; the database becomes the owner's."""
    with psycopg.connect(plain(url)) as connection:
        # Two workers of a run share one server.
        connection.execute("SELECT pg_advisory_xact_lock(7204)")
        connection.execute((SCRIPTS / "roles.sql").read_text(encoding="utf-8"))
        for role in ROLES:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), _PASSWORD)
            )
