"""The audit trail becomes a chain that the database itself keeps from being changed.

Entries that are there already are sealed in the order of their keys, with the key that the
application derives from ``DATA_KEY``.

Revision c4a18e7b60d9, follows c1f4d27a8e60; made 2026-11-25 22:10:00+00:00.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json

import sqlalchemy as sa
from alembic import context, op
from flask import current_app

revision = "c4a18e7b60d9"
down_revision = "c1f4d27a8e60"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
SEGMENT = 4
BRANCHES = (2, 3, 4)
CHUNK = 5000

INDEXES = (
    ("ix_audit_entries_at", ["at"]),
    *((f"ix_audit_entries_branch_{levels}_id", [f"branch_{levels}", "id"]) for levels in BRANCHES),
    ("ix_audit_entries_tag_id", ["tag", "id"]),
    ("ix_audit_entries_object_type_object_id_id", ["object_type", "object_id", "id"]),
    ("ix_audit_entries_object_label_id", ["object_label", "id"]),
)
REPLACED = (
    ("ix_audit_entries_owner_path_id", ["owner_path", "id"]),
    ("ix_audit_entries_object_type_object_id", ["object_type", "object_id"]),
    ("ix_audit_entries_tag", ["tag"]),
)

ENTRIES = sa.table(
    "audit_entries",
    sa.column("id", sa.BigInteger()),
    sa.column("at", sa.DateTime(timezone=True)),
    *(
        sa.column(name, sa.String())
        for name in (
            *("tag", "result", "actor_name", "actor_path", "institution_name", "owner_path"),
            *("object_type", "object_label", "address", "request_id"),
        )
    ),
    *(sa.column(name, sa.Integer()) for name in ("actor_id", "institution_id", "object_id")),
    sa.column("changes", sa.JSON()),
    sa.column("sequence", sa.BigInteger()),
    sa.column("mac", sa.String()),
    *(sa.column(f"branch_{levels}", sa.String()) for levels in BRANCHES),
)

SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_entries_never_change BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever added to'); END
    """,
    """
    CREATE TRIGGER audit_entries_are_kept BEFORE DELETE ON audit_entries
    WHEN OLD.at >= datetime('now', '-365 days')
    BEGIN SELECT RAISE(ABORT, 'the audit trail is kept for 365 days at least'); END
    """,
)
POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION audit_entries_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.at < now() - interval '365 days' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'the audit trail is kept for 365 days at least';
        END IF;
        RAISE EXCEPTION 'the audit trail is only ever added to';
    END
    $$
    """,
    """
    CREATE TRIGGER audit_entries_never_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_are_kept()
    """,
    """
    CREATE TRIGGER audit_entries_never_emptied BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_kept()
    """,
)


def upgrade() -> None:
    """Add place and MAC of each entry, seal what is there, and put the guards in place."""
    op.add_column("audit_entries", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.add_column("audit_entries", sa.Column("mac", sa.String(64), nullable=True))
    for levels in BRANCHES:
        op.add_column("audit_entries", sa.Column(f"branch_{levels}", PATH, nullable=True))
    if not context.is_offline_mode():
        _seal()
    with op.batch_alter_table("audit_entries") as batch:
        batch.alter_column("sequence", existing_type=sa.BigInteger(), nullable=False)
        batch.alter_column("mac", existing_type=sa.String(64), nullable=False)
    for name, _columns in REPLACED:
        op.drop_index(name, "audit_entries")
    op.create_index("ix_audit_entries_sequence", "audit_entries", ["sequence"], unique=True)
    for name, columns in INDEXES:
        op.create_index(name, "audit_entries", columns)
    is_sqlite = op.get_context().dialect.name == "sqlite"
    for statement in SQLITE_GUARDS if is_sqlite else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    """Take chain and guards away again; the entries stay."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_entries_never_change")
        op.execute("DROP TRIGGER audit_entries_are_kept")
    else:
        op.execute("DROP TRIGGER audit_entries_never_change ON audit_entries")
        op.execute("DROP TRIGGER audit_entries_never_emptied ON audit_entries")
        op.execute("DROP FUNCTION audit_entries_are_kept()")
    for name, _columns in INDEXES:
        op.drop_index(name, "audit_entries")
    op.drop_index("ix_audit_entries_sequence", "audit_entries")
    for name, columns in REPLACED:
        op.create_index(name, "audit_entries", columns)
    with op.batch_alter_table("audit_entries") as batch:
        for name in ("sequence", "mac", *(f"branch_{levels}" for levels in BRANCHES)):
            batch.drop_column(name)


def _seal() -> None:
    root = str(current_app.config["DATA_KEY"]).encode()
    key = hmac.digest(root, b"audit trail", "sha256")
    connection, mac, sequence, last = op.get_bind(), "0" * 64, 0, 0
    sealing = (
        sa.update(ENTRIES)
        .where(ENTRIES.c.id == sa.bindparam("key"))
        .values({name: sa.bindparam(f"new_{name}") for name in _FILLED})
    )
    while True:
        chunk = sa.select(ENTRIES).where(ENTRIES.c.id > last).order_by(ENTRIES.c.id).limit(CHUNK)
        rows = connection.execute(chunk).mappings().all()
        if not rows:
            return
        filled = []
        for row in rows:
            sequence += 1
            values = {**row, "sequence": sequence, **_branches(row["owner_path"])}
            mac = hmac.digest(key, _sealed_text(mac, values), "sha256").hex()
            filled.append(
                {"key": row["id"], **{f"new_{n}": {**values, "mac": mac}[n] for n in _FILLED}}
            )
        connection.execute(sealing, filled)
        last = rows[-1]["id"]


_FILLED = ("sequence", "mac", *(f"branch_{levels}" for levels in BRANCHES))


def _branches(path: str) -> dict[str, str | None]:
    return {
        f"branch_{levels}": path[: levels * SEGMENT] if len(path) >= levels * SEGMENT else None
        for levels in BRANCHES
    }


def _sealed_text(previous: str, values: dict[str, object]) -> bytes:
    """Return what the MAC covers, in the form that it had when this was written."""
    stored = {
        name: _plain(value)
        for name, value in values.items()
        if name not in {"id", "mac"} and value is not None
    }
    text = json.dumps(stored, sort_keys=True, separators=(",", ":"))
    return f"{previous}\n{text}".encode("ascii")


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        aware = value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
        return aware.isoformat(timespec="microseconds")
    return value
