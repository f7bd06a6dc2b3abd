"""One way in which an endpoint is used, and short ways to write the usual ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tests.harness import forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.oracle import Thing, Who
    from tests.harness.runner import Form
    from tests.harness.world import World

READ: Final = frozenset({200})
DONE: Final = frozenset({200, 302, 303})


@dataclass(frozen=True)
class Use:
    """One way in which an endpoint is used.

    ``path`` and the values of the form may hold ``{key}`` (the key of the object in question),
    ``{node}`` (of the institution to which it belongs), ``{own}`` (of the asker's institution),
    ``{child}`` (of an institution below the asker).
    """

    endpoint: str
    #: What the oracle is asked.
    act: str
    path: str
    #: The kind of objects on which it acts.
    kind: str | None = None
    #: Fills the form in; without one it is a GET.
    form: Callable[[World, Who, Any], Form] | None = None
    #: Which texts of others may show: the names of those ``above``, of ``places`` where trials were
    #: served, ``every name``; of the ``trail``, the offices above that acted here; what lies in the
    #: ``bin``; printed ``codes``.
    shows: frozenset[str] = frozenset()
    #: Tables that it changes when it is done.
    changes: frozenset[str] = frozenset()
    #: Tables in which even a refusal leaves something, such as a counted failure.
    leaves: frozenset[str] = frozenset()
    statuses: frozenset[int] = READ
    #: A field of the form names the object, not the address: a refusal may be the form again.
    is_reference: bool = False
    #: It changes other rows of the same table, too.
    spreads: bool = False
    #: It leaves an entry in the trail.
    is_recorded: bool = False
    #: It takes long: a few objects of each asker suffice.
    is_costly: bool = False
    #: A POST that leads to a page and does nothing else.
    leads_on: bool = False
    #: Whom and what it suits.
    suits: Callable[[World, Who, Thing | None], bool] = field(default=lambda *_: True)

    def is_keyed(self, world: World, who: Who, thing: Thing | None) -> bool:
        """Whether the request names an object by a key."""
        path, form = self.request(world, who, thing, "{key}")
        return quote("{key}", safe="") in path or "{key}" in (form or {}).values()

    @property
    def is_action(self) -> bool:
        """Whether it is a button of a toolbar, which acts on chosen rows."""
        return self.endpoint.endswith(".action_view")

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.form is None else "POST"

    def request(
        self, world: World, who: Who, thing: Thing | None, key: object = None
    ) -> tuple[str, Form | None]:
        """Return address and form for ``thing``, or for ``key`` in its place."""
        child = forms.child_of(world, who)
        found = key if key is not None or thing is None else thing.key
        values = {
            "{key}": str(found),
            "{node}": str(world.keys[thing.node.name]) if thing else "",
            "{own}": str(world.key_of(who)),
            "{child}": str(child.key) if child else "",
        }
        path = self.path
        for name, value in values.items():
            path = path.replace(name, quote(value, safe=""))
        if self.form is None:
            return path, None
        filled = self.form(world, who, thing)
        return path, {
            name: values.get(value, value) if isinstance(value, str) else value
            for name, value in filled.items()
        }


def grid(
    name: str, *opened: str, shows: frozenset[str] = frozenset(), lists: str | None = None
) -> list[Use]:
    """Return the uses of an ordinary grid: its list, and all the rest closed to everybody.

    ``opened`` names the other routes that the screen offers; they need uses of their own.
    """
    address = _address(name)
    closed = {
        "create_view": ("new/", "GET POST"),
        "edit_view": ("edit/?id=1", "GET POST"),
        "details_view": ("details/?id=1", "GET"),
        "delete_view": ("delete/", "POST"),
        "action_view": ("action/", "POST"),
        "ajax_lookup": ("ajax/lookup/?name=institution&query=a", "GET"),
        "ajax_update": ("ajax/update/", "POST"),
        "export": ("export/xlsx/", "GET"),
    }
    uses = [
        Use(f"{name}.index_view", lists or f"{name}:list", address, shows=shows),
        # A number of a person is looked for by a POST, which leads to the list of what it found.
        Use(
            f"{name}.index_view",
            lists or f"{name}:list",
            address,
            form=forms.fixed(search="13800138000"),
            shows=shows,
            statuses=frozenset({303}),
            leads_on=True,
        ),
        # What an account has chosen for a grid is its own affair, and leaves no entry.
        Use(
            f"{name}.preferences",
            "account:grid",
            address + "preferences/",
            form=forms.fixed(act="remember", query="page_size=50&sort=1"),
            changes=frozenset({"grid_preferences"}),
            statuses=frozenset({204}),
        ),
    ]
    for route, (path, methods) in closed.items():
        if route in opened:
            continue
        for method in methods.split():
            form = forms.fixed(id="1", rowid="1", action="delete") if method == "POST" else None
            uses.append(Use(f"{name}.{route}", "nobody", address + path, form=form))
    return uses


def post(endpoint: str, act: str, path: str, form: Any, *changes: str, **more: Any) -> Use:
    """Return a POST that changes ``changes`` and leaves an entry."""
    return Use(
        endpoint,
        act,
        path,
        form=form,
        changes=frozenset(changes),
        statuses=DONE,
        is_recorded=True,
        **more,
    )


def toolbar(screen: str, kind: str, name: str, act: str, *changes: str, **more: Any) -> Use:
    """Return the use of a toolbar's action."""
    form = forms.action(name, reason=more.pop("reason", ""))
    path = f"{_address(screen)}action/"
    return post(f"{screen}.action_view", act, path, form, *changes, kind=kind, **more)


def _address(screen: str) -> str:
    return f"/admin/{screen.replace('_', '-')}/"
