"""Work in the background: jobs with their leases and results.

Revision f2b742d0ecfe, follows c5d2e8a19f47; made 2026-12-01 14:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f2b742d0ecfe"
down_revision = "c5d2e8a19f47"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table("jobs",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("administrator_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("grid_export", "certificate_papers", "consolidated_roster", "year_recount", name="job_kind", native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column("title", sa.String(length=120), nullable=False),
    sa.Column("state", sa.Enum("queued", "running", "done", "failed", "cancelled", name="job_state", native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column("arguments", sa.Text(), nullable=False),
    sa.Column("done", sa.Integer(), nullable=False),
    sa.Column("total", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("problem", sa.String(length=200), nullable=True),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("lease", sa.String(length=32), nullable=True),
    sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("storage_name", sa.String(length=64), nullable=True),
    sa.Column("digest", sa.String(length=64), nullable=True),
    sa.Column("size", sa.Integer(), nullable=True),
    sa.Column("file_name", sa.String(length=120), nullable=True),
    sa.Column("address", sa.String(length=45), nullable=False),
    sa.Column("request_id", sa.String(length=36), nullable=False),
    sa.Column("institution_id", sa.Integer(), nullable=False),
    sa.Column("owner_path", sa.String(length=40).with_variant(sa.VARCHAR(length=40, collation="C"), "postgresql"), nullable=False),
    sa.CheckConstraint("state = 'done' OR storage_name IS NULL", name=op.f("ck_jobs_result_when_done")),
    sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"], name=op.f("fk_jobs_administrator_id_administrators")),
    sa.ForeignKeyConstraint(["institution_id", "owner_path"], ["institutions.id", "institutions.path"], name=op.f("fk_jobs_institution_id_owner_path_institutions"), onupdate="CASCADE", ondelete="RESTRICT"),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    sa.UniqueConstraint("storage_name", name=op.f("uq_jobs_storage_name"))
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_administrator_id"), ["administrator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_institution_id"), ["institution_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_owner_path_id"), ["owner_path", "id"], unique=False)
        batch_op.create_index("ix_jobs_unfinished", ["id"], unique=False, sqlite_where=sa.text("state IN ('queued', 'running')"), postgresql_where=sa.text("state IN ('queued', 'running')"))



def downgrade() -> None:
    """Take the schema back to the revision before."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_unfinished", sqlite_where=sa.text("state IN ('queued', 'running')"), postgresql_where=sa.text("state IN ('queued', 'running')"))
        batch_op.drop_index(batch_op.f("ix_jobs_owner_path_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_institution_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_administrator_id"))

    op.drop_table("jobs")
