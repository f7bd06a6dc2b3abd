"""Second factors of an account: which it has, and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from extensions import db
from models import (
    Administrator,
    AuthMethod,
    KeyChallenge,
    RecoveryCode,
    SecurityKey,
    TotpSecret,
)
from services import auth_methods
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True)
class Factors:
    """What an account can show besides its password."""

    has_phone: bool
    has_totp: bool
    keys: int
    recovery_codes: int

    def has(self, method: AuthMethod) -> bool:
        """Whether the account has what ``method`` asks for."""
        return {
            AuthMethod.PASSWORD: True,
            AuthMethod.PASSWORD_SMS: self.has_phone,
            AuthMethod.PASSWORD_TOTP: self.has_totp,
            AuthMethod.PASSWORD_USBKEY: self.keys > 0,
        }[method]

    def suffice(self, required: AuthMethod) -> bool:
        """Whether the account can show ``required`` or something stronger."""
        return any(
            self.has(method) for method in AuthMethod if method.strength >= required.strength
        )

    @property
    def strongest(self) -> AuthMethod:
        """Return the most that the account can show on this installation."""
        return AuthMethod.stronger(*filter(self.has, auth_methods.choosable()))

    def offered(self, required: AuthMethod) -> list[AuthMethod]:
        """Return what the page after the password may ask for instead of an SMS, strongest last."""
        return [
            method
            for method in (AuthMethod.PASSWORD_TOTP, AuthMethod.PASSWORD_USBKEY)
            if method.strength >= required.strength and self.has(method)
        ]


def of(administrator_id: int) -> Factors:
    """Return the factors of an account."""
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        row = db.session.execute(
            select(
                Administrator.phone_index.is_not(None),
                select(TotpSecret.administrator_id)
                .where(
                    TotpSecret.administrator_id == administrator_id,
                    TotpSecret.confirmed_at.is_not(None),
                )
                .exists(),
                _number_of(SecurityKey, SecurityKey.administrator_id == administrator_id),
                _number_of(
                    RecoveryCode,
                    RecoveryCode.administrator_id == administrator_id,
                    RecoveryCode.used_at.is_(None),
                ),
            ).where(Administrator.id == administrator_id)
        ).one()
    return Factors(*row)


def forget_all(administrator_id: int) -> None:
    """Take apps, keys and recovery codes from an account, such as when its owner has lost them."""
    for model in (TotpSecret, SecurityKey, RecoveryCode, KeyChallenge):
        db.session.execute(
            delete(model).where(model.administrator_id == administrator_id),
            execution_options={"synchronize_session": False},
        )


def _number_of(model: type[Any], *conditions: Any) -> Any:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()
