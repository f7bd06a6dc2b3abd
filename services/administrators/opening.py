"""What an account keeps when its role changes, and what only its operators may do to it.

One rule over the role before, the role after and the actor: what would open the account of an
operator or a reviewer, who see people's numbers, is for those who hand out its password. It holds
for an account that is theirs before or after the change, or else two changes would do what one may
not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services import auth_methods, roles, security_policy
from services.permissions import Permission

if TYPE_CHECKING:
    from models import AccountRole, Administrator, Institution
    from services.actor import Actor
    from services.administrators.inputs import AdministratorInput
    from services.fields import FieldChecks

NOT_HIS_PHONE: Final = (
    "系统管理员不填写操作员、审核员的手机号：由发放密码的操作员填写，或由用户本人首次登录时绑定。"
)
NOT_HIS_OPERATOR: Final = (
    "系统管理员不能将其他角色改为操作员或审核员；请新增账号，由操作员发放密码。"
)
NOT_HIS_ENABLING: Final = (
    "系统管理员不能重新启用操作员、审核员的账号，请由机构的操作员或其上级启用。"
)
NOT_HIS_LOWERING: Final = "系统管理员不能降低账号的登录要求，请由机构的操作员或其上级修改认证类型。"
TOO_WEAK: Final = "改为{role}的，认证类型不能低于安全策略要求的“{least}”。"


def check_opened(
    checks: FieldChecks,
    actor: Actor,
    administrator: Administrator | None,
    data: AdministratorInput,
) -> None:
    """Note what would open an account that sees people, without one who hands out its password.

    Whoever hands out none (系统管理员) would have it sent to a phone of his own, make an operator
    of an account whose password he knows, or open one again that somebody's old password fits. He
    lowers no account's 认证类型: an auditor may become an operator again.
    """
    before = administrator.role if administrator is not None else data.role
    sees_people = bool(roles.insight(before) or roles.insight(data.role))
    if administrator is not None and _rises(before, data.role):
        _check_strength(checks, administrator.institution, data)
    if _hands_out(actor):
        return
    if sees_people and (data.phone or "").strip():
        checks.fail_denied("phone", NOT_HIS_PHONE)
    if administrator is None:
        return
    if _rises(before, data.role):
        checks.fail_denied("role", NOT_HIS_OPERATOR)
    is_enabled_again = data.is_enabled and not administrator.is_enabled
    if sees_people and is_enabled_again:
        checks.fail_denied("is_enabled", NOT_HIS_ENABLING)
    if data.auth_method.strength < administrator.auth_method.strength:
        checks.fail_denied("auth_method", NOT_HIS_LOWERING)


def begins_anew(actor: Actor, before: AccountRole, after: AccountRole) -> bool:
    """Whether an account whose role changes keeps nothing by which its owner signed in.

    So it is for whoever becomes an operator or a reviewer, and for one of them whom somebody makes
    something less who hands out no password: with the former one the account would be out of sight
    of its own people, and at work.
    """
    return _rises(before, after) or (_rises(after, before) and not _hands_out(actor))


def _rises(before: AccountRole, after: AccountRole) -> bool:
    """Whether an account sees more of people afterwards."""
    return roles.insight(after) > roles.insight(before)


def _check_strength(
    checks: FieldChecks, institution: Institution, data: AdministratorInput
) -> None:
    """The policy holds at every sign-in; who sees people has it in the own account as well."""
    chosen = auth_methods.effective(data.auth_method)
    least = security_policy.current().required(data.auth_method, institution.kind)
    if chosen.strength < least.strength:
        checks.fail("auth_method", TOO_WEAK.format(role=data.role.label, least=least.label))


def _hands_out(actor: Actor) -> bool:
    return actor.may(Permission.ADMINISTRATOR_ISSUE)
