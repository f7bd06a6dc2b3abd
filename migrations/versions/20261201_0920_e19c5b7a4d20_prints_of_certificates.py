"""Each print of a certificate is kept with the version that was printed.

What the trail knows of earlier prints is taken over; what their papers said of the institution it
does not know.

Revision e19c5b7a4d20, follows f40c2b7d91e6; made 2026-12-01 09:10:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e19c5b7a4d20"
down_revision = "f40c2b7d91e6"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")

#: The version that was printed is the last one that was there at the time.
EARLIER_PRINTS = """
    INSERT INTO code_prints
        (code_id, institution_id, owner_path, printed_at, head,
         actor_id, actor_name, actor_path, office)
    SELECT code.id, code.institution_id, code.owner_path, entry.at, '{}',
           entry.actor_id, entry.actor_name, entry.actor_path, entry.institution_name
    FROM audit_entries AS entry
    JOIN submission_codes AS code ON code.certificate_id = entry.object_id
    WHERE entry.tag = 'certificate:print'
      AND entry.object_type = 'TrialCertificate'
      AND entry.result = 'done'
      AND entry.actor_id IS NOT NULL
      AND code.id = (
          SELECT max(known.id) FROM submission_codes AS known
          WHERE known.certificate_id = entry.object_id AND known.created_at <= entry.at
      )
    ORDER BY entry.id
"""


def upgrade() -> None:
    """Make the table and fill it from the trail."""
    op.create_table(
        "code_prints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("actor_path", PATH, nullable=False),
        sa.Column("office", sa.String(length=100), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"],
            ["submission_codes.id"],
            name=op.f("fk_code_prints_code_id_submission_codes"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_code_prints_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_prints")),
    )
    op.create_index(op.f("ix_code_prints_code_id"), "code_prints", ["code_id"])
    op.create_index(op.f("ix_code_prints_institution_id"), "code_prints", ["institution_id"])
    op.create_index(op.f("ix_code_prints_owner_path_id"), "code_prints", ["owner_path", "id"])
    op.execute(EARLIER_PRINTS)


def downgrade() -> None:
    """Take it away again; the trail still knows of the prints."""
    op.drop_table("code_prints")
