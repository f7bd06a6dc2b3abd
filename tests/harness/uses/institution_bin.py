"""回收站: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness.use import grid, toolbar

USES: Final = [
    *grid("institution_bin", "action_view", shows=frozenset({"above", "bin"})),
    toolbar(
        "institution_bin",
        "binned",
        "restore",
        "institution:restore",
        "institutions",
        "former_names",
        # The parent counts its places.
        spreads=True,
    ),
]
