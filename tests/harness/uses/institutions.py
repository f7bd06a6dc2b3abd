"""机构信息管理: how its routes are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.harness import forms
from tests.harness.use import DONE, Use, grid, post, toolbar

if TYPE_CHECKING:
    from tests.harness.oracle import Thing, Who
    from tests.harness.world import World

_ABOVE: Final = frozenset({"above"})
_I: Final = "/admin/institutions/"
_WITH_FORMER: Final = ("institutions", "former_names")


def _has_child(world: World, who: Who, thing: Thing | None) -> bool:
    child = forms.child_of(world, who)
    return child is not None and (thing is None or thing.key != child.key)


def _is_open(_world: World, _who: Who, thing: Thing | None) -> bool:
    """Whether the record is not locked: a form of it that is only shown is not refused then."""
    return thing is not None and not thing.node.is_locked


USES: Final = [
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
    Use(
        "institutions.index_view",
        "institution:list",
        _I + "?category=A&division=420000&level=0&level=3&licence=90&complete=no",
        shows=_ABOVE,
    ),
    *(
        Use(
            "institutions.index_view",
            "institution:narrow",
            _I + "?" + name + "={key}",
            "institution",
            shows=_ABOVE | {"line above"},
        )
        for name in ("within", "bureau")
    ),
    Use("institutions.tree", "institution:list", _I + "tree/"),
    Use("institutions.tree", "institution:read", _I + "tree/?above={key}", "institution"),
    Use("institutions.create_view", "institution:new", _I + "new/"),
    post(
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
    post(
        "institutions.edit_view",
        "institution:write",
        _I + "edit/?id={key}",
        forms.institution,
        "institutions",
        kind="institution",
    ),
    post(
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
    Use(
        "institutions.details_view",
        "institution:read",
        _I + "details/?id={key}&tab=history&page=0",
        "institution",
        shows=frozenset({"above", "trail"}),
    ),
    Use(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={node}&tab=former&former_name={key}",
        "former_name",
        shows=_ABOVE,
        suits=_is_open,
    ),
    Use(
        "institutions.check",
        "record:write",
        _I + "check/",
        "institution",
        form=forms.checked_field,
    ),
    Use(
        "institutions.check",
        "institution:move below",
        _I + "check/",
        "institution",
        form=forms.checked_parent,
        is_reference=True,
        suits=_has_child,
    ),
    post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={key}",
        forms.details,
        "institutions",
        kind="institution",
        # A refusal because of the lock is the form again.
        shows=_ABOVE,
    ),
    post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={key}&tab=former",
        forms.new_former_name,
        "former_names",
        kind="institution",
    ),
    post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={node}&tab=former",
        forms.former_name_to_delete,
        "former_names",
        kind="former_name",
    ),
    post(
        "institutions.details_view",
        "record:write",
        _I + "details/?id={node}&tab=former",
        forms.former_name,
        "former_names",
        kind="former_name",
    ),
    post(
        "institutions.details_view",
        "record:write own",
        _I + "details/?id={own}&tab=former",
        forms.former_name_to_delete,
        "former_names",
        kind="former_name",
    ),
    toolbar("institutions", "institution", "delete", "institution:delete", *_WITH_FORMER),
    Use(
        "institutions.action_view",
        "institution:read",
        _I + "action/",
        "institution",
        form=forms.action("open_accounts"),
        statuses=DONE,
        leads_on=True,
    ),
    Use(
        "institutions.account_table",
        "account:table",
        _I + "account-table.xlsx?locked=open",
        is_recorded=True,
    ),
    toolbar("institutions", "institution", "lock", "institution:lock", "institutions"),
    toolbar(
        "institutions",
        "institution",
        "unlock",
        "institution:unlock",
        "institutions",
        reason="地址有误，须更正",
    ),
    Use(
        "institutions.export",
        "institution:list",
        _I + "export/xlsx/",
        shows=_ABOVE,
        is_recorded=True,
    ),
    Use("institutions.ajax_lookup", "institution:find", _I + "ajax/lookup/?query=CN"),
    Use("institutions.ajax_lookup", "institution:find", _I + "ajax/lookup/?query=&kind=bureau"),
    Use("institutions.names", "names", _I + "names/?query=CN", shows=frozenset({"every name"})),
]
