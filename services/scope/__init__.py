"""The wall: every ORM statement and every write is held to the actor's part of the tree.

A session is bound to one actor's path (``bind``). With none bound, nothing is visible and nothing
can be written. Rows outside are not refused but absent, so that their existence does not show.
Opting out is explicit, names its reason (``unscoped``), and a test lists the places.
"""

from __future__ import annotations

# Importing these two puts the wall in place.
from services.scope import statements, writes
from services.scope.bounds import (
    EVERYWHERE,
    Reason,
    ancestors,
    bind,
    in_bin,
    path_column,
    replanting,
    subtree,
    unbind,
    unscoped,
)
from services.scope.errors import ScopeError
from services.scope.finding import count_visible, find, find_all, parse_key

__all__ = [
    "EVERYWHERE",
    "Reason",
    "ScopeError",
    "ancestors",
    "bind",
    "count_visible",
    "find",
    "find_all",
    "in_bin",
    "parse_key",
    "path_column",
    "replanting",
    "statements",
    "subtree",
    "unbind",
    "unscoped",
    "writes",
]
