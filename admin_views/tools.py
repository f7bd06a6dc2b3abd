"""The toolbar over a grid: what each button needs, asks and does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask.typing import ResponseReturnValue

    from services.actor import Actor
    from services.permissions import Permission

Needs = Literal["none", "one", "some"]


@dataclass(frozen=True)
class Link:
    """A button that opens a page, for the selected row where it ``needs`` one."""

    label: str
    #: A route of the same screen (``edit_view``) or of another (``administrators.index_view``).
    endpoint: str
    permission: Permission
    needs: Needs = "none"
    #: The query argument that carries the key of the selected row.
    argument: str = "id"
    #: The list of the present filter is carried along: for exports.
    keeps_filter: bool = False
    #: Other query arguments of the list that are carried along.
    keeps: tuple[str, ...] = ()
    #: Arguments that are always given.
    given: tuple[tuple[str, str], ...] = ()
    #: Whoever holds this permission has a better button.
    unless: Permission | None = None
    #: What it is called in ``GridView.acts_on``, where it suits some rows only.
    act: str = ""
    kind: Literal["link"] = "link"


@dataclass(frozen=True)
class Action:
    """A button that acts on the selected rows by POST, after a dialog that names them."""

    name: str
    label: str
    permission: Permission
    perform: Callable[..., ResponseReturnValue | str | None]
    #: The question of the dialog; ``{rows}`` stands for the names of the selected rows.
    confirm: str
    needs: Needs = "one"
    #: The label of a reason that must be given, where one must.
    reason: str | None = None
    is_dangerous: bool = False
    #: The answer is a paper or a sheet for a window of its own.
    opens_window: bool = False
    kind: Literal["action"] = "action"


@dataclass(frozen=True)
class Switch:
    """One button for two acts: which of them is meant follows from the state of the picked rows.

    The browser sends the act that was meant, so that a state which has changed meanwhile is never
    turned back unseen.
    """

    label: str
    #: A word of ``GridView.row_state``.
    state: str
    #: The act for rows that are in the state, and the one for rows that are not.
    when_on: Action
    when_off: Action
    #: What is said when the picked rows differ; ``{on}`` and ``{off}`` name them.
    mixed: str
    kind: Literal["switch"] = "switch"

    @property
    def permission(self) -> Permission:
        """Return what both acts need."""
        return self.when_off.permission

    @property
    def needs(self) -> Needs:
        """Return how many rows must be picked."""
        return self.when_off.needs


Tool = Link | Action | Switch


def actions_of(tools: Iterable[Tool | None]) -> list[Action]:
    """Return all acts of a toolbar, those of switches included."""
    found: list[Action] = []
    for tool in tools:
        if isinstance(tool, Action):
            found.append(tool)
        elif isinstance(tool, Switch):
            found += [tool.when_on, tool.when_off]
    return found


def is_offered(tool: Tool, actor: Actor) -> bool:
    """Whether ``actor`` gets this button."""
    better = tool.unless if isinstance(tool, Link) else None
    return actor.may(tool.permission) and not (better is not None and actor.may(better))


def action(
    name: str,
    label: str,
    permission: Permission,
    *,
    confirm: str,
    needs: Needs = "one",
    reason: str | None = None,
    is_dangerous: bool = False,
    opens_window: bool = False,
) -> Callable[[Callable[..., ResponseReturnValue | str | None]], Action]:
    """Turn a method ``(view, actor, rows, reason)`` into a toolbar action.

    It returns the sentence to show, an answer of its own, or nothing; the caller commits.
    """

    def decorate(perform: Callable[..., Any]) -> Action:
        return Action(
            name=name,
            label=label,
            permission=permission,
            perform=perform,
            confirm=confirm,
            needs=needs,
            reason=reason,
            is_dangerous=is_dangerous,
            opens_window=opens_window,
        )

    return decorate
