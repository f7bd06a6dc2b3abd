"""Institutions: health bureaux and the places of practice below them, one tree."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    column,
    event,
    inspect,
    table,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from models.base import (
    Base,
    IntegerKey,
    LabelledEnum,
    Owned,
    Path,
    Timestamped,
    UtcDateTime,
    Versioned,
    enum_type,
)
from models.reference import (
    BusinessRank,
    InstitutionCategory,
    InstitutionGrade,
    InstitutionLevel,
)
from models.search_text import (
    LONGEST_NAME_KEY,
    LONGEST_SEARCH_TEXT,
    name_key_of,
    search_text_of,
)

if TYPE_CHECKING:
    from models.licence import Licence

#: Characters of one level of a path: base 36 with four places numbers 1,679,616 children.
SEGMENT_LENGTH = 4
#: The place of the first bureau (考区), over everything else.
ROOT = "0001"
#: What lies in the recycle bin (回收站) stands below this segment, which no root can have: its old
#: path behind it. So it is outside of everybody's part of the tree, with all that belongs to it.
BIN = "-BIN"
#: Nodes stand no deeper, so that their paths also fit behind ``BIN``.
LONGEST_PATH = 40 - len(BIN)


class InstitutionKind(LabelledEnum):
    """Whether a node manages others or trains people."""

    BUREAU = "bureau", "考试管理机构"
    HEALTHCARE = "healthcare", "试用机构"


class Institution(Timestamped, Versioned, Base):
    """A node of the tree; ``path`` is its place, ``parent_id`` whom it reports to (信息上报)."""

    __tablename__ = "institutions"
    __table_args__ = (
        UniqueConstraint("id", "path"),
        CheckConstraint("(parent_id IS NULL) = (length(path) = 4)", name="root_has_no_parent"),
        CheckConstraint("length(path) % 4 = 0 AND length(path) > 0", name="path_is_whole"),
        Index("ix_institutions_path", "path", unique=True),
        # A keyword is looked for in this index alone, within the range of a part of the tree.
        Index("ix_institutions_path_search_text", "path", "search_text"),
        Index(
            "uq_institutions_name",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "uq_institutions_name_key",
            "name_key",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[IntegerKey]
    path: Mapped[str] = mapped_column(Path, info={"label": "机构层级"})
    children_numbered: Mapped[int] = mapped_column(
        Integer, default=0, info={"label": "下级编号", "internal": True}
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("institutions.id", ondelete="RESTRICT"), index=True, info={"label": "信息上报"}
    )
    kind: Mapped[InstitutionKind] = mapped_column(
        enum_type(InstitutionKind), info={"label": "机构性质"}
    )
    unit_number: Mapped[int] = mapped_column(Integer, unique=True, info={"label": "单位编号"})
    name: Mapped[str] = mapped_column(String(100), info={"label": "机构名称"})
    #: Missing where two had the same name before the database decided: the later one has none.
    name_key: Mapped[str | None] = mapped_column(
        String(LONGEST_NAME_KEY), info={"label": "机构名称（比较用）", "internal": True}
    )
    search_text: Mapped[str] = mapped_column(
        String(LONGEST_SEARCH_TEXT), default="", info={"label": "检索文本", "internal": True}
    )
    category_code: Mapped[str | None] = mapped_column(
        ForeignKey("institution_categories.code"), index=True, info={"label": "机构类别"}
    )
    division_code: Mapped[str | None] = mapped_column(
        ForeignKey("divisions.code"), info={"label": "行政区划"}
    )
    organisation_code: Mapped[str | None] = mapped_column(
        String(18), index=True, info={"label": "机构代码"}
    )
    registration_number: Mapped[str | None] = mapped_column(
        String(22), info={"label": "医疗机构登记号"}
    )
    service_target: Mapped[str | None] = mapped_column(String(200), info={"label": "服务对象"})
    address: Mapped[str | None] = mapped_column(String(200), info={"label": "机构地址"})
    postcode: Mapped[str | None] = mapped_column(String(6), info={"label": "邮政编码"})
    level_code: Mapped[str | None] = mapped_column(
        ForeignKey("institution_levels.code"), info={"label": "机构级别"}
    )
    grade_code: Mapped[str | None] = mapped_column(
        ForeignKey("institution_grades.code"), info={"label": "机构等次"}
    )
    rank_code: Mapped[str | None] = mapped_column(
        ForeignKey("business_ranks.code"), info={"label": "业务定级"}
    )
    locked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "锁定时间"})
    #: The office that locked the record: only it, or one above it, may unlock.
    locked_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("institutions.id", ondelete="RESTRICT"), index=True, info={"label": "锁定机构"}
    )
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "删除时间"})
    deleted_by: Mapped[str | None] = mapped_column(String(64), info={"label": "删除人"})
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), index=True, unique=True, info={"label": "表单编号", "internal": True}
    )

    category: Mapped[InstitutionCategory | None] = relationship(lazy="joined", viewonly=True)
    level: Mapped[InstitutionLevel | None] = relationship(viewonly=True)
    grade: Mapped[InstitutionGrade | None] = relationship(viewonly=True)
    rank: Mapped[BusinessRank | None] = relationship(viewonly=True)
    reports_to: Mapped[InstitutionName | None] = relationship(
        primaryjoin="foreign(Institution.parent_id) == InstitutionName.id",
        lazy="joined",
        viewonly=True,
    )
    locked_by: Mapped[InstitutionName | None] = relationship(
        primaryjoin="foreign(Institution.locked_by_id) == InstitutionName.id", viewonly=True
    )

    licence_in_use: Mapped[Licence | None] = relationship(
        primaryjoin="and_(Institution.id == foreign(Licence.institution_id), Licence.is_in_use)",
        viewonly=True,
        uselist=False,
    )

    @property
    def is_locked(self) -> bool:
        """Whether a superior has locked the record (审核状态 已锁定)."""
        return self.locked_at is not None

    @property
    def is_bureau(self) -> bool:
        """Whether the node is a bureau (考试管理机构)."""
        return self.kind is InstitutionKind.BUREAU

    def __repr__(self) -> str:
        """Show the key and the place, never the content."""
        return f"<Institution {self.id} {self.path}>"


class InstitutionName(Base):
    """What everybody may know of every institution: its key and its name.

    It reads the same table without the wall, so that a node can show whom it reports to (信息上报)
    and a certificate where a period was served, although nothing else of that institution may be
    read.
    """

    __table__ = table(
        "institutions",
        column("id", Integer),
        column("name", String),
        column("path", String),
        column("search_text", String),
        column("deleted_at", DateTime),
    )
    __mapper_args__: dict[str, Any] = {"primary_key": [__table__.c.id]}  # noqa: RUF012 - SQLAlchemy's own protocol

    id: Mapped[int]
    name: Mapped[str]
    #: For telling whether an office stands above somebody; it is not shown.
    path: Mapped[str] = deferred(__table__.c.path)
    #: For finding names by their initials; it is not shown, since it holds codes, too.
    search_text: Mapped[str] = deferred(__table__.c.search_text)
    deleted_at: Mapped[dt.datetime | None]


class FormerName(Owned, Timestamped, Versioned, Base):
    """A name that an institution bore before (曾用名)."""

    __tablename__ = "former_names"
    __more_table_args__ = (
        # An institution has borne a name once, however it is written.
        Index("uq_former_names_name_key", "institution_id", "name_key", unique=True),
    )

    id: Mapped[IntegerKey]
    name: Mapped[str] = mapped_column(String(100), info={"label": "机构曾用名"})
    #: Missing where it stood twice before the database decided: the later one has none.
    name_key: Mapped[str | None] = mapped_column(
        String(LONGEST_NAME_KEY),
        index=True,
        info={"label": "机构曾用名（比较用）", "internal": True},
    )
    search_text: Mapped[str] = mapped_column(
        String(LONGEST_SEARCH_TEXT), default="", info={"label": "检索文本", "internal": True}
    )
    used_until: Mapped[dt.date | None] = mapped_column(Date, info={"label": "停用日期"})
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), index=True, unique=True, info={"label": "表单编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(FormerName.institution_id) == Institution.id"
    )


@event.listens_for(Institution, "before_insert")
@event.listens_for(Institution, "before_update")
def _keep_institution_findable(_mapper: object, _connection: object, row: Institution) -> None:
    row.search_text = search_text_of(row.name, row.organisation_code, row.registration_number)
    # Whoever has no key keeps none while other fields change: its name is another's as well.
    if inspect(row).attrs.name.history.has_changes():
        row.name_key = name_key_of(row.name)


@event.listens_for(FormerName, "before_insert")
@event.listens_for(FormerName, "before_update")
def _keep_former_name_findable(_mapper: object, _connection: object, row: FormerName) -> None:
    row.search_text = search_text_of(row.name)
    if inspect(row).attrs.name.history.has_changes():
        row.name_key = name_key_of(row.name)
