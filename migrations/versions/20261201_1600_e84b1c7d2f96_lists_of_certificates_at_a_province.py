"""Lists of certificates are narrowed, counted and sorted in one index alone.

Revision e84b1c7d2f96, follows c4f8d1a6e270; made 2026-12-01 16:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e84b1c7d2f96"
down_revision = "c4f8d1a6e270"
branch_labels = None
depends_on = None

TABLE = "trial_certificates"
INDEX = "ix_trial_certificates_living"
LIVING = "deleted_at IS NULL"
BEFORE = ["owner_path", "id"]
AFTER = [
    *("owner_path", "exam_year", "certificate_type", "state", "conclusion", "exam_category_code"),
    *("name", "id", "deleted_at"),
]


def upgrade() -> None:
    """Let the index hold what lists are narrowed and sorted by."""
    _make(AFTER)


def downgrade() -> None:
    """Let it hold the keys only."""
    _make(BEFORE)


def _make(columns: list[str]) -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(
        INDEX, TABLE, columns, sqlite_where=sa.text(LIVING), postgresql_where=sa.text(LIVING)
    )
