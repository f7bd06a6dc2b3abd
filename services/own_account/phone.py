"""绑定手机号: a new phone proves itself by a code before it takes the place of the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from extensions import db
from models import Administrator, AuthMethod, utc_now
from models.encryption import blind_index
from services import (
    audit,
    identifiers,
    notices,
    one_time_codes,
    outbox,
    roles,
    scope,
    sessions,
    throttle,
)
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, require
from services.one_time_codes import Purpose
from services.own_account import confirm, record_wrong_code, require_lacking
from services.permissions import Permission
from services.saving import saving

if TYPE_CHECKING:
    from services.actor import Actor
    from services.sessions import Origin

NO_SMS: Final = "平台未开通短信，不能绑定手机号；请联系上级管理机构填写。"
SENT: Final = "如该号码可以接收短信，验证码将在一分钟内到达，5分钟内有效；一分钟内不重复发送。"


def send_code(actor: Actor, origin: Origin, password: str, phone: str) -> None:
    """Send a code to ``phone``, which the actor wants to bind; too many are not sent, silently.

    Raises ``FieldErrors`` on ``password`` and ``phone``, ``TooManyAttemptsError``, and
    ``DomainError`` where no SMS are sent.
    """
    require(outbox.has_gateway(), NO_SMS)
    administrator = confirm(actor, origin, password, AuditTag.SESSION_BIND_PHONE)
    number = _number(phone)
    spent = one_time_codes.spent_until(administrator.id, Purpose.BIND_PHONE)
    if spent is not None:
        raise FieldErrors({"phone": one_time_codes.spent_sentence(spent)})
    code = one_time_codes.issue(
        administrator_id=administrator.id,
        phone_index=_index(number),
        purpose=Purpose.BIND_PHONE,
        browser=origin.browser,
        network=throttle.network_of(origin.address),
    )
    if code is None:
        return
    outbox.queue(
        phone=number,
        text=f"绑定手机号的验证码{code}，5分钟内有效。请勿告知他人。",
        code=code,
        purpose=Purpose.BIND_PHONE.value,
        expires=utc_now() + one_time_codes.LIFETIME,
    )


def bind(actor: Actor, origin: Origin, phone: str, code: str) -> None:
    """Bind ``phone``, which received ``code``; the former phone is told, other sessions end.

    Only whoever gave the password got a code. Raises ``FieldErrors`` on ``phone`` and ``sms_code``.
    """
    actor.require(Permission.ACCOUNT_OWN)
    require_lacking(actor)
    number = _number(phone)
    if not one_time_codes.accept(
        administrator_id=actor.administrator_id,
        phone_index=_index(number),
        purpose=Purpose.BIND_PHONE,
        browser=origin.browser,
        code=code.strip(),
    ):
        record_wrong_code(actor, AuditTag.SESSION_BIND_PHONE, "手机验证码不正确或已失效")
        spent = one_time_codes.spent_until(actor.administrator_id, Purpose.BIND_PHONE)
        told = "验证码不正确或已失效。" if spent is None else one_time_codes.spent_sentence(spent)
        raise FieldErrors({"sms_code": told})
    administrator = scope.find(Administrator, actor.administrator_id)
    former = administrator.phone
    # One of the province's three learns here that somebody else among them has this phone.
    with saving(roles.HOLDS_TWO, FieldErrors({"phone": roles.HOLDS_TWO_SENTENCE})):
        administrator.phone = number
        changes = audit.changes_of(administrator)
        db.session.flush()
    sessions.end_sessions_of(administrator, spare=actor.session_id)
    sessions.prove(actor, AuthMethod.PASSWORD_SMS)
    audit.record(actor, AuditTag.SESSION_BIND_PHONE, administrator, changes=changes)
    if former and former != number:
        notices.phone_replaced(administrator, former)


def _number(phone: str) -> str:
    try:
        return identifiers.check_mobile(phone).value
    except DomainError as error:
        raise FieldErrors({"phone": error.message}) from None


def _index(number: str) -> str:
    return blind_index(number, "administrators.phone")
