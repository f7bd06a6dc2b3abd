"""Accounts (机构管理员): whoever manages a node hands them out there and below.

An account is managed by the accounts of its own node and of the nodes above. Nobody disables,
deletes, resets or unbinds themselves. User names are never given twice, not even after deletion.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import (
    AccountRole,
    Administrator,
    AuthMethod,
    Institution,
    utc_now,
)
from models.administrator import fold_username
from services import audit, form_keys, identifiers, password_handover, passwords, reachability
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, NotAllowedError, NotFoundError
from services.fields import FieldChecks
from services.identifiers import Checked, InvalidIdentifierError
from services.institutions.search import clean_keyword
from services.permissions import Permission
from services.saving import check_version, saving
from services.scope import Reason, find, unscoped
from services.sessions import end_sessions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: The same sentence whichever side of the wall the other account lies on, living or deleted.
USERNAME_TAKEN: Final = "该用户名已被使用，请更换。"
#: How long a one-time password may be used.
ONE_TIME_PASSWORD_LASTS: Final = dt.timedelta(days=7)

_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST_EMAIL: Final = 100
#: Two digits of a proposed user name count the accounts of an institution.
_LAST_SERIAL: Final = 99
#: How often a proposed name is drawn anew when others take it at the same moment.
_TRIES: Final = 5
#: What the database says when a user name is given twice.
NAME_TWICE: Final = (
    "uq_administrators_username_folded",
    "administrators.username_folded",
)


@dataclass(frozen=True)
class AdministratorInput:
    """What the form of an account holds; keys as the browser sent them.

    An empty user name is proposed by the platform. ``phone`` and ``email`` are left as they are by
    ``None`` and removed by an empty text. ``form_key`` is drawn when a form for a new account is
    shown, so that the same form sent twice makes one account.
    """

    institution_id: object
    full_name: str
    auth_method: AuthMethod
    username: str = ""
    phone: str | None = None
    email: str | None = None
    role: AccountRole = AccountRole.OPERATOR
    is_enabled: bool = True
    form_key: str | None = None


def propose_username(institution: Institution) -> str:
    """Return the next free user name of an institution: hb, unit number, two digits.

    It is not drawn: creating the account decides. Raises ``DomainError`` when all are used.
    """
    prefix = f"hb{institution.unit_number}"
    with unscoped(Reason.UNIQUENESS):
        used = set(
            db.session.scalars(
                select(Administrator.username_folded).where(
                    Administrator.username_folded.startswith(prefix, autoescape=True)
                )
            )
        )
    for serial in range(1, _LAST_SERIAL + 1):
        username = f"{prefix}{serial:02d}"
        if username not in used:
            return username
    raise DomainError("该机构的用户名编号已用完，请自行填写用户名。", field="username")


def propose_usernames(institutions: Sequence[Institution]) -> list[str]:
    """Return the next free user name of each institution, as ``propose_username`` does for one.

    Most institutions that get an account have none yet, so that one query answers for all of them.
    """
    first = [f"hb{institution.unit_number}01" for institution in institutions]
    with unscoped(Reason.UNIQUENESS):
        used = set(
            db.session.scalars(
                select(Administrator.username_folded).where(
                    Administrator.username_folded.in_(first)
                )
            )
        )
    return [
        name if name not in used else propose_username(institution)
        for name, institution in zip(first, institutions, strict=True)
    ]


def create(actor: Actor, data: AdministratorInput) -> Administrator:
    """Add an account to a node of the actor's scope; its one-time password waits for the actor.

    The password is collected once (``password_handover``), is dead after seven days and must be
    changed at the first sign-in. The same form sent a second time gives the account of the first
    time. Raises ``FieldErrors`` with all that is wrong.
    """
    actor.require(Permission.ADMINISTRATOR_WRITE)
    earlier = form_keys.sent_before(Administrator, data.form_key)
    checks = FieldChecks()
    institution = _institution(checks, data.institution_id)
    values = checked_values(checks, data)
    typed = data.username.strip()
    if earlier is not None:
        checks.finish()
        _require_same(earlier, data, typed, values)
        return earlier
    if typed:
        checks.rule("username", lambda: _require_username(typed))
    elif institution is not None:
        checks.rule("username", lambda: propose_username(institution))
    checks.finish()
    assert institution is not None
    password = passwords.one_time_password()
    password_hash = passwords.hash_password(password)
    for tries_left in range(_TRIES, 0, -1):
        try:
            with saving(NAME_TWICE, FieldErrors({"username": USERNAME_TAKEN})):
                administrator = Administrator(
                    institution=institution,
                    username=typed or propose_username(institution),
                    password_hash=password_hash,
                    must_change_password=True,
                    initial_password_until=utc_now() + ONE_TIME_PASSWORD_LASTS,
                    form_key=data.form_key,
                    **values,
                )
                db.session.add(administrator)
                changes = audit.changes_of(administrator)
        except (FieldErrors, IntegrityError):
            earlier = form_keys.sent_before(Administrator, data.form_key)
            if earlier is not None:
                return earlier
            if typed or tries_left == 1:
                raise
        else:
            break
    password_handover.leave(actor, administrator, password)
    audit.record(actor, AuditTag.ADMINISTRATOR_CREATE, administrator, changes=changes)
    return administrator


def update(
    actor: Actor, administrator: Administrator, data: AdministratorInput, expected_version: int
) -> None:
    """Change an account; institution and user name stay, since the name tells the institution.

    Disabling it, or changing how it proves who it is or what it may do, ends its sessions. Raises
    ``FieldErrors`` with all that is wrong.
    """
    _require_manageable(actor, administrator)
    check_version(administrator, expected_version)
    checks = FieldChecks()
    if str(data.institution_id) != str(administrator.institution_id):
        checks.fail("institution_id", "用户不能转到其他机构；请删除后在新机构重新新增。")
    typed = data.username.strip()
    if typed and typed != administrator.username:
        checks.fail("username", "用户名不能修改。")
    values = checked_values(checks, data, administrator)
    if administrator.id == actor.administrator_id:
        if not data.is_enabled:
            checks.fail("is_enabled", "不能停用本人的账号。")
        if data.role is not administrator.role:
            checks.fail("role", "不能修改本人的角色。")
    _check_reachable(checks, actor, administrator, data)
    checks.finish()
    with saving():
        for name, value in values.items():
            setattr(administrator, name, value)
        changed = {
            name
            for name in ("phone_index", "auth_method", "role", "is_enabled")
            if db.inspect(administrator).attrs[name].history.has_changes()
        }
        changes = audit.changes_of(administrator)
    if not changes:
        return
    if changed and administrator.id != actor.administrator_id:
        end_sessions_of(administrator)
    audit.record(actor, AuditTag.ADMINISTRATOR_UPDATE, administrator, changes=changes)


def reset_password(actor: Actor, administrator: Administrator) -> None:
    """Give an account a new one-time password, which waits for the actor, and end its sessions.

    The password is collected once (``password_handover``), is dead after seven days and must be
    changed at the first sign-in.
    """
    _require_manageable(actor, administrator, not_oneself="重置密码；请使用“修改密码”")
    password = passwords.one_time_password()
    password_hash = passwords.hash_password(password)
    with saving():
        administrator.password_hash = password_hash
        administrator.must_change_password = True
        administrator.initial_password_until = utc_now() + ONE_TIME_PASSWORD_LASTS
        changes = audit.changes_of(administrator)
    end_sessions_of(administrator)
    password_handover.leave(actor, administrator, password)
    audit.record(actor, AuditTag.ADMINISTRATOR_RESET, administrator, changes=changes)


def collect_password(actor: Actor, administrator: Administrator) -> str | None:
    """Return the one-time password that the actor has just made, the first time it is asked for."""
    _require_manageable(actor, administrator)
    return password_handover.collect(actor, administrator)


def unbind_phone(actor: Actor, administrator: Administrator) -> None:
    """Detach the phone from an account and end its sessions; it gets no more codes."""
    _require_manageable(actor, administrator, not_oneself="解除绑定")
    if not administrator.has_phone:
        raise DomainError("该用户未绑定手机号。")
    reachability.require_another_phone(actor, administrator)
    with saving():
        administrator.phone = None
        changes = audit.changes_of(administrator)
    end_sessions_of(administrator)
    audit.record(actor, AuditTag.ADMINISTRATOR_UNBIND, administrator, changes=changes)


def delete(actor: Actor, administrator: Administrator) -> None:
    """Delete an account: it cannot sign in again; the row and its user name stay for the record."""
    _require_manageable(actor, administrator, not_oneself="删除")
    reachability.require_another_account(actor, administrator)
    with saving():
        administrator.deleted_at = utc_now()
        administrator.is_enabled = False
    end_sessions_of(administrator)
    audit.record(actor, AuditTag.ADMINISTRATOR_DELETE, administrator)


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that institution, person or user name of an account holds ``keyword``.

    Wildcards are ordinary characters. Raises ``DomainError`` for a keyword that cannot be one.
    """
    text = clean_keyword(keyword)
    named = select(Institution.id).where(Institution.name.contains(text, autoescape=True))
    return or_(
        Administrator.full_name.contains(text, autoescape=True),
        Administrator.username_folded.contains(fold_username(text), autoescape=True),
        Administrator.institution_id.in_(named),
    )


def _require_manageable(
    actor: Actor, administrator: Administrator, *, not_oneself: str | None = None
) -> None:
    """Raise unless the actor may manage the account; ``not_oneself`` names the act, if any."""
    actor.require(Permission.ADMINISTRATOR_WRITE)
    within = actor.is_at(administrator.owner_path) or actor.is_above(administrator.owner_path)
    if not within or administrator.deleted_at is not None:
        raise NotFoundError
    if not_oneself is not None and administrator.id == actor.administrator_id:
        raise NotAllowedError(f"不能对本人的账号{not_oneself}。")


def _check_reachable(
    checks: FieldChecks, actor: Actor, administrator: Administrator, data: AdministratorInput
) -> None:
    """Note when a change would leave the node without an account that its superior can reach."""
    was_at_work = administrator.is_enabled and administrator.role is AccountRole.OPERATOR
    field = "is_enabled" if not data.is_enabled else "role"
    if was_at_work and not (data.is_enabled and data.role is AccountRole.OPERATOR):
        checks.rule(field, lambda: reachability.require_another_account(actor, administrator))
    elif data.phone is not None and not data.phone.strip():
        checks.rule("phone", lambda: reachability.require_another_phone(actor, administrator))


def _require_same(
    earlier: Administrator, data: AdministratorInput, typed: str, values: dict[str, object]
) -> None:
    """Raise when a form that was sent before says something else now: nothing is lost unseen."""
    if earlier.deleted_at is not None:
        raise DomainError(form_keys.DELETED)
    if (
        str(data.institution_id) != str(earlier.institution_id)
        or (typed and fold_username(typed) != earlier.username_folded)
        or any(getattr(earlier, name) != value for name, value in values.items())
    ):
        raise DomainError(form_keys.CHANGED)


def _institution(checks: FieldChecks, key: object) -> Institution | None:
    if not key:
        checks.fail("institution_id", "请选择所属机构。")
        return None
    found: Institution | None = checks.rule("institution_id", lambda: find(Institution, key))
    return found


def _require_username(username: str) -> None:
    if _USERNAME.fullmatch(username) is None:
        raise DomainError("用户名应为4至32位字母、数字或下划线，并以字母开头。")
    with unscoped(Reason.UNIQUENESS):
        taken = db.session.scalar(
            select(1).where(Administrator.username_folded == fold_username(username))
        )
    if taken is not None:
        raise DomainError(USERNAME_TAKEN)


def checked_values(
    checks: FieldChecks, data: AdministratorInput, administrator: Administrator | None = None
) -> dict[str, object]:
    """Return the cleaned values of an account by column; what is wrong is noted in ``checks``.

    Who signs in by SMS needs a phone; without ``administrator`` the account is a new one.
    """
    values: dict[str, object] = {
        "full_name": checks.identifier(
            "full_name",
            data.full_name,
            Administrator.full_name,
            identifiers.check_person_name,
            required=True,
        ),
        "auth_method": data.auth_method,
        "role": data.role,
        "is_enabled": data.is_enabled,
    }
    if data.phone is not None:
        values["phone"] = checks.identifier(
            "phone", data.phone, Administrator.phone, identifiers.check_mobile
        )
    if data.email is not None:
        values["email"] = checks.identifier("email", data.email, Administrator.email, _check_email)
    phone = values.get("phone", administrator.phone if administrator is not None else None)
    if data.auth_method is AuthMethod.PASSWORD_SMS and not phone:
        checks.fail("phone", "认证类型为“用户名密码+手机验证码”时，请填写手机号。")
    return values


def _check_email(value: str) -> Checked:
    text = identifiers.check_text(value, label="邮箱", max_length=_LONGEST_EMAIL).value
    if not text.isascii() or _EMAIL.fullmatch(text) is None:
        message = "邮箱格式不正确，应形如 name@example.com，请核对。"
        raise InvalidIdentifierError(message)
    return Checked(text)
