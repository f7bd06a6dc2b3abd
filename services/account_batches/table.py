"""The table of institutions without an account (开户表): given out, filled in, read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Administrator, AuthMethod, Institution, label_of
from models.search_text import name_key_of
from services import auth_methods
from services.account_batches.entries import (
    MOST_ACCOUNTS,
    NO_SUCH_INSTITUTION,
    TOO_MANY,
    AccountEntry,
    has_no_account,
)
from services.errors import DomainError
from services.permissions import Permission
from services.scope import parse_key
from services.workbooks import Layout, ReadRow, fold, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

NUMBER, NAME = "unit_number", "institution_name"
FULL_NAME, PHONE, EMAIL, METHOD = "full_name", "phone", "email", "auth_method"
#: What is filled in; a row without any of it is not to get an account.
_FILLED: Final = (FULL_NAME, PHONE, EMAIL)
#: Rows of one file: the template lists institutions, of which a part is filled in.
MOST_ROWS: Final = 5_000

NOT_THIS_ONE: Final = "机构编号“{number}”是“{name}”，与所填的机构名称不一致，请核对。"
NO_SUCH_METHOD: Final = "认证类型应为“{labels}”之一。"
NOBODY_FILLED_IN: Final = "表中没有填写任何用户。请在需要开户的机构一行填写姓名和手机号后重新上传。"


@dataclass(frozen=True)
class AccountColumn:
    """One column of the table."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    width: int = 16

    @property
    def header(self) -> str:
        """The header in the template: a star after what must be there."""
        return f"{self.label}*" if self.is_required else self.label


COLUMNS: Final = (
    AccountColumn(NUMBER, "机构编号", ("单位编号", "编号"), width=12),
    AccountColumn(NAME, "机构名称", ("名称", "单位名称"), width=40),
    AccountColumn(FULL_NAME, label_of(Administrator.full_name), ("用户姓名",), is_required=True),
    AccountColumn(PHONE, label_of(Administrator.phone), ("手机", "手机号码", "联系电话"), width=16),
    AccountColumn(EMAIL, label_of(Administrator.email), ("电子邮箱", "电子邮件"), width=26),
    AccountColumn(METHOD, label_of(Administrator.auth_method), ("登录方式",), width=28),
)
LAYOUT: Final = Layout(
    sheet_name="开户",
    columns=COLUMNS,
    main_key=FULL_NAME,
    digits=frozenset({NUMBER, PHONE}),
    most_rows=MOST_ROWS,
    no_header="没有找到表头。表头应在前10行内，并含有“机构编号”和“姓名”等列名；请使用下载的开户表。",
)


@dataclass(frozen=True)
class ReadEntry:
    """A filled-in row of the table as it goes into the form, with what is wrong in its cells."""

    #: Its number in the user's own sheet.
    number: int
    entry: AccountEntry
    institution_name: str
    #: Field → sentence.
    errors: dict[str, str] = field(default_factory=dict)
    #: The number of an institution that does not exist for the actor.
    absent_number: str = ""


def table_rows(actor: Actor, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[str]]:
    """Yield the institutions without an account under ``conditions`` as rows of the table."""
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    statement = (
        select(Institution.unit_number, Institution.name)
        .where(*conditions, has_no_account())
        .order_by(Institution.path)
        .limit(MOST_ROWS)
    )
    for number, name in db.session.execute(statement):
        yield [str(number), name, "", "", "", auth_methods.usual().label]


def choices() -> dict[str, list[str]]:
    """Return the drop-downs of the table."""
    return {METHOD: [method.label for method in auth_methods.choosable()]}


def read_entries(actor: Actor, data: bytes) -> tuple[list[ReadEntry], list[str]]:
    """Return the filled-in rows of an uploaded table, and what is to be said of the file.

    Nothing is stored. Rows keep what is wrong with their cells; what is wrong with the persons is
    said by ``check``. Raises ``DomainError`` for a file that cannot be understood.
    """
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    table = read_table(data, LAYOUT)
    filled = [row for row in table.rows if row.problem or any(map(row.holds, _FILLED))]
    if not filled:
        raise DomainError(NOBODY_FILLED_IN)
    if len(filled) > MOST_ACCOUNTS:
        raise DomainError(TOO_MANY.format(most=MOST_ACCOUNTS, count=len(filled)))
    known = _Known(filled)
    notes = list(table.notes)
    if len(filled) < len(table.rows):
        notes.append(f"另有{len(table.rows) - len(filled)}行没有填写姓名等内容，不开户。")
    return [_entry(row, known) for row in filled], notes


class _Known:
    """The institutions of the scope that the rows name, by number and by name."""

    def __init__(self, rows: Sequence[ReadRow]) -> None:
        numbers = {n for row in rows if (n := parse_key(row.text(NUMBER))) is not None}
        names = {name_key_of(row.text(NAME)) for row in rows if not row.text(NUMBER)}
        statement = select(Institution.id, Institution.unit_number, Institution.name).where(
            Institution.unit_number.in_(numbers)
            | Institution.name_key.in_(names)
            # Twins from before names were unique; see ``named`` below.
            | Institution.name_key.is_(None)
        )
        self.by_number: dict[int, tuple[int, str]] = {}
        self._by_name: dict[str, list[tuple[int, str]]] = {}
        for key, number, name in db.session.execute(statement):
            self.by_number[number] = (key, name)
            self._by_name.setdefault(name_key_of(name), []).append((key, name))

    def named(self, name: str) -> tuple[int, str] | None:
        """Return the institution of this name, however it is written; none when two bear it."""
        found = self._by_name.get(name_key_of(name), [])
        return found[0] if len(found) == 1 else None


def _entry(row: ReadRow, known: _Known) -> ReadEntry:
    errors = {key: cell.problem for key, cell in row.cells.items() if cell.problem}
    number, name = row.text(NUMBER), row.text(NAME)
    found = known.by_number.get(parse_key(number) or 0) if number else known.named(name)
    absent = number if found is None and parse_key(number) is not None else ""
    if found is None:
        errors.setdefault(NAME, row.problem or NO_SUCH_INSTITUTION)
    elif name and name_key_of(name) != name_key_of(found[1]):
        errors.setdefault(NAME, NOT_THIS_ONE.format(number=number, name=found[1]))
        found = None
    method = _method(row.text(METHOD))
    if method is None:
        labels = "”“".join(one.label for one in auth_methods.choosable())
        errors.setdefault(METHOD, NO_SUCH_METHOD.format(labels=labels))
    if NUMBER in errors:
        errors.setdefault(NAME, errors.pop(NUMBER))
    entry = AccountEntry(
        institution_id=found[0] if found is not None else "",
        full_name=row.text(FULL_NAME),
        phone=row.text(PHONE),
        email=row.text(EMAIL),
        auth_method=method or auth_methods.usual(),
    )
    shown = found[1] if found is not None else name
    return ReadEntry(row.number, entry, shown, errors, absent)


def _method(text: str) -> AuthMethod | None:
    """Return what 认证类型 says, or the usual one when it says nothing."""
    if not text:
        return auth_methods.usual()
    return next((method for method in AuthMethod if fold(method.label) == fold(text)), None)
