"""The database itself keeps the trail, whoever asks and by whatever way."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import DatabaseError

from models import utc_now
from tests.factories.trail import hold_entry

REFUSED = "the audit trail is"


@pytest.fixture
def table(session):
    """The connection to a table with a young entry and an old one."""
    hold_entry(object_label="old", at=utc_now() - dt.timedelta(days=366))
    hold_entry(object_label="young", at=utc_now() - dt.timedelta(days=364))
    session.commit()
    return session.connection()


@pytest.mark.parametrize("name", ["old", "young"])
def test_no_entry_is_changed(table, name):
    statement = f"UPDATE audit_entries SET actor_name = 'x' WHERE object_label = '{name}'"  # noqa: S608 - of the table above
    with pytest.raises(DatabaseError, match=REFUSED), table.begin_nested():
        table.exec_driver_sql(statement)


_COLUMNS = (
    "mac, at, tag, result, actor_name, actor_path, institution_name, owner_path, object_type,"
    " object_label, changes, address, request_id"
)


@pytest.mark.parametrize("name", ["old", "young"])
@pytest.mark.parametrize("taken", ["id", "sequence"])
def test_no_entry_is_replaced_by_another(table, name, taken):
    values = "id, sequence" if taken == "id" else "id + 1000, sequence"
    columns = f"id, sequence, {_COLUMNS}"
    chosen = f"SELECT {values}, {_COLUMNS} FROM audit_entries WHERE object_label = '{name}'"  # noqa: S608 - of the table above
    if table.dialect.name == "sqlite":
        # As whoever opens the file without our settings would.
        table.exec_driver_sql("PRAGMA recursive_triggers=OFF")
        statement = f"INSERT OR REPLACE INTO audit_entries ({columns}) {chosen}"
    else:
        change = f"ON CONFLICT ({taken}) DO UPDATE SET actor_name = 'x'"
        statement = f"INSERT INTO audit_entries ({columns}) {chosen} {change}"
    with pytest.raises(DatabaseError, match=REFUSED), table.begin_nested():
        table.exec_driver_sql(statement)


def test_a_young_entry_is_not_deleted(table):
    with pytest.raises(DatabaseError, match=REFUSED), table.begin_nested():
        table.exec_driver_sql("DELETE FROM audit_entries")
    table.exec_driver_sql("DELETE FROM audit_entries WHERE object_label = 'old'")
    assert table.exec_driver_sql("SELECT object_label FROM audit_entries").scalars().all() == [
        "young"
    ]


def test_the_table_is_not_emptied(table):
    if table.dialect.name == "postgresql":
        with pytest.raises(DatabaseError, match=REFUSED), table.begin_nested():
            table.exec_driver_sql("TRUNCATE audit_entries")


def test_no_two_entries_have_the_same_place(table):
    with pytest.raises(DatabaseError, match="sequence"), table.begin_nested():
        table.exec_driver_sql(
            "INSERT INTO audit_entries (sequence, mac, at, tag, result, actor_name, actor_path,"
            " institution_name, owner_path, object_type, object_label, changes, address,"
            " request_id) SELECT sequence, mac, at, tag, result, actor_name, actor_path,"
            " institution_name, owner_path, object_type, object_label, changes, address,"
            " request_id FROM audit_entries"
        )
