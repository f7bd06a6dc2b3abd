"""Texts in which a keyword is looked for hold no blanks, as keys of names hold none.

Revision d7f20b94c3a1, follows 9b52d7c0e4a1; made 2026-11-30 18:15:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d7f20b94c3a1"
down_revision = "9b52d7c0e4a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the blanks out; the parts of a text stay on lines of their own."""
    for name in ("institutions", "former_names"):
        table = sa.table(name, sa.column("search_text"))
        statement = (
            sa.update(table)
            .where(table.c.search_text.contains(" "))
            .values(search_text=sa.func.replace(table.c.search_text, " ", ""))
        )
        op.get_bind().execute(statement)


def downgrade() -> None:
    """Leave the texts: the platform before found by them as well."""
