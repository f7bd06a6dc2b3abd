"""Batches of imports say what they bring in: institutions, or people.

Revision f7b3d90c5e12, follows a8d16f3c70be; made 2026-12-01 13:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f7b3d90c5e12"
down_revision = "a8d16f3c70be"
branch_labels = None
depends_on = None

SUBJECT = sa.Enum(
    "institutions",
    "people",
    name="import_subject",
    native_enum=False,
    create_constraint=True,
    length=24,
)
CHECK = "ck_import_batches_import_subject"


def upgrade() -> None:
    """Add the column; until now there were institutions only."""
    with op.batch_alter_table("import_batches") as batch:
        batch.add_column(
            sa.Column("subject", SUBJECT, nullable=False, server_default="institutions")
        )
    with op.batch_alter_table("import_batches") as batch:
        batch.alter_column("subject", server_default=None)


def downgrade() -> None:
    """Take it away again, with the batches of people, whom nobody could tell apart."""
    op.execute("DELETE FROM import_batches WHERE subject = 'people'")
    with op.batch_alter_table("import_batches") as batch:
        batch.drop_constraint(batch.f(CHECK), type_="check")
        batch.drop_column("subject")
