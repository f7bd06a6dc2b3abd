"""The rows of a batch: one person for each institution, checked together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, select

from extensions import db
from models import Administrator, AuthMethod, Institution
from services import administrators, roles
from services.administrators import AdministratorInput
from services.administrators.inputs import require_same
from services.errors import DomainError, FieldErrors
from services.fields import FieldChecks
from services.permissions import Permission
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: At 50 ms of hashing each, this many keep a core for ten seconds.
MOST_ACCOUNTS: Final = 200

TOO_MANY: Final = "一次最多为{most}家机构开户，现有{count}家。请分成几次，每次不超过{most}家。"
NOBODY: Final = "请至少填写一家机构。"
NO_SUCH_INSTITUTION: Final = "机构不存在或不在您的管理范围内，请重新选择，或移除这一行。"
UNCHOSEN: Final = "请选择机构，或移除这一行。"
HAS_ACCOUNT: Final = "该机构已有用户，请移除这一行；如需再增加用户，请在“登录设置”中新增。"
TWICE: Final = "同一家机构填写了两次。批量开户时每家机构一个用户，请移除其中一行。"


@dataclass(frozen=True)
class AccountEntry:
    """One row: an institution and the person who gets its first account; the key as posted."""

    institution_id: object
    full_name: str
    auth_method: AuthMethod = AuthMethod.PASSWORD_SMS
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class CheckedEntry:
    """A row without mistakes: its institution, and the values of the account by column."""

    institution: Institution
    values: dict[str, object]


def has_no_account() -> ColumnElement[bool]:
    """Return the condition that an institution has no account yet (未开户)."""
    return ~exists().where(
        Administrator.institution_id == Institution.id, Administrator.deleted_at.is_(None)
    )


def without_account(institutions: Sequence[Institution]) -> list[Institution]:
    """Return those of the institutions that have no account yet, in their order."""
    taken = _with_account([institution.id for institution in institutions])
    return [institution for institution in institutions if institution.id not in taken]


def check(actor: Actor, entries: Sequence[AccountEntry]) -> list[CheckedEntry]:
    """Return the checked rows in their order.

    Raises ``DomainError`` for too many rows or none, and ``FieldErrors`` with all that is wrong,
    named by row and field: ``rows-3-full_name``.
    """
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    if not entries:
        raise DomainError(NOBODY)
    if len(entries) > MOST_ACCOUNTS:
        raise DomainError(TOO_MANY.format(most=MOST_ACCOUNTS, count=len(entries)))
    keys = [parse_key(entry.institution_id) for entry in entries]
    known = _institutions([key for key in keys if key is not None])
    taken = _with_account(list(known))
    repeated = {key for key, times in Counter(keys).items() if times > 1}
    found: list[CheckedEntry] = []
    errors: dict[str, str] = {}
    absent: list[str] = []
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        checks = FieldChecks()
        institution = known.get(key) if key is not None else None
        if institution is None:
            _note_missing(checks, entry, key)
        elif not roles.may_manage(actor, institution.path):
            checks.fail("institution_id", roles.OF_FIRST_BUREAU)
        elif key in taken:
            checks.fail("institution_id", HAS_ACCOUNT)
        elif key in repeated:
            checks.fail("institution_id", TWICE)
        values = administrators.checked_values(checks, _input(entry))
        errors |= {f"rows-{number}-{name}": text for name, text in checks.errors.items()}
        absent += [f"rows-{number}-{name}" for name in checks.absent]
        if institution is not None:
            found.append(CheckedEntry(institution, values))
    if errors:
        raise FieldErrors(errors, absent=absent)
    return found


def _note_missing(checks: FieldChecks, entry: AccountEntry, key: int | None) -> None:
    if key is not None:
        checks.fail_absent("institution_id", NO_SUCH_INSTITUTION)
    else:
        checks.fail("institution_id", NO_SUCH_INSTITUTION if entry.institution_id else UNCHOSEN)


def require_as_made(account: Administrator, entry: AccountEntry) -> None:
    """Raise ``DomainError`` when a row that was sent before says something else now."""
    given = _input(entry)
    require_same(account, given, "", administrators.checked_values(FieldChecks(), given))


def _input(entry: AccountEntry) -> AdministratorInput:
    return AdministratorInput(
        institution_id=entry.institution_id,
        full_name=entry.full_name,
        auth_method=entry.auth_method,
        phone=entry.phone,
        email=entry.email,
    )


def _institutions(keys: Sequence[int]) -> dict[int, Institution]:
    """Return the institutions of the scope by key, by one query."""
    rows = db.session.scalars(select(Institution).where(Institution.id.in_(keys))).unique()
    return {row.id: row for row in rows}


def _with_account(keys: Sequence[int]) -> set[int]:
    """Return which of the institutions have an account, disabled ones included."""
    return set(
        db.session.scalars(
            select(Administrator.institution_id).where(
                Administrator.institution_id.in_(keys), Administrator.deleted_at.is_(None)
            )
        )
    )
