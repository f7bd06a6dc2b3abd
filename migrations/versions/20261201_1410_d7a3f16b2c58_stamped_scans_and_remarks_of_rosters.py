"""Rosters have scans of their stamped paper, and remarks on people when they are given back.

Revision d7a3f16b2c58, follows f2b742d0ecfe; made 2026-12-01 14:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d7a3f16b2c58"
down_revision = "f2b742d0ecfe"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
TYPES = ("jpeg", "png", "pdf")


def upgrade() -> None:
    """Make the table and the columns; years from before ask for no scan."""
    op.create_table(
        "roster_scans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column(
            "scan_type",
            sa.Enum(*TYPES, name="scan_type", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("storage_name", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.CheckConstraint("page_count > 0", name=op.f("ck_roster_scans_has_pages")),
        sa.CheckConstraint("size > 0", name=op.f("ck_roster_scans_has_content")),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_roster_scans_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"],
            ["rosters.id"],
            name=op.f("fk_roster_scans_roster_id_rosters"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_scans")),
        sa.UniqueConstraint("storage_name", name=op.f("uq_roster_scans_storage_name")),
    )
    op.create_index(op.f("ix_roster_scans_institution_id"), "roster_scans", ["institution_id"])
    op.create_index(op.f("ix_roster_scans_owner_path_id"), "roster_scans", ["owner_path", "id"])
    op.create_index(op.f("ix_roster_scans_roster_id"), "roster_scans", ["roster_id"])
    op.add_column("roster_entries", sa.Column("return_remark", sa.Text(), nullable=True))
    op.add_column(
        "exam_cycles",
        sa.Column("needs_scan", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("exam_cycles") as batch:
        batch.alter_column("needs_scan", server_default=None)


def downgrade() -> None:
    """Take them away with what they hold; files without a row are swept."""
    op.drop_column("exam_cycles", "needs_scan")
    op.drop_column("roster_entries", "return_remark")
    op.drop_table("roster_scans")
