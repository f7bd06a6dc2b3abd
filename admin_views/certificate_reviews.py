"""Reviews on site on the page of their certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin_views.identity import require_actor
from services import reviews

if TYPE_CHECKING:
    from models import TrialCertificate


def reviews_about(row: TrialCertificate | None) -> dict[str, Any]:
    """Return the reviews of a certificate for ``admin/certificate_reviews.html``."""
    return {"reviews": reviews.of_certificate(require_actor(), row) if row is not None else []}
