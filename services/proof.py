"""What a completed sign-in has proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models import AuthMethod
    from services.actor import Actor


@dataclass(frozen=True)
class Proof:
    """Who signs in, and what was shown; ``sessions.open_session`` takes both."""

    actor: Actor
    method: AuthMethod
    #: A recovery code was shown in the place of the factor.
    by_recovery: bool = False
