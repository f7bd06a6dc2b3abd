"""The province's three roles (三员): at the first bureau only, and no person holds two of them.

Revision c41d7a9e0b52, follows b7e4a90c31d5; made 2026-11-25 21:43:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c41d7a9e0b52"
down_revision = "b7e4a90c31d5"
branch_labels = None
depends_on = None

ROLES = "ck_administrators_account_role"
AT_ROOT = "ck_administrators_province_role_at_root"
ONE_EACH = "uq_administrators_province_role"
IS_PROVINCE_ROLE = "role IN ('system_admin', 'security_admin', 'audit_admin')"
HOLDS_PROVINCE_ROLE = sa.text(f"{IS_PROVINCE_ROLE} AND deleted_at IS NULL")


def upgrade() -> None:
    """Allow the roles, and say where they may stand."""
    with op.batch_alter_table("administrators") as batch:
        batch.drop_constraint(batch.f(ROLES), type_="check")
        batch.create_check_constraint(
            batch.f(ROLES),
            "role IN ('operator', 'auditor', 'system_admin', 'security_admin', 'audit_admin')",
        )
        batch.create_check_constraint(
            batch.f(AT_ROOT), f"NOT ({IS_PROVINCE_ROLE}) OR length(owner_path) = 4"
        )
    op.create_index(
        ONE_EACH,
        "administrators",
        ["phone_index"],
        unique=True,
        sqlite_where=HOLDS_PROVINCE_ROLE,
        postgresql_where=HOLDS_PROVINCE_ROLE,
    )


def downgrade() -> None:
    """Take them away; whoever holds one is disabled, since an older platform does not know it."""
    op.drop_index(ONE_EACH, "administrators")
    role, is_enabled = sa.column("role"), sa.column("is_enabled")
    table = sa.table("administrators", role, is_enabled)
    op.execute(
        sa.update(table)
        .where(role.in_(["system_admin", "security_admin", "audit_admin"]))
        .values(role="auditor", is_enabled=False)
    )
    with op.batch_alter_table("administrators") as batch:
        batch.drop_constraint(batch.f(AT_ROOT), type_="check")
        batch.drop_constraint(batch.f(ROLES), type_="check")
        batch.create_check_constraint(batch.f(ROLES), "role IN ('operator', 'auditor')")
