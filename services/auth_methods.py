"""Which 认证类型 an installation can keep its word with: without a gateway no SMS arrives."""

from __future__ import annotations

from typing import Final

from models import AuthMethod
from services import outbox

NO_SMS: Final = "平台未开通短信，不能选择“用户名密码+手机验证码”，请另选认证类型。"


def choosable() -> list[AuthMethod]:
    """Return what may be chosen for an account or by the policy, from the weakest on."""
    return [method for method in AuthMethod if effective(method) is method]


def usual() -> AuthMethod:
    """Return what a new account gets unless something else is chosen: by SMS, as the notice asks.

    Without SMS an app on the phone takes its place.
    """
    return effective(AuthMethod.PASSWORD_SMS)


def effective(method: AuthMethod) -> AuthMethod:
    """Return what ``method`` comes to here: where no SMS is sent, an app has to be shown."""
    if method is AuthMethod.PASSWORD_SMS and not outbox.has_gateway():
        return AuthMethod.PASSWORD_TOTP
    return method
