"""What a session must do before anything else: bind the missing factor, choose a password.

A one-time password handed out by the superior opens such a session; the factor is bound first and
the password changed last, so that a session that is broken off begins again with the same password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models import AuthMethod, utc_now
from models.base import LabelledEnum
from services import factors
from services.password_rules import RULES

if TYPE_CHECKING:
    import datetime as dt

    from models import InstitutionKind, PasswordProfile
    from services.factors import Factors
    from services.security_policy import Policy


class Step(LabelledEnum):
    """What is still to be done."""

    BIND_PHONE = "bind_phone", "绑定手机号"
    REGISTER_TOTP = "register_totp", "登记动态口令"
    REGISTER_KEY = "register_key", "登记USBKEY"
    INITIAL_PASSWORD = "initial_password", "修改初始密码"
    EXPIRED_PASSWORD = "expired_password", "更换到期的密码"


_BINDING = {
    AuthMethod.PASSWORD_SMS: Step.BIND_PHONE,
    AuthMethod.PASSWORD_TOTP: Step.REGISTER_TOTP,
    AuthMethod.PASSWORD_USBKEY: Step.REGISTER_KEY,
}
#: The steps that bind a factor.
BINDING_STEPS: Final = frozenset(_BINDING.values())


def step_of(
    who: Any, kind: InstitutionKind, policy: Policy, found: Factors | None = None
) -> Step | None:
    """Return the next step of an account (the bundle ``who`` of ``sessions.ACCOUNT``), if any.

    ``found`` are its factors, where they are known; only a one-time password asks for them.
    """
    if not who.must_change_password:
        is_expired = _has_expired(who.password_changed_at, policy.password_profile)
        return Step.EXPIRED_PASSWORD if is_expired else None
    required = policy.required(who.auth_method, kind)
    if (found or factors.of(who.id)).suffice(required):
        return Step.INITIAL_PASSWORD
    return _BINDING[required]


def _has_expired(changed_at: dt.datetime | None, profile: PasswordProfile) -> bool:
    lasts = RULES[profile].lasts
    return lasts is not None and (changed_at is None or changed_at + lasts <= utc_now())
