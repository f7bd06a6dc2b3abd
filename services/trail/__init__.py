"""The audit trail as a chain: sealing, anchoring, checking, clearing and reading its entries.

``services.audit`` records acts; this package keeps what was recorded.
"""

from __future__ import annotations

# Importing it puts the listeners in place that write entries with the commit.
from services.trail import pending

__all__ = ["pending"]
