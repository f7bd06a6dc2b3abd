"""Synthetic provinces of any size, bulk-loaded: for measurements and for trying out many records.

The names, codes and people are of the demo's kind: they pass every check and belong to nobody. The
same seed gives the same data.
"""

from __future__ import annotations

from services.demo import PASSWORD
from services.scale.loading import Counts, fill, load_institutions
from services.scale.plan import PEOPLE, PER_COUNTY, Size

__all__ = ["PASSWORD", "PEOPLE", "PER_COUNTY", "Counts", "Size", "fill", "load_institutions"]
