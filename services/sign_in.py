"""Signing in (机构登录) by 密码, 短信口令 or USBKEY: the first step, and the only one of 短信口令.

The order is always the same: ``admit`` counts the attempt, the caller commits, and one of
``authenticate_password``, ``send_code`` and ``authenticate_sms`` hashes the password before it
touches the database again. So no lock is held during the slow hash, and guesses in parallel are
counted before they are checked. Whatever is wrong, a stranger reads one and the same sentence:
also where a code counts no more (``sms_challenge``), since the browser's tries are told, not the
account's.

The 认证类型 of the account, raised by the policy to the least of its kind of node, decides what is
enough. Who lacks the factor gets a session that must bind it first where ``steps.shown_first``
says so: after a one-time password, or when only the policy asks for it. Else the superior helps.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from sqlalchemy import select, update

from extensions import db
from models import Administrator, AuditResult, AuthMethod, Institution, utc_now
from models.encryption import blind_index
from services import (
    attempt_limits,
    audit,
    factors,
    one_time_codes,
    outbox,
    passwords,
    second_step,
    security_policy,
    sessions,
    sms_challenge,
    steps,
    throttle,
)
from services.actor import actor_of
from services.audit import AuditTag
from services.errors import DomainError, NotProvenError
from services.identifiers import check_mobile
from services.one_time_codes import Purpose
from services.proof import Proof
from services.scope import Reason, unscoped
from services.throttle import TooManyAttemptsError

if TYPE_CHECKING:
    from services.attempt_limits import Counted
    from services.factors import Factors
    from services.sessions import AccountRow, Origin

REFUSED: Final = "用户名、密码或验证码不正确。"
CODE_SENT: Final = (
    "如信息无误，验证码已发送至您绑定的手机，5分钟内有效；"
    "一分钟内不重复发送，一小时内最多发送5次，输错5次后一小时内不再发送。"
)
SMS_REQUIRED: Final = "该账号须使用“短信口令”方式登录。"
SMS_FIRST: Final = "平台已提高登录要求：请先用“短信口令”方式登录，再按提示登记“{method}”。"
SMS_TOO_WEAK: Final = "该账号不能用短信口令登录，请使用“密码”方式，再按提示验证“{method}”。"
NO_KEY: Final = "该账号未登记USBKEY（安全密钥）。请用其他方式登录后，在“安全设置”中登记。"
NO_FACTOR: Final = "该账号须验证“{method}”，但尚未绑定。请联系上级管理机构重置密码后重新绑定。"
INITIAL_PASSWORD_EXPIRED: Final = "初始密码已过期，请联系上级管理机构重置密码。"  # noqa: S105 - a sentence


class SignInRefusedError(NotProvenError):
    """The sign-in is refused; what it says to strangers is always ``REFUSED``."""


@dataclass(frozen=True)
class Attempt:
    """One try to sign in that was counted, with the account it aims at, if there is one."""

    name: str
    password: str = field(repr=False)
    origin: Origin
    account: AccountRow | None = field(repr=False)
    counted: Counted = field(repr=False)


def admit(username: str, password: str, origin: Origin) -> Attempt:
    """Count an attempt and return it, or raise ``TooManyAttemptsError`` before anything is hashed.

    It counts as a failure until it has succeeded. Unknown names are counted like known ones. The
    first refusal of a window is recorded: the caller commits then, too.
    """
    name = sms_challenge.folded(username)
    statement = (
        select(
            *sessions.ACCOUNT,
            Administrator.password_hash,
            Administrator.phone,
            Administrator.phone_index,
            Administrator.is_enabled,
            Administrator.deleted_at,
            Administrator.initial_password_until,
        )
        .join(Institution, Administrator.institution_id == Institution.id)
        .where(Administrator.username_folded == name)
    )
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        account = db.session.execute(statement).one_or_none()
    try:
        counted = attempt_limits.take(name, None if account is None else account.who.id, origin)
    except TooManyAttemptsError as error:
        if error.is_first:
            reason = attempt_limits.reason_of(error)
            concerned = None if error.is_of_address else account
            _record(concerned, origin, AuditTag.SESSION_SIGN_IN, AuditResult.FAILED, reason)
        raise
    return Attempt(name, password, origin, account, counted)


def admit_code(username: str, password: str, origin: Origin) -> Attempt:
    """Do as ``admit`` for a try of an SMS code, which the browser has tried whatever comes of it.

    Whoever asked for a code wrongly has a failure more, and must not see it in the last answer.
    """
    try:
        return admit(username, password, origin)
    except TooManyAttemptsError:
        sms_challenge.count_failure(username, origin)
        raise


def authenticate_password(attempt: Attempt, *, by_key: bool = False) -> Proof | str:
    """Return what a right user name and password prove, or the token of the second step.

    ``by_key`` asks for the security key although the account may need less. Raises
    ``SignInRefusedError``; only a right password is told more than ``REFUSED``.
    """
    account = _verified(attempt, AuditTag.SESSION_SIGN_IN)
    found = factors.of(account.who.id)
    wanted = _wanted(attempt, account, found)
    has_enough = found.suffice(_required(account))
    if wanted is AuthMethod.PASSWORD and not (by_key and has_enough):
        return _succeed(attempt, account, AuthMethod.PASSWORD)
    if by_key and found.keys == 0:
        _refuse_known(attempt, "未登记USBKEY", NO_KEY)
    if not by_key and not found.offered(wanted):
        missing = SMS_FIRST.format(method=_factor_name(_required(account)))
        _refuse_known(attempt, "须用短信口令", SMS_REQUIRED if has_enough else missing)
    _let_in(attempt, account)
    return second_step.begin(account.who.id, attempt.origin)


def send_code(attempt: Attempt, phone: str) -> None:
    """Send a code to the bound phone if password and ``phone`` are right; never says whether.

    Whatever happened, the browser may now sign in without a further picture code.
    """
    sms_challenge.begin(attempt.name, attempt.origin)
    try:
        account = _verified(attempt, AuditTag.SESSION_CODE, phone=phone)
    except SignInRefusedError:
        return
    attempt.counted.forget()
    expires = utc_now() + one_time_codes.LIFETIME
    code = one_time_codes.issue(
        administrator_id=account.who.id,
        phone_index=account.phone_index,
        purpose=Purpose.SIGN_IN,
        browser=attempt.origin.browser,
        network=throttle.network_of(attempt.origin.address),
    )
    if code is None:
        _record(
            attempt.account,
            attempt.origin,
            AuditTag.SESSION_CODE,
            AuditResult.FAILED,
            "发送过于频繁或尝试次数过多",
        )
        return
    outbox.queue(
        phone=account.phone,
        text=f"登录验证码{code}，5分钟内有效。请勿告知他人。",
        code=code,
        purpose=Purpose.SIGN_IN.value,
        expires=expires,
    )
    _record(attempt.account, attempt.origin, AuditTag.SESSION_CODE, AuditResult.DONE)


def authenticate_sms(attempt: Attempt, phone: str, code: str) -> Proof:
    """Return what a right user name, password, phone and SMS code prove.

    Raises ``SignInRefusedError``, at the last try ``CodeSpentError`` instead. A code is only looked
    at, and a try of it only spent, when the rest was right; the browser's tries are all counted.
    """
    try:
        account = _with_right_code(attempt, phone, code)
    except SignInRefusedError as error:
        if error.message == REFUSED:
            sms_challenge.count_failure(attempt.name, attempt.origin)
        raise
    sms_challenge.end(attempt.name, attempt.origin)
    wanted = _wanted(attempt, account, factors.of(account.who.id))
    if wanted.strength > AuthMethod.PASSWORD_SMS.strength:
        sentence = SMS_TOO_WEAK.format(method=_factor_name(wanted))
        _refuse_known(attempt, "短信口令不足", sentence)
    return _succeed(attempt, account, AuthMethod.PASSWORD_SMS)


def _with_right_code(attempt: Attempt, phone: str, code: str) -> AccountRow:
    account = _verified(attempt, AuditTag.SESSION_SIGN_IN, phone=phone)
    if not one_time_codes.accept(
        administrator_id=account.who.id,
        phone_index=account.phone_index,
        purpose=Purpose.SIGN_IN,
        browser=attempt.origin.browser,
        code=code.strip(),
    ):
        _refuse(attempt, "手机验证码不正确")
    return account


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
        attempt.counted.forget()
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


def _required(account: AccountRow) -> AuthMethod:
    policy = security_policy.current()
    return policy.required(account.who.auth_method, account.where.kind)


def _wanted(attempt: Attempt, account: AccountRow, found: Factors) -> AuthMethod:
    """Return what must be shown to be let in, or refuse who lacks it."""
    policy = security_policy.current()
    wanted = steps.shown_first(account.who, account.where.kind, policy, found)
    if wanted is None:
        sentence = NO_FACTOR.format(method=_factor_name(_required(account)))
        _refuse_known(attempt, "未绑定认证方式", sentence)
    return wanted


def _factor_name(method: AuthMethod) -> str:
    """Return what a 认证类型 asks for besides the password."""
    return method.label.partition("+")[2]


def _succeed(attempt: Attempt, account: AccountRow, method: AuthMethod) -> Proof:
    _let_in(attempt, account)
    origin = attempt.origin
    actor = actor_of(
        account.who,
        account.where,
        step=steps.step_of(account.who, account.where.kind, security_policy.current(), method),
        address=origin.address,
        request_id=origin.request_id,
    )
    return Proof(actor, method)


def _let_in(attempt: Attempt, account: AccountRow) -> None:
    """Do what follows a right password that was enough, or enough for the second step."""
    _hold(attempt, account)
    attempt.counted.forget()
    if passwords.needs_rehash(account.password_hash):
        _rehash(account, attempt.password)


def _hold(attempt: Attempt, account: AccountRow) -> None:
    """Keep the account as it was when it was read until the commit, or refuse when it is not.

    The hash takes long. Whoever replaces the password or disables the account meanwhile ends its
    sessions, and would not find the one that is only now about to begin.
    """
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        held = db.session.scalar(
            update(Administrator)
            .where(
                Administrator.id == account.who.id,
                Administrator.password_hash == account.password_hash,
                Administrator.is_enabled,
                Administrator.deleted_at.is_(None),
            )
            .values(updated_at=Administrator.updated_at)
            .returning(Administrator.id),
            execution_options={"synchronize_session": False},
        )
    if held is None:
        _refuse(attempt, "登录期间密码被修改或账号被停用")


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
    _record(attempt.account, attempt.origin, tag, AuditResult.FAILED, reason)
    raise SignInRefusedError(sentence, field=field)


def _refuse_known(attempt: Attempt, reason: str, sentence: str) -> NoReturn:
    """Refuse somebody whose password was right: they may know what else is needed."""
    attempt.counted.forget()
    _refuse(attempt, reason, sentence, field="method")


def _record(
    account: AccountRow | None,
    origin: Origin,
    tag: AuditTag,
    result: AuditResult,
    reason: str = "",
) -> None:
    changes = audit.because(reason)
    if account is None:
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
        account.who,
        account.where,
        address=origin.address,
        request_id=origin.request_id,
    )
    audit.record(actor, tag, result=result, changes=changes)
