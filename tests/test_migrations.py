"""The history of the schema: one line, up and down again, and the same schema as the models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select

from config import PROJECT_ROOT
from extensions import db
from models.reference import CodeTable
from services.trail import checking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

VERSIONS = PROJECT_ROOT / "migrations" / "versions"
FILE_NAME = re.compile(r"\d{8}_\d{4}_[0-9a-f]{12}_[a-z0-9_]+\.py")


@pytest.fixture
def migrated(fresh_app: Flask) -> Iterator[Flask]:
    """An application in its context, on a migrated database that may be changed freely."""
    with fresh_app.app_context():
        yield fresh_app


def tables() -> set[str]:
    """Return the names of the tables that the database holds now."""
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def schema() -> dict[str, Any]:
    """Return all that the database says about its tables, in an order of its own."""
    inspector = inspect(db.engine)
    return {
        name: {
            "columns": {
                column["name"]: (
                    repr(column["type"]),
                    column["nullable"],
                    column["default"],
                )
                for column in inspector.get_columns(name)
            },
            "primary key": inspector.get_pk_constraint(name),
            "foreign keys": in_order(inspector.get_foreign_keys(name)),
            "unique": in_order(inspector.get_unique_constraints(name)),
            "checks": in_order(inspector.get_check_constraints(name)),
            "indexes": in_order(inspector.get_indexes(name)),
        }
        for name in tables()
    }


def in_order(constraints: list[Any]) -> list[str]:
    """Return reflected constraints as texts that compare equal when they mean the same."""
    return sorted(
        repr(sorted((key, plain(value)) for key, value in row.items())) for row in constraints
    )


def plain(value: Any) -> Any:
    """Return options as texts: the condition of a partial index is a new object each time."""
    if isinstance(value, dict):
        return sorted((key, str(one)) for key, one in value.items())
    return value


def script() -> ScriptDirectory:
    return ScriptDirectory(str(PROJECT_ROOT / "migrations"))


def test_the_history_has_one_head_and_one_root() -> None:
    assert len(script().get_heads()) == 1
    assert len(script().get_bases()) == 1


def test_files_are_named_by_time_and_follow_one_another_in_that_order() -> None:
    names = sorted(path.name for path in VERSIONS.glob("*.py"))
    assert names
    assert all(FILE_NAME.fullmatch(name) for name in names)
    history = [revision.revision for revision in script().walk_revisions()]
    assert [name.split("_")[2] for name in names] == list(reversed(history))


def test_migrations_do_not_import_what_changes_after_them() -> None:
    ours = re.compile(
        r"^\s*(?:from|import) (?:models|services|extensions|config|app)\b", re.MULTILINE
    )
    assert [path.name for path in VERSIONS.glob("*.py") if ours.search(path.read_text())] == []


def test_check_finds_no_difference(migrated: Flask) -> None:
    result = migrated.test_cli_runner().invoke(args=["db", "check"])
    assert result.exit_code == 0, result.output


def test_check_finds_a_difference(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_trial_certificates_name")
    result = migrated.test_cli_runner().invoke(args=["db", "check"])
    assert result.exit_code == 1


def test_the_migrated_schema_is_that_of_the_models_to_the_last_constraint(migrated: Flask) -> None:
    by_migrations = schema()
    flask_migrate.downgrade(revision="base")
    db.create_all()
    by_models = schema()
    assert by_migrations.keys() == by_models.keys()
    for name, found in by_migrations.items():
        assert found == by_models[name], name


def test_down_to_nothing_and_up_again(migrated: Flask) -> None:
    before = schema()
    assert before
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert schema() == before
    # What a migration lifts for its own time is in force again.
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        else:
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() != "10s"


def test_migrations_load_nothing(migrated: Flask) -> None:
    for mapper in db.Model.registry.mappers:
        if issubclass(mapper.class_, CodeTable):
            assert db.session.scalars(select(mapper.class_)).all() == []


def test_every_constraint_has_a_name(migrated: Flask) -> None:
    inspector = inspect(db.engine)
    for name in tables():
        constraints = [
            inspector.get_pk_constraint(name),
            *inspector.get_foreign_keys(name),
            *inspector.get_unique_constraints(name),
            *inspector.get_check_constraints(name),
        ]
        assert all(row["name"] for row in constraints), name


def test_paths_are_compared_byte_by_byte(migrated: Flask) -> None:
    inspector = inspect(db.engine)
    found = {
        (name, column["name"]): column["type"].collation
        for name in tables()
        for column in inspector.get_columns(name)
        if column["name"] in {"path", "owner_path"}
    }
    assert len(found) > 5
    # SQLite compares so unless it is told otherwise.
    assert set(found.values()) == ({"C"} if db.engine.dialect.name == "postgresql" else {None})


def test_entries_from_before_the_chain_are_sealed_in_their_order(migrated: Flask) -> None:
    flask_migrate.downgrade(revision="b7e4a90c31d5")
    columns = (
        "id, at, tag, result, actor_id, actor_name, actor_path, institution_name, owner_path,"
        " object_type, object_label, changes, address, request_id"
    )
    with db.engine.begin() as connection:
        for key in (3, 7):
            connection.exec_driver_sql(
                f"INSERT INTO audit_entries ({columns}) VALUES ({key},"  # noqa: S608 - of the line above
                " '2018-01-02 03:04:05.000006', 'a:b', 'done', 5, '某人', '0001', '某局',"
                " '000100020003', '', '',"
                ' \'[{"label": "名", "old": null, "new": 1}]\', \'\', \'\')'
            )
    flask_migrate.upgrade()
    assert list(checking.check())[:-1] == []
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT id, sequence, branch_2, branch_3, branch_4 FROM audit_entries ORDER BY id"
        ).all()
    assert [tuple(row) for row in rows] == [
        (3, 1, "00010002", "000100020003", None),
        (7, 2, "00010002", "000100020003", None),
    ]


def test_the_trail_is_guarded_after_all_migrations(migrated: Flask) -> None:
    """SQLite loses the triggers of a table that a later migration rebuilds."""
    inspected = "sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'"
    names = "name"
    if db.engine.dialect.name == "postgresql":
        inspected = "pg_trigger WHERE tgrelid = 'audit_entries'::regclass"
        names = "tgname"
    with db.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT {names} FROM {inspected}").scalars().all()  # noqa: S608 - of the lines above
    assert {"audit_entries_never_change"} < set(found)
