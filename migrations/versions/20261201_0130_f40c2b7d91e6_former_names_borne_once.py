"""Former names: a version, the key of the form that made them, and none twice at one institution.

Revision f40c2b7d91e6, follows a7c3e91f4b20; made 2026-12-01 01:30:00+00:00.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op

revision = "f40c2b7d91e6"
down_revision = "a7c3e91f4b20"
branch_labels = None
depends_on = None

logger = logging.getLogger("alembic.runtime.migration")


def upgrade() -> None:
    """Add the columns, settle what stands twice, and let the database see to it."""
    with op.batch_alter_table("former_names") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("form_key", sa.String(36), nullable=True))
        batch.alter_column("name_key", existing_type=sa.String(200), nullable=True)
    _settle_doubles()
    with op.batch_alter_table("former_names") as batch:
        batch.alter_column("version", server_default=None)
        batch.create_index(batch.f("ix_former_names_form_key"), ["form_key"], unique=True)
        batch.create_index("uq_former_names_name_key", ["institution_id", "name_key"], unique=True)


def downgrade() -> None:
    """Take them away again; what had no key is looked for as it is written."""
    with op.batch_alter_table("former_names") as batch:
        batch.drop_index("uq_former_names_name_key")
        batch.drop_index(batch.f("ix_former_names_form_key"))
    former = _table()
    op.execute(sa.update(former).where(former.c.name_key.is_(None)).values(name_key=former.c.name))
    with op.batch_alter_table("former_names") as batch:
        batch.alter_column("name_key", existing_type=sa.String(200), nullable=False)
        batch.drop_column("form_key")
        batch.drop_column("version")


def _settle_doubles() -> None:
    """Keep one of those that agree in all; of others the later one keeps its words and no key."""
    former, connection = _table(), op.get_bind()
    entered: set[tuple[object, ...]] = set()
    borne: set[tuple[object, ...]] = set()
    without_key = 0
    for row in connection.execute(sa.select(former).order_by(former.c.id)).all():
        itself = former.c.id == row.id
        content = (row.institution_id, row.name, row.used_until)
        if content in entered:
            connection.execute(sa.delete(former).where(itself))
            continue
        entered.add(content)
        if (row.institution_id, row.name_key) in borne:
            connection.execute(sa.update(former).where(itself).values(name_key=None))
            without_key += 1
        borne.add((row.institution_id, row.name_key))
    if without_key:
        logger.warning(
            "%d former names stand twice at their institution, with other days or written "
            "otherwise: they stay until one of them is removed",
            without_key,
        )


def _table() -> sa.TableClause:
    columns = ("id", "institution_id", "name", "name_key", "used_until")
    return sa.table("former_names", *map(sa.column, columns))
