"""A job may be an import.

Revision d3c61a8f5b27, follows b5e07d2c94f1; made 2026-12-01 15:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d3c61a8f5b27"
down_revision = "b5e07d2c94f1"
branch_labels = None
depends_on = None

CHECK = "ck_jobs_job_kind"
KINDS = ("grid_export", "certificate_papers", "consolidated_roster", "year_recount")
IMPORT = "record_import"


def upgrade() -> None:
    """Let jobs be imports."""
    _allow(*KINDS, IMPORT)


def downgrade() -> None:
    """Take them away: no other kind says what they are."""
    op.execute(f"DELETE FROM jobs WHERE kind = '{IMPORT}'")
    _allow(*KINDS)


def _allow(*kinds: str) -> None:
    with op.batch_alter_table("jobs") as batch:
        batch.drop_constraint(batch.f(CHECK), type_="check")
        batch.create_check_constraint(batch.f(CHECK), sa.column("kind").in_(kinds))
