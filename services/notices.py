"""Messages to the owner of an account about what others, or somebody in their name, have done."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from models import utc_now
from services import outbox

if TYPE_CHECKING:
    from models import Administrator

#: News that arrives a day late still helps.
_LASTS: Final = dt.timedelta(days=1)
_PURPOSE: Final = "notice"


def password_reset(administrator: Administrator) -> None:
    """Tell the owner that the superior has reset the password."""
    _tell(
        administrator.phone,
        f"账号{administrator.username}的密码已由管理机构重置。如非您本人申请，请立即联系管理机构。",
    )


def phone_replaced(administrator: Administrator, former: str | None) -> None:
    """Tell the owner of the former phone that it receives no codes any more."""
    _tell(
        former,
        f"账号{administrator.username}绑定的手机号已更换或解除。如非您本人操作，请立即联系管理机构。",
    )


def recovered(administrator: Administrator, former: str | None) -> None:
    """Tell the owner that whoever runs the platform has made the account accessible anew."""
    _tell(
        former,
        f"账号{administrator.username}已由平台运维人员重置密码并解除手机号等绑定。"
        "如非您本人申请，请立即联系省级管理机构。",
    )


def recovery_code_used(username: str, phone: str | None) -> None:
    """Tell the owner that somebody has signed in by one of the recovery codes."""
    _tell(
        phone,
        f"账号{username}刚刚使用恢复码登录。如非您本人操作，请立即联系管理机构重置密码。",
    )


def one_time_password(administrator: Administrator, password: str) -> None:
    """Send the owner the one-time password that the superior has just made."""
    outbox.queue(
        phone=administrator.phone or "",
        text=f"账号{administrator.username}的一次性密码{password}，7日内有效，首次登录须修改。",
        code=None,
        purpose="one_time_password",
        expires=utc_now() + _LASTS,
    )


def _tell(phone: str | None, text: str) -> None:
    if phone and outbox.has_gateway():
        outbox.queue(
            phone=phone, text=text, code=None, purpose=_PURPOSE, expires=utc_now() + _LASTS
        )
