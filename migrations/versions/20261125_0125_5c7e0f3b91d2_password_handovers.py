"""Accounts know the form that made them; one-time passwords wait for the page that shows them once.

Revision 5c7e0f3b91d2, follows 851553019578; made 2026-11-25 01:25:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5c7e0f3b91d2"
down_revision = "851553019578"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    with op.batch_alter_table("administrators") as batch:
        batch.add_column(sa.Column("form_key", sa.String(length=36), nullable=True))
        batch.create_unique_constraint(batch.f("uq_administrators_form_key"), ["form_key"])
    op.create_table(
        "password_handovers",
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_password_handovers_administrator_id_administrators"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["administrators.id"],
            name=op.f("fk_password_handovers_recipient_id_administrators"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("administrator_id", name=op.f("pk_password_handovers")),
    )
    op.create_index(
        op.f("ix_password_handovers_recipient_id"), "password_handovers", ["recipient_id"]
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("password_handovers")
    with op.batch_alter_table("administrators") as batch:
        batch.drop_constraint(batch.f("uq_administrators_form_key"), type_="unique")
        batch.drop_column("form_key")
