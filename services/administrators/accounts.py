"""新增, 修改, 停用, 删除: the accounts of a node, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError

from extensions import db
from models import AccountRole, Administrator, utc_now
from services import (
    audit,
    form_keys,
    notices,
    one_time_codes,
    passwords,
    reachability,
    roles,
)
from services.administrators.handing_out import begin_anew, handed_out_until, leave_password
from services.administrators.inputs import (
    check_role,
    checked_values,
    chosen_institution,
    require_same,
)
from services.administrators.managing import require_manageable
from services.administrators.opening import begins_anew, check_opened
from services.administrators.usernames import (
    NAME_TWICE,
    USERNAME_TAKEN,
    propose_username,
    require_username,
)
from services.audit import AuditTag
from services.errors import FieldErrors
from services.fields import FieldChecks
from services.permissions import Permission
from services.saving import check_version, saving
from services.sessions import end_sessions_of

if TYPE_CHECKING:
    from services.actor import Actor
    from services.administrators.inputs import AdministratorInput

OWN_PHONE: Final = "本人的手机号请在“安全设置”中更换，须验证密码和新手机号。"
OWN_METHOD: Final = "不能修改本人的认证类型，请由上级机构或本机构其他操作员修改。"
#: How often a proposed name is drawn anew when others take it at the same moment.
_TRIES: Final = 5


def create(actor: Actor, data: AdministratorInput) -> Administrator:
    """Add an account to a node of the actor's scope; its one-time password waits for the actor.

    It does so for those who may hand it out; else the account waits for one of them. The password
    is collected once (``password_handover``), is dead after seven days and must be changed at the
    first sign-in. The same form sent a second time gives the account of the first
    time. Raises ``FieldErrors`` with all that is wrong.
    """
    actor.require(Permission.ADMINISTRATOR_WRITE)
    earlier = form_keys.sent_before(Administrator, data.form_key)
    checks = FieldChecks()
    institution = chosen_institution(checks, actor, data)
    values = checked_values(checks, data)
    check_opened(checks, actor, None, data)
    typed = data.username.strip()
    if earlier is not None:
        checks.finish()
        require_same(earlier, data, typed, values)
        return earlier
    if typed:
        checks.rule("username", lambda: require_username(typed))
    elif institution is not None:
        checks.rule("username", lambda: propose_username(institution))
    checks.finish()
    assert institution is not None
    password = passwords.one_time_password()
    password_hash = passwords.hash_password(password)
    for tries_left in range(_TRIES, 0, -1):
        try:
            with (
                saving(roles.HOLDS_TWO, FieldErrors({"phone": roles.HOLDS_TWO_SENTENCE})),
                saving(NAME_TWICE, FieldErrors({"username": USERNAME_TAKEN})),
            ):
                administrator = Administrator(
                    institution=institution,
                    username=typed or propose_username(institution),
                    password_hash=password_hash,
                    must_change_password=True,
                    initial_password_until=handed_out_until(actor),
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
    leave_password(actor, administrator, password)
    audit.record(actor, AuditTag.ADMINISTRATOR_CREATE, administrator, changes=changes)
    return administrator


def update(
    actor: Actor, administrator: Administrator, data: AdministratorInput, expected_version: int
) -> bool:
    """Change an account; institution and user name stay, since the name tells the institution.

    An empty phone leaves the bound one as it is: taking it away is ``unbind``. Disabling the
    account, or changing how it proves who it is or what it may do, ends its sessions. With some
    changes of the role it begins anew (``opening``); returns whether that is so. Raises
    ``FieldErrors`` with all that is wrong.
    """
    require_manageable(actor, administrator)
    check_version(administrator, expected_version)
    checks = FieldChecks()
    if str(data.institution_id) != str(administrator.institution_id):
        checks.fail("institution_id", "用户不能转到其他机构；请删除后在新机构重新新增。")
    typed = data.username.strip()
    if typed and typed != administrator.username:
        checks.fail("username", "用户名不能修改。")
    values = checked_values(checks, data, administrator)
    _check_own(checks, actor, administrator, data)
    check_opened(checks, actor, administrator, data)
    if data.role is not administrator.role:
        check_role(checks, actor, administrator.institution, data)
    _check_reachable(checks, actor, administrator, data)
    checks.finish()
    is_anew = begins_anew(actor, administrator.role, data.role)
    former_phone = administrator.phone
    with saving(roles.HOLDS_TWO, FieldErrors({"phone": roles.HOLDS_TWO_SENTENCE})):
        for name, value in values.items():
            setattr(administrator, name, value)
        changed = {
            name
            for name in ("phone_index", "auth_method", "role", "is_enabled")
            if db.inspect(administrator).attrs[name].history.has_changes()
        }
        changes = audit.changes_of(administrator)
    if not changes:
        return False
    if changed:
        end_sessions_of(administrator)
    if "phone_index" in changed:
        one_time_codes.void(administrator.id)
        notices.phone_replaced(administrator, former_phone)
    audit.record(actor, AuditTag.ADMINISTRATOR_UPDATE, administrator, changes=changes)
    if is_anew:
        begin_anew(actor, administrator, keeps_phone="phone_index" in changed)
    return is_anew


def delete(actor: Actor, administrator: Administrator) -> None:
    """Delete an account: it cannot sign in again; the row and its user name stay for the record."""
    require_manageable(actor, administrator, not_oneself="删除")
    reachability.require_another_account(actor, administrator)
    with saving():
        administrator.deleted_at = utc_now()
        administrator.is_enabled = False
    end_sessions_of(administrator)
    audit.record(actor, AuditTag.ADMINISTRATOR_DELETE, administrator)


def _check_own(
    checks: FieldChecks, actor: Actor, administrator: Administrator, data: AdministratorInput
) -> None:
    """Note what nobody does to the own account."""
    if administrator.id != actor.administrator_id:
        return
    if not data.is_enabled:
        checks.fail_denied("is_enabled", "不能停用本人的账号。")
    if data.role is not administrator.role:
        checks.fail_denied("role", "不能修改本人的角色。")
    # An open session is no proof: the owner shows password and code in 安全设置.
    if data.phone is not None and data.phone.strip():
        checks.fail_denied("phone", OWN_PHONE)
    if data.auth_method is not administrator.auth_method:
        checks.fail_denied("auth_method", OWN_METHOD)


def _check_reachable(
    checks: FieldChecks, actor: Actor, administrator: Administrator, data: AdministratorInput
) -> None:
    """Note when a change would leave the node without an account that its superior can reach."""
    was_at_work = administrator.is_enabled and administrator.role is AccountRole.OPERATOR
    field = "is_enabled" if not data.is_enabled else "role"
    if was_at_work and not (data.is_enabled and data.role is AccountRole.OPERATOR):
        checks.rule(field, lambda: reachability.require_another_account(actor, administrator))
