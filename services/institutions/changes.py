"""Changes of an institution's record as its history tells them: names instead of codes and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.audit import said
from services.institutions.field_rules import FIELDS, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Institution
    from services.audit import Change
    from services.reference import CodeTables

#: Its place in the tree and the text by which it is found tell nobody anything.
_NOT_TOLD: Final = frozenset({"机构层级", "检索文本"})
_TABLES: Final = {one.label: one.table for one in FIELDS if one.table is not None}


def told(
    changes: Sequence[Change], codes: CodeTables, parent: Institution | None = None
) -> list[Change]:
    """Return the changes of a record (``audit.changes_of``) in the words of its screens.

    ``parent`` is whom a new institution reports to.
    """
    found = []
    for change in changes:
        label, new = change["label"], change["new"]
        table = _TABLES.get(label)
        if label in _NOT_TOLD:
            continue
        if table is not None:
            old, new = codes.name_of(table, change["old"]), codes.name_of(table, new)
            found.append({"label": label, "old": old, "new": new})
        elif parent is not None and label == rule("parent_id").label:
            found.append(said(label, parent.name))
        else:
            found.append(change)
    return found
