"""How each route is used: the harness asks every one of these of everybody.

A new route of a screen needs a ``Use`` here; for a grid that only lists, ``*grid("name")`` is all.
"""

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

_READ: Final = frozenset({200})
_DONE: Final = frozenset({200, 302, 303})


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
    #: served, ``every name``; the accounts of ``superiors`` who acted here; printed ``codes``.
    shows: frozenset[str] = frozenset()
    #: Tables that it changes when it is done.
    changes: frozenset[str] = frozenset()
    #: Tables in which even a refusal leaves something, such as a counted failure.
    leaves: frozenset[str] = frozenset()
    statuses: frozenset[int] = _READ
    #: A field of the form names the object, not the address: a refusal may be the form again.
    is_reference: bool = False
    #: It changes other rows of the same table, too.
    spreads: bool = False
    #: It leaves an entry in the trail.
    is_recorded: bool = False
    #: It takes long: a few objects of each asker suffice.
    is_costly: bool = False
    #: Whom and what it suits.
    suits: Callable[[World, Who, Thing | None], bool] = field(default=lambda *_: True)

    def is_keyed(self, world: World, who: Who, thing: Thing | None) -> bool:
        """Whether the request names an object by a key."""
        path, form = self.request(world, who, thing, "{key}")
        return quote("{key}", safe="") in path or "{key}" in (form or {}).values()

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


def grid(name: str, *opened: str, shows: frozenset[str] = frozenset()) -> list[Use]:
    """Return the uses of an ordinary grid: its list, and all the rest closed to everybody.

    ``opened`` names the other routes that the screen offers; they need uses of their own.
    """
    address = f"/admin/{name}/"
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
    uses = [Use(f"{name}.index_view", f"{name}:list", address, shows=shows)]
    for route, (path, methods) in closed.items():
        if route in opened:
            continue
        for method in methods.split():
            form = forms.fixed(id="1", rowid="1", action="delete") if method == "POST" else None
            uses.append(Use(f"{name}.{route}", "nobody", address + path, form=form))
    return uses


def _post(endpoint: str, act: str, path: str, form: Any, *changes: str, **more: Any) -> Use:
    """Return a POST that changes ``changes`` and leaves an entry."""
    return Use(
        endpoint,
        act,
        path,
        form=form,
        changes=frozenset(changes),
        statuses=_DONE,
        is_recorded=True,
        **more,
    )


def _toolbar(screen: str, kind: str, name: str, act: str, *changes: str, **more: Any) -> Use:
    """Return the use of a toolbar's action."""
    form = forms.action(name, reason=more.pop("reason", ""))
    path = f"/admin/{screen}/action/"
    return _post(f"{screen}.action_view", act, path, form, *changes, kind=kind, **more)


_ABOVE: Final = frozenset({"above"})
_PLACES: Final = frozenset({"places"})
_I: Final = "/admin/institutions/"
_M: Final = "/admin/my-institution/"
_C: Final = "/admin/certificates/"
_R: Final = "/admin/rosters/"
_WITH_FORMER: Final = ("institutions", "former_names")


def _has_child(world: World, who: Who, thing: Thing | None) -> bool:
    child = forms.child_of(world, who)
    return child is not None and (thing is None or thing.key != child.key)


def _is_own(_world: World, who: Who, thing: Thing | None) -> bool:
    return thing is not None and who.node in {None, thing.node}


INSTITUTIONS: Final = [
    *grid(
        "institutions",
        "create_view",
        "edit_view",
        "details_view",
        "action_view",
        "ajax_lookup",
        "export",
        shows=_ABOVE,
    ),
    Use("institutions.index_view", "institution:list", _I + "?search=CN&locked=open"),
    Use("institutions.create_view", "institution:new", _I + "new/"),
    _post(
        "institutions.create_view",
        "institution:new below",
        _I + "new/",
        forms.new_institution,
        "institutions",
        kind="institution",
        is_reference=True,
    ),
    Use(
        "institutions.edit_view",
        "institution:read",
        _I + "edit/?id={key}",
        "institution",
        shows=_ABOVE,
    ),
    _post(
        "institutions.edit_view",
        "institution:write",
        _I + "edit/?id={key}",
        forms.institution,
        "institutions",
        kind="institution",
    ),
    _post(
        "institutions.edit_view",
        "institution:move below",
        _I + "edit/?id={child}",
        forms.moved_institution,
        *_WITH_FORMER,
        kind="institution",
        is_reference=True,
        suits=_has_child,
    ),
    *(
        Use(
            "institutions.details_view",
            "institution:read",
            _I + "details/?id={key}&tab=" + tab,
            "institution",
            shows=_ABOVE,
        )
        for tab in ("basic", "former", "licences")
    ),
    _post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={key}",
        forms.details,
        "institutions",
        kind="institution",
    ),
    _post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={key}&tab=former",
        forms.new_former_name,
        "former_names",
        kind="institution",
    ),
    _post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={node}&tab=former",
        forms.former_name_to_delete,
        "former_names",
        kind="former_name",
    ),
    _post(
        "institutions.details_view",
        "record:write own",
        _I + "details/?id={own}&tab=former",
        forms.former_name_to_delete,
        "former_names",
        kind="former_name",
    ),
    _toolbar("institutions", "institution", "delete", "institution:delete", *_WITH_FORMER),
    _toolbar("institutions", "institution", "lock", "institution:lock", "institutions"),
    Use(
        "institutions.export",
        "institution:list",
        _I + "export/xlsx/",
        shows=_ABOVE,
        is_recorded=True,
    ),
    Use("institutions.ajax_lookup", "institution:list", _I + "ajax/lookup/?query=CN"),
    Use("institutions.names", "names", _I + "names/?query=CN", shows=frozenset({"every name"})),
]

MY_INSTITUTION: Final = [
    *(
        Use("my_institution.index", "institution:own", _M + "?tab=" + tab, shows=_ABOVE)
        for tab in ("basic", "former", "licences")
    ),
    _post(
        "my_institution.index",
        "record:write",
        _M,
        forms.details,
        "institutions",
        kind="institution",
        suits=_is_own,
    ),
    _post(
        "my_institution.index",
        "record:write",
        _M + "?tab=former",
        forms.new_former_name,
        "former_names",
        kind="institution",
        suits=_is_own,
    ),
    _post(
        "my_institution.index",
        "record:write own",
        _M + "?tab=former",
        forms.former_name_to_delete,
        "former_names",
        kind="former_name",
    ),
]

ACCOUNTS: Final = [
    *grid("administrators", "create_view", "edit_view", "action_view"),
    Use(
        "administrators.index_view", "account:list", "/admin/administrators/?search=CN&enabled=yes"
    ),
    Use(
        "administrators.index_view",
        "institution:read",
        "/admin/administrators/?institution={key}",
        "institution",
    ),
    Use(
        "administrators.create_view",
        "institution:read",
        "/admin/administrators/new/?institution={key}",
        "institution",
    ),
    _post(
        "administrators.create_view",
        "account:new at",
        "/admin/administrators/new/",
        forms.new_account,
        "administrators",
        kind="institution",
        is_reference=True,
    ),
    Use(
        "administrators.edit_view",
        "account:read",
        "/admin/administrators/edit/?id={key}",
        "account",
    ),
    _post(
        "administrators.edit_view",
        "account:write",
        "/admin/administrators/edit/?id={key}",
        forms.account,
        "administrators",
        "sign_in_sessions",
        kind="account",
    ),
    _toolbar(
        "administrators", "account", "reset", "account:reset", "administrators", "sign_in_sessions"
    ),
    _toolbar(
        "administrators",
        "account",
        "unbind",
        "account:unbind",
        "administrators",
        "sign_in_sessions",
    ),
    _toolbar(
        "administrators",
        "account",
        "delete",
        "account:delete",
        "administrators",
        "sign_in_sessions",
    ),
]

LICENCES: Final = [
    *grid("licences", "create_view", "edit_view", "action_view"),
    Use("licences.index_view", "licence:list", "/admin/licences/?search=CN&in_use=yes"),
    Use(
        "licences.index_view",
        "institution:read",
        "/admin/licences/?institution={key}",
        "institution",
    ),
    Use(
        "licences.create_view",
        "institution:read",
        "/admin/licences/new/?institution={key}",
        "institution",
    ),
    _post(
        "licences.create_view",
        "licence:new",
        "/admin/licences/new/",
        forms.new_licence,
        "licences",
        "licence_departments",
        kind="institution",
        is_reference=True,
    ),
    Use("licences.edit_view", "licence:read", "/admin/licences/edit/?id={key}", "licence"),
    _post(
        "licences.edit_view",
        "licence:write",
        "/admin/licences/edit/?id={key}",
        forms.licence,
        "licences",
        "licence_departments",
        kind="licence",
    ),
    _toolbar("licences", "licence", "use", "licence:use", "licences", spreads=True),
    _toolbar("licences", "licence", "use_expired", "licence:use", "licences", spreads=True),
    _toolbar("licences", "licence", "delete", "licence:delete", "licences", "licence_departments"),
]

CERTIFICATES: Final = [
    *grid("certificates", "create_view", "edit_view", "action_view", "export"),
    Use("certificates.index_view", "certificate:list", _C + "?search=CN&year=2018"),
    Use("certificates.create_view", "certificate:new", _C + "new/"),
    _post(
        "certificates.create_view",
        "certificate:new",
        _C + "new/",
        forms.new_certificate,
        "trial_certificates",
        "trial_periods",
        "submission_codes",
    ),
    Use(
        "certificates.edit_view",
        "certificate:read",
        _C + "edit/?id={key}",
        "certificate",
        shows=_PLACES,
    ),
    _post(
        "certificates.edit_view",
        "certificate:write",
        _C + "edit/?id={key}",
        forms.certificate,
        "trial_certificates",
        "trial_periods",
        "submission_codes",
        kind="certificate",
        shows=_PLACES,
    ),
    _toolbar(
        "certificates",
        "certificate",
        "delete",
        "certificate:delete",
        "trial_certificates",
        "submission_codes",
    ),
    Use(
        "certificates.export",
        "certificate:list",
        _C + "export/xlsx/",
        shows=_PLACES,
        is_recorded=True,
    ),
    Use(
        "certificates.print_pdf",
        "certificate:read",
        _C + "{key}/print.pdf",
        "certificate",
        shows=_PLACES,
        is_recorded=True,
        is_costly=True,
    ),
]

_MOVES: Final = ("rosters", "trial_certificates", "roster_entries")
ROSTERS: Final = [
    *grid("rosters", "create_view", "details_view", "action_view", shows=_ABOVE),
    Use("rosters.index_view", "roster:list", _R + "?search=CN&state=submitted", shows=_ABOVE),
    Use("rosters.create_view", "roster:new", _R + "new/?year=2018"),
    _post(
        "rosters.create_view",
        "roster:make",
        _R + "new/",
        forms.new_roster,
        "rosters",
        "roster_entries",
        "counters",
        kind="certificate",
        is_reference=True,
    ),
    Use("rosters.details_view", "roster:read", _R + "details/?id={key}", "roster", shows=_ABOVE),
    _toolbar("rosters", "roster", "print", "roster:print", *_MOVES),
    _toolbar("rosters", "roster", "submit", "roster:submit", *_MOVES, shows=_ABOVE),
    _toolbar("rosters", "roster", "remake", "roster:remake", *_MOVES, "counters", spreads=True),
    _toolbar("rosters", "roster", "void", "roster:void", *_MOVES),
    _toolbar("rosters", "roster", "file", "roster:file", *_MOVES),
    _toolbar("rosters", "roster", "return", "roster:return", *_MOVES, reason="请更正第1行"),
    Use(
        "rosters.print_pdf",
        "roster:read",
        _R + "{key}/print.pdf",
        "roster",
        shows=_ABOVE,
        is_recorded=True,
        is_costly=True,
    ),
    Use(
        "rosters.workbook",
        "roster:read",
        _R + "{key}/roster.xlsx",
        "roster",
        shows=_ABOVE,
        is_recorded=True,
        is_costly=True,
    ),
]

_JUNK: Final = {"username": "nobody-here", "password": "x", "captcha": "0000", "phone": "1"}
_COUNTED: Final = frozenset({"sign_in_throttles", "one_time_codes"})
AROUND: Final = [
    *grid("audit", shows=frozenset({"superiors", "places"})),
    Use("admin.index", "account:home", "/admin/", shows=_ABOVE),
    Use("root", "public", "/", statuses=frozenset({302})),
    Use("health.alive", "public", "/healthz"),
    Use("health.ready", "public", "/readyz"),
    Use("verification.form", "public", "/verify"),
    Use(
        "verification.check",
        "public",
        "/verify/{key}",
        "code",
        shows=frozenset({"every name", "codes"}),
    ),
    Use("sign_in.login", "public", "/login", statuses=frozenset({200, 302})),
    Use(
        "sign_in.login",
        "public",
        "/login",
        form=forms.fixed(**_JUNK),
        leaves=_COUNTED,
        statuses=frozenset({400, 401, 429}),
    ),
    Use("sign_in.captcha", "public", "/login/captcha.png"),
    Use(
        "sign_in.send_code",
        "public",
        "/login/sms",
        form=forms.fixed(**_JUNK),
        leaves=_COUNTED,
        statuses=frozenset({400, 401, 429}),
    ),
    Use("sign_in.change_password", "account:own", "/account/password"),
    Use(
        "sign_in.change_password",
        "account:own",
        "/account/password",
        form=forms.fixed(old_password="x", new_password="Abcdefgh-123", repeated="Abcdefgh-123"),
        leaves=_COUNTED,
        statuses=frozenset({400}),
    ),
    _post("sign_in.logout", "account:own", "/logout", forms.fixed(), "sign_in_sessions"),
]

#: Routes that hold nothing of anybody.
ASSETS: Final = {
    "static": "our own style sheets, scripts and fonts",
    "admin.static": "Flask-Admin's own files",
}

USES: Final[list[Use]] = [
    *INSTITUTIONS,
    *MY_INSTITUTION,
    *ACCOUNTS,
    *LICENCES,
    *CERTIFICATES,
    *ROSTERS,
    *AROUND,
]
