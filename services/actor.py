"""The actor: who performs a use case, from which node, with which permissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.errors import NotAllowedError
from services.permissions import Permission, permissions_of

if TYPE_CHECKING:
    from models import (
        AccountRole,
        Administrator,
        AuthMethod,
        Institution,
        InstitutionKind,
    )
    from services.steps import Step


@dataclass(frozen=True)
class Actor:
    """An account at work. A value, not a row: it does not change while a request runs."""

    administrator_id: int
    username: str
    full_name: str
    institution_id: int
    institution_name: str
    path: str
    kind: InstitutionKind
    #: For showing the account its own place only: code asks for permissions.
    role: AccountRole
    auth_method: AuthMethod
    permissions: frozenset[Permission]
    session_id: int | None = None
    #: What this session must do before anything else.
    step: Step | None = None
    address: str = ""
    request_id: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the account holds ``permission``."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise ``NotAllowedError`` unless the account holds ``permission``."""
        if not self.may(permission):
            raise NotAllowedError

    def is_above(self, path: str) -> bool:
        """Whether ``path`` lies below the actor's own node, that node excluded."""
        return path.startswith(self.path) and path != self.path

    def is_at(self, path: str) -> bool:
        """Whether ``path`` is the actor's own node."""
        return path == self.path


def actor_of(
    administrator: Administrator,
    institution: Institution,
    *,
    session_id: int | None = None,
    step: Step | None = None,
    address: str = "",
    request_id: str = "",
) -> Actor:
    """Return the actor for an account at its institution, mapped or as rows of their columns."""
    return Actor(
        administrator_id=administrator.id,
        username=administrator.username,
        full_name=administrator.full_name,
        institution_id=institution.id,
        institution_name=institution.name,
        path=institution.path,
        kind=institution.kind,
        role=administrator.role,
        auth_method=administrator.auth_method,
        permissions=permissions_of(institution.kind, administrator.role),
        session_id=session_id,
        step=step,
        address=address,
        request_id=request_id,
    )
