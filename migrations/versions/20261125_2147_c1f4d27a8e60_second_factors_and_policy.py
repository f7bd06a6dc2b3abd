"""Second factors, the security policy, and what a session tells of its device.

Revision c1f4d27a8e60, follows c41d7a9e0b52; made 2026-11-25 21:47:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c1f4d27a8e60"
down_revision = "c41d7a9e0b52"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
METHODS = ("password", "password_sms", "password_totp", "password_usbkey")
METHOD_CHECK = "ck_administrators_auth_method"


def upgrade() -> None:
    """Add the tables and columns; sessions of before the change end, since nobody knows their factor."""
    _create_factors()
    _create_challenges()
    op.create_table(
        "security_policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("password_profile", _enum("password_profile", "dengbao", "nist"), nullable=False),
        sa.Column("bureau_method", sa.String(24), nullable=False),
        sa.Column("institution_method", sa.String(24), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_security_policies_single_row")),
        *(
            sa.CheckConstraint(
                sa.column(name).in_(METHODS), name=op.f(f"ck_security_policies_{name}")
            )
            for name in ("bureau_method", "institution_method")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_policies")),
    )
    with op.batch_alter_table("administrators") as batch:
        batch.add_column(sa.Column("password_changed_at", MOMENT, nullable=True))
        batch.drop_constraint(batch.f(METHOD_CHECK), type_="check")
        batch.create_check_constraint(batch.f(METHOD_CHECK), sa.column("auth_method").in_(METHODS))
    op.execute(
        "UPDATE administrators SET password_changed_at = updated_at WHERE NOT must_change_password"
    )
    op.execute("DELETE FROM sign_in_sessions")
    with op.batch_alter_table("sign_in_sessions") as batch:
        batch.add_column(sa.Column("method", _enum("auth_method", *METHODS), nullable=False))
        batch.add_column(sa.Column("last_address", sa.String(45), nullable=False))
        batch.add_column(sa.Column("device_hash", sa.String(64), nullable=False))
        batch.create_index(batch.f("ix_sign_in_sessions_device_hash"), ["device_hash"])


def downgrade() -> None:
    """Take them away again; accounts with factors that an older platform lacks fall back to SMS."""
    with op.batch_alter_table("sign_in_sessions") as batch:
        batch.drop_index(batch.f("ix_sign_in_sessions_device_hash"))
        batch.drop_constraint(batch.f("ck_sign_in_sessions_auth_method"), type_="check")
        for column in ("device_hash", "last_address", "method"):
            batch.drop_column(column)
    op.execute(
        "UPDATE administrators SET auth_method = 'password_sms' "
        "WHERE auth_method IN ('password_totp', 'password_usbkey')"
    )
    with op.batch_alter_table("administrators") as batch:
        batch.drop_constraint(batch.f(METHOD_CHECK), type_="check")
        batch.create_check_constraint(
            batch.f(METHOD_CHECK), sa.column("auth_method").in_(METHODS[:2])
        )
        batch.drop_column("password_changed_at")
    for table in (
        "security_policies",
        "key_challenges",
        "pending_sign_ins",
        "former_passwords",
        "recovery_codes",
        "security_keys",
        "totp_secrets",
    ):
        op.drop_table(table)


def _create_factors() -> None:
    op.create_table(
        "totp_secrets",
        _administrator(),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        _of_administrator("totp_secrets"),
        sa.PrimaryKeyConstraint("administrator_id", name=op.f("pk_totp_secrets")),
    )
    _create_list(
        "security_keys",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.UniqueConstraint("credential_id", name=op.f("uq_security_keys_credential_id")),
    )
    _create_list(
        "recovery_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    _create_list(
        "former_passwords",
        sa.Column("password_hash", sa.String(128), nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
    )


def _create_challenges() -> None:
    op.create_table(
        "pending_sign_ins",
        sa.Column("token_hash", sa.String(64), nullable=False),
        _administrator(),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        _of_administrator("pending_sign_ins"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pending_sign_ins")),
    )
    op.create_table(
        "key_challenges",
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        _administrator(),
        sa.Column("challenge", sa.String(100), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        _of_administrator("key_challenges"),
        sa.PrimaryKeyConstraint("browser_hash", "purpose", name=op.f("pk_key_challenges")),
    )
    for table in ("pending_sign_ins", "key_challenges"):
        for column in ("administrator_id", "expires_at"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _create_list(table: str, *columns: sa.schema.SchemaItem) -> None:
    """Create a table of which an account may have several rows."""
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        _administrator(),
        *columns,
        _of_administrator(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_administrator_id"), table, ["administrator_id"])


def _administrator() -> sa.Column[int]:
    return sa.Column("administrator_id", sa.Integer(), nullable=False)


def _of_administrator(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["administrator_id"],
        ["administrators.id"],
        name=op.f(f"fk_{table}_administrator_id_administrators"),
        ondelete="CASCADE",
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
