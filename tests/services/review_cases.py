"""A bureau, its reviewer, and papers that were printed."""

from __future__ import annotations

import pytest

from models import AccountRole, Institution
from services import scope
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.services.verification_cases import edit, january, made, places, printed, tamper

__all__ = ["edit", "january", "made", "places", "printed", "reviewer", "tamper"]


@pytest.fixture
def reviewer(places):
    """A reviewer of the city, at work."""
    with unscoped(Reason.MAINTENANCE):
        city = scope.find(Institution, places.city.institution_id)
    actor = make_actor(city, role=AccountRole.REVIEWER, username="shenhe1", full_name="何审核")
    with acting(actor):
        yield actor
