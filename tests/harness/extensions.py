"""The extensions of the small province: a closed year, and who has more days in it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from extensions import db
from models import Institution
from services import scope
from services.scope import Reason, unscoped
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.harness.oracle import Thing

if TYPE_CHECKING:
    from tests.harness.world import World

#: The year before that of all else, closed a year ago.
CLOSED_YEAR: Final = 2017
_CLOSES: Final = dt.date(2017, 1, 20)
_HAVE_ONE: Final = ("HA1", "HA", "SA", "HB1")


def add_extensions(world: World) -> None:
    """Grant extensions to some institutions, each by the bureau that receives its rosters."""
    make_exam_cycle(
        CLOSED_YEAR,
        entry_opens_on=dt.date(2016, 9, 1),
        entry_closes_on=_CLOSES,
        roster_due_on=dt.date(2017, 1, 31),
    )
    for name in _HAVE_ONE:
        node = world.nodes[name]
        bureau = node.bureau()
        assert bureau is not None
        with unscoped(Reason.MAINTENANCE):
            institution = scope.find(Institution, world.keys[name])
            granted_by = scope.find(Institution, world.keys[bureau.name])
        extension = make_extension(
            institution,
            granted_by,
            CLOSED_YEAR,
            until=dt.date(2018, 1, 15),
            reason=world.canaries.of(name)("extension.reason", "因"),
        )
        world.things.append(Thing("extension", extension.id, node))
    db.session.commit()
    db.session.remove()
