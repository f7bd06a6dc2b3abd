"""What a session must do before anything else: bind the missing factor, choose a password.

A session that has shown less than its account is required to show can do nothing but bind what is
missing. A one-time password handed out by the superior opens such a session, and so does a policy
that was raised since the account last signed in. The factor is bound first and the password changed
last, so that a session that is broken off begins again with the same one-time password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models import AuthMethod, utc_now
from models.base import LabelledEnum
from services import auth_methods, outbox
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


_BINDING: Final = {
    AuthMethod.PASSWORD_SMS: Step.BIND_PHONE,
    AuthMethod.PASSWORD_TOTP: Step.REGISTER_TOTP,
    AuthMethod.PASSWORD_USBKEY: Step.REGISTER_KEY,
}
#: The steps that bind a factor, and by which 认证类型 it is shown.
BINDING_STEPS: Final = {step: method for method, step in _BINDING.items()}


def shown_first(
    who: Any, kind: InstitutionKind, policy: Policy, found: Factors
) -> AuthMethod | None:
    """Return what an account must show to be let in; ``None`` when only its superior can help.

    ``who`` is the bundle of ``sessions.ACCOUNT``, ``found`` its factors. Whoever has what is
    required shows it. Whoever lacks it shows the most that the account has, and binds the rest
    before anything else: an app or a key, once registered, is never passed by. With a password of
    one's own that must be no less than the account's own 认证类型, since a stolen password would
    bind the thief's phone otherwise; only what the policy asks for beyond it is bound in this way.
    """
    required = policy.required(who.auth_method, kind)
    if found.suffice(required):
        return required
    strongest = found.strongest
    if who.must_change_password:
        # The phone of an account that nobody has used yet was entered by somebody else.
        return strongest if found.has_totp or found.keys else AuthMethod.PASSWORD
    own = auth_methods.effective(who.auth_method)
    return strongest if strongest.strength >= own.strength else None


def step_of(who: Any, kind: InstitutionKind, policy: Policy, shown: AuthMethod) -> Step | None:
    """Return the next step of a session that has ``shown`` something, if there is any."""
    required = policy.required(who.auth_method, kind)
    if shown.strength < required.strength:
        return _BINDING[required]
    if who.must_change_password:
        # Where no SMS are sent no phone can prove itself; nobody is kept out for that.
        binds = who.must_bind_phone and outbox.has_gateway()
        return Step.BIND_PHONE if binds else Step.INITIAL_PASSWORD
    is_expired = _has_expired(who.password_changed_at, policy.password_profile)
    return Step.EXPIRED_PASSWORD if is_expired else None


def _has_expired(changed_at: dt.datetime | None, profile: PasswordProfile) -> bool:
    lasts = RULES[profile].lasts
    return lasts is not None and (changed_at is None or changed_at + lasts <= utc_now())
