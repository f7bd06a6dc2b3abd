"""How values are shown: the same in grids, pages, exports and the audit trail."""

from __future__ import annotations

from services.audit import shown as display
from services.masking import masked_email, masked_id_number, masked_phone

__all__ = ["display", "masked_email", "masked_id_number", "masked_phone"]
