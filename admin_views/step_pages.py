"""Which page belongs to which step that a session must take before anything else."""

from __future__ import annotations

from typing import Final

from services.steps import Step

#: The page to which whoever has the step is led.
STEP_PAGES: Final = {
    Step.BIND_PHONE: "own_account.phone",
    Step.REGISTER_TOTP: "own_account.totp",
    Step.REGISTER_KEY: "own_account.keys",
    Step.INITIAL_PASSWORD: "sign_in.change_password",
    Step.EXPIRED_PASSWORD: "sign_in.change_password",
}
_ALWAYS: Final = frozenset({"sign_in.logout", "own_account.session"})
_MORE: Final = {Step.REGISTER_KEY: frozenset({"own_account.key_options"})}


def may_open(step: Step, endpoint: str) -> bool:
    """Whether a session that must take ``step`` may open ``endpoint`` meanwhile."""
    return endpoint in _ALWAYS | {STEP_PAGES[step]} | _MORE.get(step, frozenset())
