"""Doubts are kept with their certificates, and what looks for them has its indexes.

Afterwards ``flask recount-doubts`` fills the table for what was entered before.

Revision c5d2e8a19f47, follows e19c5b7a4d20; made 2026-12-01 11:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c5d2e8a19f47"
down_revision = "e19c5b7a4d20"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
KINDS = (
    "two_places",
    "id_number",
    "name",
    "assistant_number",
    "education",
    "graduation_date",
    "graduated_later",
    "overlap",
    "short",
    "mentor_number",
    "mentor_level",
    "mentor_category",
    "mentor_busy",
    "department",
    "licence",
    "place",
)
LIVING = "ix_trial_certificates_living"
MENTOR = "ix_trial_periods_mentor_practice_certificate_number"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "certificate_doubts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="doubt", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["trial_certificates.id"],
            name=op.f("fk_certificate_doubts_certificate_id_trial_certificates"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_certificate_doubts_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_doubts")),
        sa.UniqueConstraint(
            "certificate_id",
            "kind",
            "sentence",
            name=op.f("uq_certificate_doubts_certificate_id_kind_sentence"),
        ),
    )
    op.create_index(
        op.f("ix_certificate_doubts_institution_id"), "certificate_doubts", ["institution_id"]
    )
    op.create_index(
        op.f("ix_certificate_doubts_owner_path_id"), "certificate_doubts", ["owner_path", "id"]
    )
    op.create_index(
        op.f("ix_certificate_doubts_kind_owner_path_certificate_id"),
        "certificate_doubts",
        ["kind", "owner_path", "certificate_id"],
    )
    op.create_index(
        op.f("ix_certificate_doubts_owner_path_certificate_id"),
        "certificate_doubts",
        ["owner_path", "certificate_id"],
    )
    op.create_index(
        LIVING,
        "trial_certificates",
        ["owner_path", "id"],
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f(MENTOR), "trial_periods", ["mentor_practice_certificate_number"])


def downgrade() -> None:
    """Take them away; everything in the table can be found anew."""
    op.drop_index(op.f(MENTOR), table_name="trial_periods")
    op.drop_index(LIVING, table_name="trial_certificates")
    op.drop_table("certificate_doubts")
