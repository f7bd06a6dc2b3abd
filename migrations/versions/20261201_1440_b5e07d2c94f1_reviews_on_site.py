"""Reviews on site: who may hold them, what they found, and the content of each code.

Codes from before keep no content: what the present one says is the record itself.

Revision b5e07d2c94f1, follows f7b3d90c5e12; made 2026-12-01 14:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b5e07d2c94f1"
down_revision = "f7b3d90c5e12"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
ROLES = "ck_administrators_account_role"
BEFORE = "role IN ('operator', 'auditor', 'system_admin', 'security_admin', 'audit_admin')"
AFTER = (
    "role IN ('operator', 'reviewer', 'auditor', 'system_admin', 'security_admin', 'audit_admin')"
)
STATUSES = (
    *("valid", "superseded", "voided", "returned"),
    *("unprinted", "inconsistent", "unknown", "mistyped"),
)


def upgrade() -> None:
    """Allow the role, make the table, and let codes keep their content."""
    _allow_roles(AFTER)
    op.add_column("submission_codes", sa.Column("content", sa.Text(), nullable=True))
    op.create_table(
        "certificate_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("status", _enum("verification_status", *STATUSES), nullable=False),
        sa.Column("result", _enum("review_result", "matches", "differs"), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("actor_path", PATH, nullable=False),
        sa.Column("office", sa.String(length=100), nullable=False),
        sa.Column("form_key", sa.String(length=36), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"],
            ["submission_codes.id"],
            name=op.f("fk_certificate_reviews_code_id_submission_codes"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_certificate_reviews_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_reviews")),
        sa.UniqueConstraint("form_key", name=op.f("uq_certificate_reviews_form_key")),
    )
    for columns in (
        ["actor_id"],
        ["code_id"],
        ["institution_id"],
        ["owner_path", "id"],
        ["reviewed_at"],
    ):
        name = op.f(f"ix_certificate_reviews_{'_'.join(columns)}")
        op.create_index(name, "certificate_reviews", columns)


def downgrade() -> None:
    """Take it away; whoever is a reviewer is disabled, since an older platform knows none."""
    op.drop_table("certificate_reviews")
    op.drop_column("submission_codes", "content")
    role, is_enabled = sa.column("role"), sa.column("is_enabled")
    table = sa.table("administrators", role, is_enabled)
    op.execute(
        sa.update(table).where(role == "reviewer").values(role="auditor", is_enabled=False)
    )
    _allow_roles(BEFORE)


def _allow_roles(condition: str) -> None:
    with op.batch_alter_table("administrators") as batch:
        batch.drop_constraint(batch.f(ROLES), type_="check")
        batch.create_check_constraint(batch.f(ROLES), condition)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
