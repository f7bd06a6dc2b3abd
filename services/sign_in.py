"""Signing in (机构登录) by 密码 or 短信口令.

The order is always the same: ``admit`` counts the attempt, the caller commits, and one of
``authenticate_password``, ``send_code`` and ``authenticate_sms`` hashes the password before it
touches the database again. So no lock is held during the slow hash, and guesses in parallel are
counted before they are checked. Whatever is wrong, a stranger reads one and the same sentence.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from sqlalchemy import select, update
from sqlalchemy.orm.exc import StaleDataError

from extensions import db
from models import Administrator, AuditResult, AuthMethod, Institution, utc_now
from models.administrator import fold_username
from models.encryption import blind_index
from services import audit, one_time_codes, outbox, passwords, scope, sessions, throttle
from services.actor import actor_of
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, StaleVersionError, require
from services.identifiers import check_mobile
from services.one_time_codes import Purpose
from services.permissions import Permission
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from services.actor import Actor
    from services.sessions import AccountRow, Origin

REFUSED: Final = "用户名、密码或验证码不正确。"
CODE_SENT: Final = "如信息无误，验证码已发送至您绑定的手机，5分钟内有效；一分钟内不重复发送。"
SMS_REQUIRED: Final = "该账号须使用“短信口令”方式登录。"
INITIAL_PASSWORD_EXPIRED: Final = "初始密码已过期，请联系上级管理机构重置密码。"  # noqa: S105 - a sentence
TOO_MANY: Final = "登录失败次数过多，请15分钟后再试。"

WINDOW: Final = dt.timedelta(minutes=15)
MOST_PER_ACCOUNT: Final = 5
MOST_PER_ADDRESS: Final = 50
#: For how long, and how often, a browser that asked for a code needs no further picture code.
CHALLENGE: Final = one_time_codes.LIFETIME
CHALLENGE_USES: Final = 5
_LONGEST_USERNAME: Final = 64


class SignInRefusedError(DomainError):
    """The sign-in is refused; what it says to strangers is always ``REFUSED``."""


@dataclass(frozen=True)
class Attempt:
    """One try to sign in that was counted, with the account it aims at, if there is one."""

    name: str
    password: str = field(repr=False)
    origin: Origin
    account: AccountRow | None = field(repr=False)


def admit(username: str, password: str, origin: Origin) -> Attempt:
    """Count an attempt and return it, or raise ``TooManyAttemptsError`` before anything is hashed.

    It counts as a failure until it has succeeded. Unknown names are counted like known ones.
    """
    name = _folded(username)
    account_key, address_key = _keys(name, origin.address)
    throttle.forget_ended()
    if not (
        throttle.take(*account_key, at_most=MOST_PER_ACCOUNT, window=WINDOW)
        and throttle.take(*address_key, at_most=MOST_PER_ADDRESS, window=WINDOW)
    ):
        raise throttle.TooManyAttemptsError(TOO_MANY)
    statement = (
        select(
            *sessions.ACCOUNT,
            Administrator.password_hash,
            Administrator.phone,
            Administrator.phone_index,
            Administrator.auth_method,
            Administrator.is_enabled,
            Administrator.deleted_at,
            Administrator.initial_password_until,
        )
        .join(Institution, Administrator.institution_id == Institution.id)
        .where(Administrator.username_folded == name)
    )
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        account = db.session.execute(statement).one_or_none()
    return Attempt(name, password, origin, account)


def authenticate_password(attempt: Attempt) -> Actor:
    """Return the actor whose user name and password were given.

    Raises ``SignInRefusedError``; only a right password is told more than ``REFUSED``.
    """
    account = _verified(attempt, AuditTag.SESSION_SIGN_IN)
    if account.auth_method is AuthMethod.PASSWORD_SMS:
        _forget_failures(attempt)
        _refuse(attempt, "须用短信口令", SMS_REQUIRED, field="method")
    return _succeed(attempt, account)


def send_code(attempt: Attempt, phone: str) -> None:
    """Send a code to the bound phone if password and ``phone`` are right; never says whether.

    Whatever happened, the browser may now sign in without a further picture code.
    """
    throttle.allow(*_challenge_key(attempt), window=CHALLENGE)
    try:
        account = _verified(attempt, AuditTag.SESSION_CODE, phone=phone)
    except SignInRefusedError:
        return
    _forget_failures(attempt)
    expires = utc_now() + one_time_codes.LIFETIME
    code = one_time_codes.issue(
        administrator_id=account.who.id,
        phone_index=account.phone_index,
        purpose=Purpose.SIGN_IN,
        browser=attempt.origin.browser,
    )
    if code is None:
        _record(attempt, AuditTag.SESSION_CODE, AuditResult.FAILED, "发送过于频繁或尝试次数过多")
        return
    outbox.queue(
        phone=account.phone,
        text=f"【湖北卫生人力资源信息平台】登录验证码{code}，5分钟内有效。请勿告知他人。",
        code=code,
        purpose=Purpose.SIGN_IN.value,
        expires=expires,
    )
    _record(attempt, AuditTag.SESSION_CODE, AuditResult.DONE)


def authenticate_sms(attempt: Attempt, phone: str, code: str) -> Actor:
    """Return the actor whose user name, password, phone and SMS code were given.

    Raises ``SignInRefusedError``. A code is only looked at, and a try of it only spent, when the
    rest was right.
    """
    account = _verified(attempt, AuditTag.SESSION_SIGN_IN, phone=phone)
    if not one_time_codes.accept(
        administrator_id=account.who.id,
        phone_index=account.phone_index,
        purpose=Purpose.SIGN_IN,
        browser=attempt.origin.browser,
        code=code.strip(),
    ):
        _refuse(attempt, "手机验证码不正确")
    throttle.clear(*_challenge_key(attempt))
    return _succeed(attempt, account)


def use_challenge(username: str, origin: Origin) -> bool:
    """Whether this browser asked for a code for this account lately: it needs no picture code."""
    return throttle.use(*_challenge(_folded(username), origin), at_most=CHALLENGE_USES)


def has_challenge(username: str, origin: Origin) -> bool:
    """Whether ``use_challenge`` would say yes; for showing the form."""
    return throttle.is_open(*_challenge(_folded(username), origin), at_most=CHALLENGE_USES)


def change_own_password(actor: Actor, old: str, new: str) -> None:
    """Replace the actor's password; the other sessions of the account end.

    Raises ``FieldErrors`` on ``old_password`` and ``new_password``, and ``TooManyAttemptsError``
    after five wrong old passwords. The caller commits also then, so that they stay counted: a
    session left open is no way to guess.
    """
    actor.require(Permission.ACCOUNT_OWN)
    account_key, _ = _keys(fold_username(actor.username), actor.address)
    if not throttle.take(*account_key, at_most=MOST_PER_ACCOUNT, window=WINDOW):
        raise throttle.TooManyAttemptsError("密码错误次数过多，请15分钟后再试。")
    administrator = scope.find(Administrator, actor.administrator_id)
    if not passwords.verify_password(administrator.password_hash, old):
        audit.record(actor, AuditTag.SESSION_PASSWORD, administrator, result=AuditResult.FAILED)
        raise FieldErrors({"old_password": "原密码不正确。"})
    throttle.clear(*account_key)
    try:
        passwords.check_policy(new, username=administrator.username)
        require(
            not passwords.verify_password(administrator.password_hash, new),
            "新密码不能与原密码相同。",
            field="new_password",
        )
    except DomainError as error:
        raise FieldErrors({"new_password": error.message}) from None
    administrator.password_hash = passwords.hash_password(new)
    administrator.must_change_password = False
    administrator.initial_password_until = None
    changes = audit.changes_of(administrator)
    try:
        db.session.flush()
    except StaleDataError:
        raise StaleVersionError from None
    sessions.end_sessions_of(administrator, spare=actor.session_id)
    one_time_codes.void(administrator.id)
    audit.record(actor, AuditTag.SESSION_PASSWORD, administrator, changes=changes)


def _verified(attempt: Attempt, tag: AuditTag, *, phone: str | None = None) -> AccountRow:
    """Return the account when password, state and (where given) phone are right, or refuse.

    Everything is computed before anything is judged, so that the answer takes as long either way.
    """
    account = attempt.account
    stored = None if account is None else account.password_hash
    right = passwords.verify_password(stored, attempt.password)
    phone_right = phone is None or _is_bound(account, phone)
    if account is None:
        _refuse(attempt, "用户名不存在", tag=tag)
    if not right:
        _refuse(attempt, "密码不正确", tag=tag)
    if account.deleted_at is not None or not account.is_enabled:
        _refuse(attempt, "账号已停用", tag=tag)
    if not phone_right:
        _refuse(attempt, "手机号不正确或未绑定", tag=tag)
    until = account.initial_password_until
    if account.who.must_change_password and until is not None and until <= utc_now():
        _forget_failures(attempt)
        _refuse(attempt, "初始密码已过期", INITIAL_PASSWORD_EXPIRED, tag=tag)
    return account


def _is_bound(account: AccountRow | None, phone: str) -> bool:
    """Whether ``phone`` is the one bound to the account."""
    try:
        number = check_mobile(phone).value
    except DomainError:
        number = ""
    index = blind_index(number, "administrators.phone")
    bound = (account.phone_index if account is not None else None) or ""
    return hmac.compare_digest(index, bound)


def _succeed(attempt: Attempt, account: AccountRow) -> Actor:
    _forget_failures(attempt)
    if passwords.needs_rehash(account.password_hash):
        _rehash(account, attempt.password)
    origin = attempt.origin
    return actor_of(
        account.who, account.where, address=origin.address, request_id=origin.request_id
    )


def _rehash(account: AccountRow, password: str) -> None:
    """Store the same password under today's parameters, unless it has just been changed."""
    fresh = passwords.hash_password(password)
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        db.session.execute(
            update(Administrator)
            .where(
                Administrator.id == account.who.id,
                Administrator.password_hash == account.password_hash,
            )
            .values(password_hash=fresh, updated_at=Administrator.updated_at),
            execution_options={"synchronize_session": False},
        )


def _refuse(
    attempt: Attempt,
    reason: str,
    sentence: str = REFUSED,
    *,
    tag: AuditTag = AuditTag.SESSION_SIGN_IN,
    field: str | None = None,
) -> NoReturn:
    """Record the failure with its true reason, and tell the stranger ``sentence``."""
    _record(attempt, tag, AuditResult.FAILED, reason)
    raise SignInRefusedError(sentence, field=field)


def _record(attempt: Attempt, tag: AuditTag, result: AuditResult, reason: str = "") -> None:
    changes = [{"label": "原因", "old": "", "new": reason}] if reason else []
    origin = attempt.origin
    if attempt.account is None:
        # What was typed is not kept: it may be a password in the wrong field.
        audit.record_stranger(
            tag,
            result=result,
            changes=changes,
            address=origin.address,
            request_id=origin.request_id,
        )
        return
    actor = actor_of(
        attempt.account.who,
        attempt.account.where,
        address=origin.address,
        request_id=origin.request_id,
    )
    audit.record(actor, tag, result=result, changes=changes)


def _forget_failures(attempt: Attempt) -> None:
    account_key, address_key = _keys(attempt.name, attempt.origin.address)
    throttle.clear(*account_key)
    throttle.give_back(*address_key)


def _keys(name: str, address: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    network = throttle.network_of(address)
    return ("account", name, network), ("address", network)


def _challenge_key(attempt: Attempt) -> tuple[str, ...]:
    return _challenge(attempt.name, attempt.origin)


def _challenge(name: str, origin: Origin) -> tuple[str, ...]:
    return "challenge", origin.browser, name


def _folded(username: str) -> str:
    return fold_username(username[:_LONGEST_USERNAME])[:_LONGEST_USERNAME]
