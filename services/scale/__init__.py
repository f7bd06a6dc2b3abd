"""Synthetic provinces of any size, bulk-loaded: for measurements and for trying out many records.

The names, codes and people are of the demo's kind: they pass every check and belong to nobody. The
same seed gives the same data.
"""

from __future__ import annotations

from services.demo import PASSWORD
from services.scale.loading import Counts, load_institutions
from services.scale.plan import Size

__all__ = ["PASSWORD", "Counts", "Size", "load_institutions"]
