"""Exam years have a law, a limit of trainees and texts; bureaux grant extensions in them.

Revision a7c3e91f4b20, follows d5f20b9c3e71; made 2026-12-01 01:00:00+00:00.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a7c3e91f4b20"
down_revision = "d5f20b9c3e71"
branch_labels = None
depends_on = None

PATH = sa.String(40).with_variant(postgresql.VARCHAR(40, collation="C"), "postgresql")
LAWS = ("practice_1998", "physicians_2021")
#: What the papers printed before each year had texts of its own.
CERTIFICATE_NOTES = """\
在多个机构试用（执业）的，由各机构分别出具证明，加盖本机构公章，内设科室印章无效。
提交编码与平台填报数据不一致的，本证明无效；本证明仅当年有效，涂改无效。
弄虚作假的，按《医师资格考试违纪违规处理规定》处理，并追究出具机构和有关人员的责任。"""
ROSTER_NOTES = """\
本花名册由试用机构通过平台打印，盖单位公章后报送接收单位备案，手工填写、涂改无效。
生成后如有人员信息修改，本花名册及有关提交编码即被新版本替代，须重新生成、打印、报送。"""

LAW = sa.Enum(*LAWS, name="exam_law", native_enum=False, length=24)
MOMENT = sa.DateTime(timezone=True)
CYCLES = sa.table(
    "exam_cycles",
    sa.column("year", sa.Integer()),
    sa.column("entry_opens_on", sa.Date()),
    sa.column("entry_closes_on", sa.Date()),
    sa.column("roster_due_on", sa.Date()),
    sa.column("law", sa.String(24)),
    sa.column("most_trainees", sa.Integer()),
    sa.column("certificate_notes", sa.String(1000)),
    sa.column("practice_notes", sa.String(1000)),
    sa.column("roster_notes", sa.String(1000)),
    sa.column("version", sa.Integer()),
    sa.column("created_at", MOMENT),
    sa.column("updated_at", MOMENT),
)


def upgrade() -> None:
    """Fill in what the years have been going by, and add the table of extensions."""
    added = (
        sa.Column("law", LAW, nullable=True),
        sa.Column("most_trainees", sa.Integer(), nullable=True),
        sa.Column("certificate_notes", sa.String(1000), nullable=True),
        sa.Column("practice_notes", sa.String(1000), nullable=True),
        sa.Column("roster_notes", sa.String(1000), nullable=True),
        sa.Column("created_at", MOMENT, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
    )
    for column in added:
        op.add_column("exam_cycles", column)
    now = dt.datetime.now(dt.UTC)
    op.execute(
        CYCLES.update().values(
            law=sa.case((CYCLES.c.year < 2022, LAWS[0]), else_=LAWS[1]),  # noqa: PLR2004 - the first exam year under the law of 2021
            most_trainees=3,
            certificate_notes=CERTIFICATE_NOTES,
            practice_notes=CERTIFICATE_NOTES,
            roster_notes=ROSTER_NOTES,
            version=1,
            created_at=now,
            updated_at=now,
        )
    )
    # A deadline before the opening was a slip that nothing refused.
    op.execute(
        CYCLES.update()
        .where(CYCLES.c.roster_due_on < CYCLES.c.entry_opens_on)
        .values(roster_due_on=CYCLES.c.entry_closes_on)
    )
    with op.batch_alter_table("exam_cycles") as batch:
        for column in added:
            batch.alter_column(column.name, existing_type=column.type, nullable=False)
        batch.create_check_constraint(op.f("ck_exam_cycles_exam_law"), f"law IN {LAWS}")
        batch.create_check_constraint(
            op.f("ck_exam_cycles_roster_due_after_opening"), "roster_due_on >= entry_opens_on"
        )
        batch.create_check_constraint(op.f("ck_exam_cycles_some_trainees"), "most_trainees > 0")
    _add_extensions()


def downgrade() -> None:
    """Take it all away again."""
    op.drop_table("entry_extensions")
    with op.batch_alter_table("exam_cycles") as batch:
        for name in ("exam_law", "roster_due_after_opening", "some_trainees"):
            batch.drop_constraint(op.f(f"ck_exam_cycles_{name}"), type_="check")
        for column in CYCLES.c:
            if not column.name.endswith("_on") and column.name != "year":
                batch.drop_column(column.name)


def _add_extensions() -> None:
    op.create_table(
        "entry_extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_year", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("bureau_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=36), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_year"],
            ["exam_cycles.year"],
            name=op.f("fk_entry_extensions_exam_year_exam_cycles"),
        ),
        sa.ForeignKeyConstraint(
            ["bureau_id"],
            ["institutions.id"],
            name=op.f("fk_entry_extensions_bureau_id_institutions"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_entry_extensions_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_extensions")),
        sa.UniqueConstraint("form_key", name=op.f("uq_entry_extensions_form_key")),
        sa.UniqueConstraint(
            "institution_id",
            "exam_year",
            name=op.f("uq_entry_extensions_institution_id_exam_year"),
        ),
    )
    for name, columns in (
        ("bureau_id", ["bureau_id"]),
        ("exam_year", ["exam_year"]),
        ("institution_id", ["institution_id"]),
        ("owner_path_id", ["owner_path", "id"]),
    ):
        op.create_index(op.f(f"ix_entry_extensions_{name}"), "entry_extensions", columns)
