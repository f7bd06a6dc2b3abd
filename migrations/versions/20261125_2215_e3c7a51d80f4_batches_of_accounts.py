"""Accounts that were made together, for many institutions at once.

Revision e3c7a51d80f4, follows c4a18e7b60d9; made 2026-11-25 22:15:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e3c7a51d80f4"
down_revision = "c4a18e7b60d9"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(postgresql.VARCHAR(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "account_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("account_ids", sa.JSON(), nullable=False),
        sa.Column("sheet_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_key", sa.String(length=36), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_account_batches_administrator_id_administrators"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_account_batches_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_batches")),
        sa.UniqueConstraint("form_key", name=op.f("uq_account_batches_form_key")),
    )
    for name, columns in (
        ("administrator_id", ["administrator_id"]),
        ("institution_id", ["institution_id"]),
        ("owner_path_id", ["owner_path", "id"]),
    ):
        op.create_index(op.f(f"ix_account_batches_{name}"), "account_batches", columns)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("account_batches")
