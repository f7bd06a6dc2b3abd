"""Departments of licences carry their owner, so that the wall holds them as well.

Revision 2f9d4c81b6a5, follows 6a1c8d20e7f4; made 2026-11-25 01:40:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2f9d4c81b6a5"
down_revision = "6a1c8d20e7f4"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
TABLE = "licence_departments"


def upgrade() -> None:
    """Add the owner and take it from the licence."""
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("institution_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("owner_path", PATH, nullable=True))
    ours = sa.table(
        TABLE, *(sa.column(name) for name in ("licence_id", "institution_id", "owner_path"))
    )
    licences = sa.table(
        "licences", *(sa.column(name) for name in ("id", "institution_id", "owner_path"))
    )
    op.execute(
        sa.update(ours).values(
            {
                name: sa.select(licences.c[name])
                .where(licences.c.id == ours.c.licence_id)
                .scalar_subquery()
                for name in ("institution_id", "owner_path")
            }
        )
    )
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("institution_id", nullable=False)
        batch.alter_column("owner_path", nullable=False)
        batch.create_foreign_key(
            batch.f(f"fk_{TABLE}_institution_id_owner_path_institutions"),
            "institutions",
            ["institution_id", "owner_path"],
            ["id", "path"],
            onupdate="CASCADE",
            ondelete="RESTRICT",
        )
        batch.create_index(batch.f(f"ix_{TABLE}_institution_id"), ["institution_id"])
        batch.create_index(batch.f(f"ix_{TABLE}_owner_path"), ["owner_path"])


def downgrade() -> None:
    """Take the owner away again."""
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_index(batch.f(f"ix_{TABLE}_owner_path"))
        batch.drop_index(batch.f(f"ix_{TABLE}_institution_id"))
        batch.drop_constraint(
            batch.f(f"fk_{TABLE}_institution_id_owner_path_institutions"), type_="foreignkey"
        )
        batch.drop_column("owner_path")
        batch.drop_column("institution_id")
