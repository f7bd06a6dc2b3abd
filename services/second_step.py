"""The second step of signing in (动态口令, USBKEY, 恢复码), after a right password.

Between the two steps nobody is signed in: the browser holds a token, the row its hash, bound to the
browser, for five minutes. Each try is counted and committed before it is checked.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NoReturn

from sqlalchemy import delete, select

from extensions import db
from models import Administrator, AuditResult, AuthMethod, Institution, PendingSignIn, utc_now
from services import attempt_limits, audit, factors, notices, security_policy, steps
from services.actor import actor_of
from services.audit import AuditTag
from services.errors import DomainError, NotProvenError
from services.factors import keys, recovery, totp
from services.housekeeping import clear_away
from services.proof import Proof
from services.scope import Reason, unscoped
from services.sessions import ACCOUNT
from services.throttle import TooManyAttemptsError
from services.tokens import hash_token

if TYPE_CHECKING:
    from services.actor import Actor
    from services.attempt_limits import Counted
    from services.factors import Factors
    from services.factors.keys import RelyingParty
    from services.sessions import AccountRow, Origin

TOTP_WRONG: Final = "动态口令不正确，请输入应用上当前显示的6位数字。"
TOTP_SPENT: Final = "该动态口令已使用，请等待应用显示下一个（不超过30秒）。"
LIFETIME: Final = dt.timedelta(minutes=5)
_UNSYNCHRONISED: Final = {"synchronize_session": False}


class StepOverError(DomainError):
    """The sign-in must begin again: its five minutes are over, or it is not this browser's."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("登录已超时，请重新输入用户名和密码。")


class SecondStepRefusedError(NotProvenError):
    """What was shown is wrong; another try may be right."""


@dataclass(frozen=True)
class Pending:
    """A sign-in that waits for its second factor."""

    actor: Actor
    #: What must be shown at the least.
    wanted: AuthMethod
    factors: Factors = field(repr=False)
    account: AccountRow = field(repr=False)
    #: The try that is being judged.
    counted: Counted | None = field(default=None, repr=False)

    @property
    def offered(self) -> list[AuthMethod]:
        """What the page asks for."""
        return self.factors.offered(self.wanted)


def begin(administrator_id: int, origin: Origin) -> str:
    """Return the token of a sign-in whose password was right; the browser's former one is over."""
    now, token = utc_now(), secrets.token_urlsafe(32)
    browser = hash_token(origin.browser)
    clear_away(PendingSignIn.token_hash, PendingSignIn.expires_at <= now)
    db.session.execute(
        delete(PendingSignIn).where(PendingSignIn.browser_hash == browser),
        execution_options=_UNSYNCHRONISED,
    )
    db.session.add(
        PendingSignIn(
            token_hash=hash_token(token),
            administrator_id=administrator_id,
            browser_hash=browser,
            expires_at=now + LIFETIME,
        )
    )
    db.session.flush()
    return token


def look(token: str, origin: Origin) -> Pending:
    """Return the sign-in that waits under a token; raises ``StepOverError``."""
    statement = (
        select(*ACCOUNT)
        .select_from(PendingSignIn)
        .join(Administrator, PendingSignIn.administrator_id == Administrator.id)
        .join(Institution, Administrator.institution_id == Institution.id)
        .where(
            PendingSignIn.token_hash == hash_token(token),
            PendingSignIn.browser_hash == hash_token(origin.browser),
            PendingSignIn.expires_at > utc_now(),
            Administrator.is_enabled,
            Administrator.deleted_at.is_(None),
        )
    )
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        row = db.session.execute(statement).one_or_none()
    if row is None:
        raise StepOverError
    return _pending_of(row, origin)


def count_try(pending: Pending, origin: Origin) -> Pending:
    """Count one try of ``pending`` and return it; the caller commits before it is checked.

    Raises ``TooManyAttemptsError``, the first of which is recorded.
    """
    try:
        counted = attempt_limits.take_second(pending.actor.administrator_id, origin)
    except TooManyAttemptsError as error:
        if error.is_first:
            _record_failure(pending, attempt_limits.reason_of(error))
        raise
    return replace(pending, counted=counted)


def key_options(pending: Pending, party: RelyingParty, origin: Origin) -> str:
    """Return what the browser hands to a security key, as JSON."""
    return keys.sign_in_options(
        party, administrator_id=pending.actor.administrator_id, browser=origin.browser
    )


def pass_totp(token: str, pending: Pending, code: str) -> Proof:
    """Sign in by a code of the app; raises ``SecondStepRefusedError``."""
    if AuthMethod.PASSWORD_TOTP not in pending.offered or not totp.accept(
        pending.actor.administrator_id, code
    ):
        spent = totp.is_spent(pending.actor.administrator_id, code)
        _refuse(pending, TOTP_SPENT if spent else TOTP_WRONG, "totp_code")
    return _finish(token, pending, AuthMethod.PASSWORD_TOTP)


def pass_key(
    token: str, pending: Pending, party: RelyingParty, origin: Origin, answer: str
) -> Proof:
    """Sign in by the answer of a security key; raises ``SecondStepRefusedError``."""
    if not keys.accept(
        party,
        administrator_id=pending.actor.administrator_id,
        browser=origin.browser,
        answer=answer,
    ):
        _refuse(pending, keys.REFUSED, "key_answer")
    return _finish(token, pending, AuthMethod.PASSWORD_USBKEY)


def pass_recovery(token: str, pending: Pending, code: str) -> Proof:
    """Sign in by a recovery code, which stands for the lost factor; raises as the others do.

    The owner is told: whoever has found the paper looks like the owner.
    """
    if not recovery.accept(pending.actor.administrator_id, code):
        _refuse(pending, "恢复码不正确或已用过。", "recovery_code")
    shown = AuthMethod.stronger(pending.wanted, AuthMethod.PASSWORD_TOTP)
    proof = _finish(token, pending, shown)
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        phone = db.session.scalar(
            select(Administrator.phone).where(Administrator.id == proof.actor.administrator_id)
        )
    notices.recovery_code_used(proof.actor.username, phone)
    return replace(proof, by_recovery=True)


def _finish(token: str, pending: Pending, method: AuthMethod) -> Proof:
    """Use the waiting sign-in up: of two right answers at once, one signs in."""
    used = db.session.scalar(
        delete(PendingSignIn)
        .where(PendingSignIn.token_hash == hash_token(token))
        .returning(PendingSignIn.administrator_id),
        execution_options=_UNSYNCHRONISED,
    )
    if used is None:
        raise StepOverError
    if pending.counted is not None:
        pending.counted.forget()
    account = pending.account
    step = steps.step_of(account.who, account.where.kind, security_policy.current(), method)
    return Proof(replace(pending.actor, step=step), method)


def _refuse(pending: Pending, sentence: str, field: str) -> NoReturn:
    _record_failure(pending, sentence.partition("，")[0].rstrip("。"))
    raise SecondStepRefusedError(sentence, field=field)


def _record_failure(pending: Pending, reason: str) -> None:
    audit.record(
        pending.actor,
        AuditTag.SESSION_SIGN_IN,
        result=AuditResult.FAILED,
        changes=audit.because(reason),
    )


def _pending_of(row: AccountRow, origin: Origin) -> Pending:
    found = factors.of(row.who.id)
    wanted = steps.shown_first(row.who, row.where.kind, security_policy.current(), found)
    if wanted is None:
        raise StepOverError
    actor = actor_of(row.who, row.where, address=origin.address, request_id=origin.request_id)
    return Pending(actor, wanted, found, row)
