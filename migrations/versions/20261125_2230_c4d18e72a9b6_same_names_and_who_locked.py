"""Keys by which names of institutions are the same name, and the offices whose locks there are.

Revision c4d18e72a9b6, follows e3c7a51d80f4; made 2026-11-25 22:30:00+00:00.
"""

from __future__ import annotations

import logging
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "c4d18e72a9b6"
down_revision = "e3c7a51d80f4"
branch_labels = None
depends_on = None

NOT_DELETED = sa.text("deleted_at IS NULL")
ONE_KIND = str.maketrans(
    dict.fromkeys("[{〔〈《「『【〖〘〚", "(")
    | dict.fromkeys("]}〕〉》」』】〗〙〛", ")")
    | dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb", "\u00b7")
)
logger = logging.getLogger("alembic.runtime.migration")


def upgrade() -> None:
    """Add the columns and fill them in."""
    with op.batch_alter_table("former_names") as batch:
        batch.add_column(sa.Column("name_key", sa.String(200), nullable=False, server_default=""))
        batch.drop_index(batch.f("ix_former_names_name"))
    with op.batch_alter_table("institutions") as batch:
        batch.add_column(sa.Column("name_key", sa.String(200), nullable=True))
        batch.add_column(sa.Column("locked_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            batch.f("fk_institutions_locked_by_id_institutions"),
            "institutions",
            ["locked_by_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch.create_index(batch.f("ix_institutions_locked_by_id"), ["locked_by_id"])
    _fill_name_keys()
    _fill_offices()
    with op.batch_alter_table("former_names") as batch:
        batch.alter_column("name_key", server_default=None)
        batch.create_index(batch.f("ix_former_names_name_key"), ["name_key"])
    op.create_index(
        "uq_institutions_name_key",
        "institutions",
        ["name_key"],
        unique=True,
        sqlite_where=NOT_DELETED,
        postgresql_where=NOT_DELETED,
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("uq_institutions_name_key", "institutions")
    with op.batch_alter_table("institutions") as batch:
        batch.drop_index(batch.f("ix_institutions_locked_by_id"))
        batch.drop_constraint(
            batch.f("fk_institutions_locked_by_id_institutions"), type_="foreignkey"
        )
        batch.drop_column("locked_by_id")
        batch.drop_column("name_key")
    with op.batch_alter_table("former_names") as batch:
        batch.drop_index(batch.f("ix_former_names_name_key"))
        batch.drop_column("name_key")
        batch.create_index(batch.f("ix_former_names_name"), ["name"])


def _fill_name_keys() -> None:
    """Give every name its key; of living institutions with the same name, the first one only."""
    connection = op.get_bind()
    columns = (sa.column(name) for name in ("id", "name", "name_key", "deleted_at"))
    institutions = sa.table("institutions", *columns)
    former_names = sa.table("former_names", *map(sa.column, ("id", "name", "name_key")))
    borne: set[str] = set()
    without_key = 0
    rows = connection.execute(sa.select(institutions).order_by(institutions.c.id)).all()
    for row in rows:
        key = _name_key(row.name)
        if row.deleted_at is None and key in borne:
            without_key += 1
            continue
        if row.deleted_at is None:
            borne.add(key)
        _write(institutions, row.id, name_key=key)
    for row in connection.execute(sa.select(former_names)).all():
        _write(former_names, row.id, name_key=_name_key(row.name))
    if without_key:
        logger.warning(
            "%d institutions have the name of another one, written otherwise: "
            "they keep it until they are renamed",
            without_key,
        )


def _fill_offices() -> None:
    """Let the nearest bureau above be the office that has locked what is locked."""
    columns = (sa.column(name) for name in ("id", "path", "kind", "locked_at", "locked_by_id"))
    institutions = sa.table("institutions", *columns)
    rows = op.get_bind().execute(sa.select(institutions)).all()
    bureaux = {row.path: row.id for row in rows if row.kind == "bureau"}
    for row in rows:
        if row.locked_at is None:
            continue
        above = (row.path[:end] for end in range(len(row.path) - 4, 0, -4))
        office = next((bureaux[path] for path in above if path in bureaux), None)
        _write(institutions, row.id, locked_by_id=office)


def _write(table: sa.TableClause, key: int, **values: object) -> None:
    op.get_bind().execute(sa.update(table).where(table.c.id == key).values(values))


def _name_key(name: str) -> str:
    """Return the key as the platform made it at the time of this revision."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(text.split()).translate(ONE_KIND)[:200]
