"""What all mapped classes share: labelled enums, column types, mixins and the reading of labels."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from sqlalchemy import (
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from extensions import Base

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.orm import InstrumentedAttribute

__all__ = [
    "Base",
    "IntegerKey",
    "LabelledEnum",
    "Owned",
    "Path",
    "Timestamped",
    "UtcDateTime",
    "Versioned",
    "enum_type",
    "label_of",
    "utc_now",
]


class LabelledEnum(StrEnum):
    """An enum stored by value whose members carry the Chinese label shown everywhere."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member from its stored value and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the members as (value, label) for a select field."""
        return [(member.value, member.label) for member in cls]


def enum_type(enum: type[LabelledEnum], name: str | None = None) -> Enum:
    """Return the column type that stores ``enum`` by value under a named CHECK constraint.

    ``name`` is for a table that has several columns of one enum; the enum's own name otherwise.
    """
    own_name = "".join("_" + c.lower() if c.isupper() else c for c in enum.__name__).lstrip("_")
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=name or own_name,
        values_callable=lambda members: [member.value for member in members],
    )


def utc_now() -> dt.datetime:
    """Return the present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware moment, stored in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn an aware moment into UTC; a naive one is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment must be aware"
            raise ValueError(msg)
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Give back an aware moment; SQLite forgets the time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


#: A place in the tree: four characters a level, compared byte by byte so that a prefix is a range.
Path = String(40).with_variant(postgresql.VARCHAR(40, collation="C"), "postgresql")

IntegerKey = Annotated[int, mapped_column(Integer, primary_key=True)]


class Timestamped:
    """When a row came to be and when it last changed."""

    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "创建时间"}
    )
    updated_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, onupdate=utc_now, info={"label": "修改时间"}
    )


class Versioned:
    """An optimistic version: a second writer who started from an older one is refused."""

    version: Mapped[int] = mapped_column(Integer, default=1, info={"label": "版本"})

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Let SQLAlchemy count the version and compare it in every UPDATE."""
        return {"version_id_col": cls.version}


class Owned:
    """A row that belongs to an institution and is visible where that institution is.

    ``owner_path`` repeats the institution's place in the tree, so that no grid needs a join to be
    scoped. The composite foreign key keeps it true: when the institution moves, the database
    rewrites it. The wall (``services.scope``) fills it in and checks it on every write.
    """

    #: For rows of a parent record (periods, roster entries): whence to take the owner.
    __owner_from__: ClassVar[str | None] = None
    #: Whether a row may be without that parent; it is its ``institution``'s then.
    __owner_alone__: ClassVar[bool] = False

    institution_id: Mapped[int] = mapped_column(Integer, info={"label": "机构"})
    owner_path: Mapped[str] = mapped_column(Path, info={"label": "机构层级"})

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Tie ``owner_path`` to the institution and index it for prefix ranges."""
        return (
            *owned_constraints(by_key="id" in cls.__annotations__),
            *getattr(cls, "__more_table_args__", ()),
        )


def owned_constraints(*, by_key: bool = True) -> tuple[Any, ...]:
    """Return the constraints by which a table of ``Owned`` rows follows its institution.

    ``by_key``: the table has a key ``id``, by which a part of the tree is paged.
    """
    return (
        ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        Index(None, "institution_id"),
        Index(None, "owner_path", *(["id"] if by_key else [])),
    )


def label_of(attribute: InstrumentedAttribute[Any] | Any) -> str:
    """Return the Chinese label that stands on a mapped column."""
    label: str = attribute.property.columns[0].info["label"]
    return label
