"""The institution library: search, recycle bin, scans, imports, chosen columns.

Revision 851553019578, follows 43d45416ed48; made 2026-11-25 01:02:09.970609+00:00.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op
from pypinyin import Style, lazy_pinyin

revision = "851553019578"
down_revision = "43d45416ed48"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
NOT_DELETED = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    """Add the tables and columns; fill in the texts by which institutions are found."""
    op.create_table(
        "grid_preferences",
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("screen", sa.String(length=40), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("page_size", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_grid_preferences_administrator_id_administrators"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("administrator_id", "screen", name=op.f("pk_grid_preferences")),
    )
    _create_import_batches()
    _create_licence_scans()
    with op.batch_alter_table("audit_entries") as batch:
        batch.add_column(sa.Column("actor_path", PATH, nullable=False, server_default=""))
        batch.add_column(sa.Column("institution_id", sa.Integer(), nullable=True))
        batch.create_index(
            batch.f("ix_audit_entries_institution_id_id"), ["institution_id", "id"]
        )
    with op.batch_alter_table("institution_categories") as batch:
        batch.add_column(sa.Column("licence_rule", sa.String(length=10), nullable=True))
    with op.batch_alter_table("former_names") as batch:
        batch.add_column(
            sa.Column("search_text", sa.String(length=400), nullable=False, server_default="")
        )
    with op.batch_alter_table("institutions") as batch:
        batch.add_column(
            sa.Column("search_text", sa.String(length=400), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("deleted_by", sa.String(length=64), nullable=True))
        batch.drop_constraint(batch.f("uq_institutions_name"), type_="unique")
    with op.batch_alter_table("institutions") as batch:
        batch.create_index(
            "uq_institutions_name",
            ["name"],
            unique=True,
            sqlite_where=NOT_DELETED,
            postgresql_where=NOT_DELETED,
        )
        batch.create_index("ix_institutions_path_search_text", ["path", "search_text"])
    with op.batch_alter_table("licences") as batch:
        batch.add_column(sa.Column("approved_scans", sa.String(length=64), nullable=True))
    _fill_search_texts()
    # The defaults served the rows that were there; new ones are given their values.
    for table, column in (
        ("audit_entries", "actor_path"),
        ("former_names", "search_text"),
        ("institutions", "search_text"),
    ):
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, server_default=None)


def downgrade() -> None:
    """Take away what this revision added; the recycle bin must be empty."""
    with op.batch_alter_table("licences") as batch:
        batch.drop_column("approved_scans")
    with op.batch_alter_table("institutions") as batch:
        batch.drop_index("ix_institutions_path_search_text")
        batch.drop_index("uq_institutions_name")
        batch.create_unique_constraint(batch.f("uq_institutions_name"), ["name"])
        batch.drop_column("deleted_by")
        batch.drop_column("deleted_at")
        batch.drop_column("search_text")
    with op.batch_alter_table("institution_categories") as batch:
        batch.drop_column("licence_rule")
    with op.batch_alter_table("former_names") as batch:
        batch.drop_column("search_text")
    with op.batch_alter_table("audit_entries") as batch:
        batch.drop_index(batch.f("ix_audit_entries_institution_id_id"))
        batch.drop_column("institution_id")
        batch.drop_column("actor_path")
    op.drop_table("licence_scans")
    op.drop_table("import_batches")
    op.drop_table("grid_preferences")


def _create_import_batches() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "previewed",
                "applied",
                "discarded",
                name="import_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("storage_name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("outcome_digest", sa.String(length=64), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("changed_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_import_batches_administrator_id_administrators"),
        ),
        _owner("import_batches"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
        sa.UniqueConstraint("storage_name", name=op.f("uq_import_batches_storage_name")),
    )
    _index("import_batches", "administrator_id")
    _index("import_batches", "institution_id")
    _index("import_batches", "owner_path", "id")


def _create_licence_scans() -> None:
    op.create_table(
        "licence_scans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column(
            "scan_type",
            sa.Enum(
                "jpeg",
                "png",
                "pdf",
                name="scan_type",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("storage_name", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.CheckConstraint("page_count > 0", name=op.f("ck_licence_scans_has_pages")),
        sa.CheckConstraint("size > 0", name=op.f("ck_licence_scans_has_content")),
        sa.ForeignKeyConstraint(
            ["licence_id"],
            ["licences.id"],
            name=op.f("fk_licence_scans_licence_id_licences"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"],
            ["licence_scans.id"],
            name=op.f("fk_licence_scans_replaced_by_id_licence_scans"),
        ),
        _owner("licence_scans"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_scans")),
        sa.UniqueConstraint("storage_name", name=op.f("uq_licence_scans_storage_name")),
    )
    _index("licence_scans", "institution_id")
    _index("licence_scans", "licence_id")
    _index("licence_scans", "owner_path", "id")


def _owner(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["institution_id", "owner_path"],
        ["institutions.id", "institutions.path"],
        name=op.f(f"fk_{name}_institution_id_owner_path_institutions"),
        onupdate="CASCADE",
        ondelete="RESTRICT",
    )


def _index(name: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{name}_{'_'.join(columns)}"), name, list(columns))


def _fill_search_texts() -> None:
    """Write the search texts as the platform wrote them at the time of this revision."""
    connection = op.get_bind()
    for name, codes in (
        ("institutions", ("organisation_code", "registration_number")),
        ("former_names", ()),
    ):
        columns = [sa.column(c) for c in ("id", "name", "search_text", *codes)]
        table = sa.table(name, *columns)
        for row in connection.execute(sa.select(table)).mappings().all():
            texts = [row["name"], *(row[code] for code in codes if row[code])]
            connection.execute(
                sa.update(table)
                .where(table.c.id == row["id"])
                .values(search_text=_search_text(*texts))
            )


def _search_text(name: str, *codes: str) -> str:
    initials = lazy_pinyin(_folded(name), style=Style.FIRST_LETTER, strict=False)
    parts = [_folded(name), "".join(initials), *map(_folded, codes)]
    return "\n".join(parts)[:400]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
