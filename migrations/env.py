"""How Alembic runs the migrations: one history for SQLite and PostgreSQL, one transaction per run.

The engine is the application's own, so that its pragmas and its driver hold here as well.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from alembic import context
from flask import current_app
from sqlalchemy import TypeDecorator

from models.engine import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy import Connection, Engine

#: A migration that waits for a lock makes everybody behind it wait as well, so it gives up. Two
#: servers that start at once must not migrate at once (the lock's number only has to be ours).
POSTGRESQL_GUARDS: Final = (
    "SET LOCAL lock_timeout = '10s'",
    "SET LOCAL statement_timeout = '15min'",
    "SELECT pg_advisory_xact_lock(20171227)",
)


def run() -> None:
    """Run the migrations that the command asked for, or print their SQL (``--sql``)."""
    extension = current_app.extensions["migrate"]
    engine: Engine = extension.db.engine
    options: dict[str, Any] = {
        **extension.configure_args,
        "target_metadata": extension.db.metadata,
        "render_item": _render_item,
        "render_as_batch": True,
        "compare_type": True,
        # SQLite alters tables inside of a transaction too, since the engine begins it itself.
        "transactional_ddl": True,
        "process_revision_directives": _refuse_empty_revision,
    }
    if context.is_offline_mode():
        context.configure(dialect_name=engine.dialect.name, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with engine.connect() as connection, writing(), _tables_rebuildable(connection):
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            _hold_others(connection)
            context.run_migrations()
            _check_references(connection)


@contextmanager
def _tables_rebuildable(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild tables to which others refer; it can be told between transactions only."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _hold_others(connection: Connection) -> None:
    """Wait for our turn, but not for ever; SQLite's ``BEGIN IMMEDIATE`` does the same."""
    if connection.dialect.name == "postgresql":
        for statement in POSTGRESQL_GUARDS:
            connection.exec_driver_sql(statement)


def _check_references(connection: Connection) -> None:
    """Refuse to commit a SQLite database whose references a migration has broken."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        message = f"the migration left references to missing rows in: {tables}"
        raise RuntimeError(message)


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Write our own column types as plain ones, so that a migration never imports the models."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _refuse_empty_revision(migration: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no file when ``flask db migrate`` finds no difference."""
    options = getattr(migration.config, "cmd_opts", None)
    if getattr(options, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()


run()
