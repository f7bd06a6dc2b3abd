"""Verdicts on papers whose code the platform never gave (疑似伪造).

Revision c4f8d1a6e270, follows d3c61a8f5b27; made 2026-12-01 15:10:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c4f8d1a6e270"
down_revision = "d3c61a8f5b27"
branch_labels = None
depends_on = None

TABLE = "certificate_reviews"
RESULTS = "ck_certificate_reviews_review_result"
FORGED = "ck_certificate_reviews_forged_has_no_code"
INDEX = "ix_certificate_reviews_forged_code"


def upgrade() -> None:
    """Let a review be of a code that is none."""
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("forged_code", sa.String(length=32), nullable=True))
        batch.alter_column("code_id", existing_type=sa.Integer(), nullable=True)
        batch.drop_constraint(batch.f(RESULTS), type_="check")
        batch.create_check_constraint(
            batch.f(RESULTS), "result IN ('matches', 'differs', 'forged')"
        )
        batch.create_check_constraint(
            batch.f(FORGED),
            "(code_id IS NULL) = (result = 'forged')"
            " AND (forged_code IS NOT NULL) = (result = 'forged')",
        )
        batch.create_index(batch.f(INDEX), ["forged_code"])


def downgrade() -> None:
    """Forget these verdicts; the trail keeps them."""
    table = sa.table(TABLE, sa.column("result"))
    op.execute(sa.delete(table).where(table.c.result == "forged"))
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_index(batch.f(INDEX))
        batch.drop_constraint(batch.f(FORGED), type_="check")
        batch.drop_constraint(batch.f(RESULTS), type_="check")
        batch.create_check_constraint(batch.f(RESULTS), "result IN ('matches', 'differs')")
        batch.alter_column("code_id", existing_type=sa.Integer(), nullable=False)
        batch.drop_column("forged_code")
