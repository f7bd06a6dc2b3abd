"""Drafts of certificates, who deleted one and why, and the text by which people are found.

Revision a8d16f3c70be, follows d7a3f16b2c58; made 2026-12-01 14:00:00+00:00.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import sqlalchemy as sa
from alembic import op
from pypinyin import lazy_pinyin

revision = "a8d16f3c70be"
down_revision = "d7a3f16b2c58"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")
LIVING = sa.text("deleted_at IS NULL")
SEARCH = "ix_trial_certificates_search"
#: Rows that are read and written at a time.
MOST = 1000
SURNAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou",
    "朴": "piao", "盖": "ge", "翟": "zhai", "乐": "yue", "缪": "miao", "宓": "fu",
    "员": "yun", "种": "chong", "覃": "qin", "繁": "po", "召": "shao", "秘": "bi",
    "洗": "xian", "折": "she", "黑": "he", "卜": "bu", "尉迟": "yu-chi", "万俟": "mo-qi",
}


def upgrade() -> None:
    """Add the columns and the table, and fill the texts in."""
    op.add_column(
        "trial_certificates",
        sa.Column("search_text", sa.String(400), nullable=False, server_default=""),
    )
    op.add_column("trial_certificates", sa.Column("deleted_by", sa.String(160), nullable=True))
    op.add_column("trial_certificates", sa.Column("delete_reason", sa.String(500), nullable=True))
    _fill_search_texts()
    op.create_index(
        SEARCH,
        "trial_certificates",
        ["owner_path", "search_text", "institution_id", "id", "deleted_at"],
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    op.create_table(
        "certificate_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(36), nullable=True),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(form_key IS NULL) <> (certificate_id IS NULL)",
            name=op.f("ck_certificate_drafts_one_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_certificate_drafts_administrator_id_administrators"),
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["trial_certificates.id"],
            name=op.f("fk_certificate_drafts_certificate_id_trial_certificates"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_certificate_drafts_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_drafts")),
        sa.UniqueConstraint("form_key", name=op.f("uq_certificate_drafts_form_key")),
        sa.UniqueConstraint(
            "administrator_id",
            "certificate_id",
            name=op.f("uq_certificate_drafts_administrator_id_certificate_id"),
        ),
    )
    for columns in (
        ["administrator_id"],
        ["certificate_id"],
        ["institution_id"],
        ["owner_path", "id"],
    ):
        name = op.f(f"ix_certificate_drafts_{'_'.join(columns)}")
        op.create_index(name, "certificate_drafts", columns)


def downgrade() -> None:
    """Take them away; drafts are lost."""
    op.drop_table("certificate_drafts")
    op.drop_index(SEARCH, table_name="trial_certificates")
    for name in ("delete_reason", "deleted_by", "search_text"):
        op.drop_column("trial_certificates", name)


def _fill_search_texts() -> None:
    connection = op.get_bind()
    table = sa.table("trial_certificates", *map(sa.column, ("id", "name", "search_text")))
    write = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("key"))
        .values(search_text=sa.bindparam("text"))
    )
    last = 0
    while True:
        rows = connection.execute(
            sa.select(table.c.id, table.c.name)
            .where(table.c.id > last)
            .order_by(table.c.id)
            .limit(MOST)
        ).all()
        if not rows:
            return
        connection.execute(write, [{"key": row.id, "text": _text_of(row.name)} for row in rows])
        last = rows[-1].id


@lru_cache(maxsize=20_000)
def _text_of(name: str) -> str:
    """Return the text as the platform made it at the time of this revision."""
    text = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    readings = [lazy_pinyin(text, strict=False)]
    for surname, pinyin in SURNAMES.items():
        if text.startswith(surname):
            rest = lazy_pinyin(text.removeprefix(surname), strict=False)
            readings.append([*pinyin.split("-"), *rest])
    parts = [text]
    for syllables in readings:
        parts += ["".join(one[0] for one in syllables), "".join(syllables)]
    return "\n".join(dict.fromkeys(parts))[:400]
