"""Making the accounts of a batch, and giving new one-time passwords to those still unused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import AccountBatch, Administrator, Institution, utc_now
from services import administrators, audit, form_keys, password_handover, passwords
from services.account_batches.entries import CheckedEntry, check, require_as_made
from services.account_batches.strips import LIFETIME
from services.administrators import ONE_TIME_PASSWORD_LASTS
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError
from services.permissions import Permission
from services.saving import saving
from services.scope import find, parse_key
from services.sessions import end_sessions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from services.account_batches.entries import AccountEntry
    from services.actor import Actor

NAME_TAKEN: Final = "有用户名刚刚被占用，没有开户。请再次单击“开户”。"
NOTHING_TO_RENEW: Final = (
    "这一批的用户都已登录过、已停用或已删除，不能整批重新生成；请在“登录设置”中逐个重置密码。"
)
CHANGED_MEANWHILE: Final = "有用户刚刚登录或被修改，没有重新生成密码。请刷新后重试。"
#: Batches that the page lists.
_LISTED: Final = 10


@dataclass(frozen=True)
class Secret:
    """A one-time password with its hash, made before the transaction that stores them."""

    password: str = field(repr=False)
    password_hash: str = field(repr=False)


def draw_secrets(count: int) -> list[Secret]:
    """Return ``count`` one-time passwords; takes 50 ms each, so hold no transaction meanwhile.

    The hash is the same as of any password: a cheaper one would answer a sign-in faster, and tell
    strangers which accounts still wait for their first.
    """
    drawn = (passwords.one_time_password() for _ in range(count))
    return [Secret(password, passwords.hash_password(password)) for password in drawn]


def made_before(
    actor: Actor, form_key: str | None, entries: Sequence[AccountEntry]
) -> AccountBatch | None:
    """Return the batch that the same form has made already, if there is one.

    Raises ``DomainError`` when the form names other persons now.
    """
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    earlier = form_keys.sent_before(AccountBatch, form_key)
    if earlier is None:
        return None
    if earlier.administrator_id != actor.administrator_id:
        raise DomainError(form_keys.EXPIRED)
    statement = select(Administrator).where(Administrator.id.in_(earlier.account_ids))
    made = {str(account.institution_id): account for account in db.session.scalars(statement)}
    if made.keys() != {str(entry.institution_id) for entry in entries}:
        raise DomainError(form_keys.CHANGED)
    for entry in entries:
        require_as_made(made[str(entry.institution_id)], entry)
    return earlier


def open_accounts(
    actor: Actor,
    entries: Sequence[AccountEntry],
    secrets: Sequence[Secret],
    form_key: str | None,
) -> AccountBatch:
    """Make one account for each row, or none; their passwords wait for the sheet of strips.

    ``secrets`` has one for each row. The same form sent twice gives the batch of the first time.
    Raises what ``check`` raises: an institution that has got an account meanwhile is told.
    """
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    _hold(entries)
    earlier = made_before(actor, form_key, entries)
    if earlier is not None:
        return earlier
    checked = check(actor, entries)
    with saving(administrators.NAME_TWICE, DomainError(NAME_TAKEN)):
        accounts = _accounts(checked, secrets)
        db.session.add_all(accounts)
        changes = [audit.changes_of(account) for account in accounts]
        db.session.flush()
        batch = AccountBatch(
            institution=find(Institution, actor.institution_id),
            administrator_id=actor.administrator_id,
            account_ids=[account.id for account in accounts],
            form_key=form_key,
        )
        db.session.add(batch)
    for account, change in zip(accounts, changes, strict=True):
        audit.record(actor, AuditTag.ADMINISTRATOR_CREATE, account, changes=change)
    audit.record(actor, AuditTag.ADMINISTRATOR_BATCH, batch)
    _leave(actor, accounts, secrets)
    return batch


def find_own(actor: Actor, key: object) -> AccountBatch:
    """Return a batch of the actor's own; anybody else's is not found."""
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    batch = find(AccountBatch, key)
    if batch.administrator_id != actor.administrator_id:
        raise NotFoundError
    return batch


def recent(actor: Actor) -> list[AccountBatch]:
    """Return the actor's own latest batches, the newest first."""
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    return list(
        db.session.scalars(
            select(AccountBatch)
            .where(AccountBatch.administrator_id == actor.administrator_id)
            .order_by(AccountBatch.id.desc())
            .limit(_LISTED)
        )
    )


def renewable(batch: AccountBatch) -> list[Administrator]:
    """Return the accounts of a batch with which nobody has signed in yet, in their order."""
    return list(db.session.scalars(_renewable(batch)))


def _renewable(batch: AccountBatch) -> Select[Administrator]:
    return (
        select(Administrator)
        .where(
            Administrator.id.in_(batch.account_ids),
            Administrator.deleted_at.is_(None),
            Administrator.is_enabled,
            Administrator.must_change_password,
            Administrator.last_signed_in_at.is_(None),
        )
        .order_by(Administrator.id)
        .execution_options(populate_existing=True)
    )


def renew(actor: Actor, key: object, secrets: Sequence[Secret]) -> AccountBatch:
    """Give the unused accounts of a batch new one-time passwords: the sheet was lost or too late.

    ``secrets`` has one for each of ``renewable``. The old ones are dead at once. Raises
    ``DomainError`` when there is no such account, or when one was used meanwhile.
    """
    batch = find_own(actor, key)
    # Held, so that whoever signs in at this moment comes before or after: signing in is no edit
    # that the version of the row would betray.
    held = _renewable(batch).with_for_update(of=Administrator, key_share=True)
    accounts = list(db.session.scalars(held))
    if not accounts:
        raise DomainError(NOTHING_TO_RENEW)
    if len(accounts) != len(secrets):
        raise DomainError(CHANGED_MEANWHILE)
    with saving():
        for account, secret in zip(accounts, secrets, strict=True):
            account.password_hash = secret.password_hash
            account.initial_password_until = utc_now() + ONE_TIME_PASSWORD_LASTS
        batch.sheet_taken_at = None
        changes = [audit.changes_of(account) for account in accounts]
    for account, change in zip(accounts, changes, strict=True):
        end_sessions_of(account)
        audit.record(actor, AuditTag.ADMINISTRATOR_RESET, account, changes=change)
    _leave(actor, accounts, secrets)
    return batch


def _hold(entries: Sequence[AccountEntry]) -> None:
    """Hold the institutions until the transaction ends: of two batches the second sees the first.

    In the order of their keys, so that two batches do not wait for each other in a circle.
    """
    keys = [key for entry in entries if (key := parse_key(entry.institution_id)) is not None]
    db.session.execute(
        select(Institution.id)
        .where(Institution.id.in_(keys))
        .order_by(Institution.id)
        # Rows that refer to them are free to come and go.
        .with_for_update(key_share=True)
    ).all()


def _accounts(checked: Sequence[CheckedEntry], secrets: Sequence[Secret]) -> list[Administrator]:
    usernames = administrators.propose_usernames([entry.institution for entry in checked])
    until = utc_now() + ONE_TIME_PASSWORD_LASTS
    return [
        Administrator(
            institution=entry.institution,
            username=username,
            password_hash=secret.password_hash,
            must_change_password=True,
            initial_password_until=until,
            **entry.values,
        )
        for entry, username, secret in zip(checked, usernames, secrets, strict=True)
    ]


def _leave(actor: Actor, accounts: Sequence[Administrator], secrets: Sequence[Secret]) -> None:
    left = {account.id: secret.password for account, secret in zip(accounts, secrets, strict=True)}
    password_handover.leave_all(actor, left, LIFETIME)
