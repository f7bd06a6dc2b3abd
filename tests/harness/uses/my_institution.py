"""本机构信息设置: how its routes are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.harness import forms
from tests.harness.use import Use, post

if TYPE_CHECKING:
    from tests.harness.oracle import Thing, Who
    from tests.harness.world import World

_ABOVE: Final = frozenset({"above"})
_M: Final = "/admin/my-institution/"


def _is_own(_world: World, who: Who, thing: Thing | None) -> bool:
    return thing is not None and who.node in {None, thing.node}


USES: Final = [
    *(
        Use("my_institution.index", "institution:own", _M + "?tab=" + tab, shows=_ABOVE)
        for tab in ("basic", "former", "licences")
    ),
    Use(
        "my_institution.index",
        "institution:own",
        _M + "?tab=history",
        shows=frozenset({"above", "trail"}),
    ),
    post(
        "my_institution.index",
        "record:write",
        _M,
        forms.details,
        "institutions",
        kind="institution",
        # A refusal because of the lock is the form again.
        shows=_ABOVE,
        suits=_is_own,
    ),
    post(
        "my_institution.index",
        "record:write",
        _M + "?tab=former",
        forms.new_former_name,
        "former_names",
        kind="institution",
        suits=_is_own,
    ),
    post(
        "my_institution.index",
        "record:write own",
        _M + "?tab=former",
        forms.former_name,
        "former_names",
        kind="former_name",
    ),
    post(
        "my_institution.index",
        "record:write own",
        _M + "?tab=former",
        forms.former_name_to_delete,
        "former_names",
        kind="former_name",
    ),
]
