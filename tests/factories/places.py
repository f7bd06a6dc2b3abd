"""A small part of the tree in which the story of a year can be lived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.factories.actors import make_actor
from tests.factories.completeness import make_trainer
from tests.factories.institutions import make_bureau

if TYPE_CHECKING:
    from models import Institution
    from services.actor import Actor


@dataclass(frozen=True)
class Places:
    """The province over two cities, each with a hospital; a clerk or an officer in each."""

    province: Actor
    city: Actor
    clerk: Actor
    other_city: Actor
    other_clerk: Actor
    hospital: Institution
    other_hospital: Institution


def make_places() -> Places:
    """Return the places, stored; the records of both hospitals are complete."""
    province = make_bureau()
    city, other_city = make_bureau(province), make_bureau(province)
    hospital, other_hospital = make_trainer(city), make_trainer(other_city)
    return Places(
        province=make_actor(province),
        city=make_actor(city),
        clerk=make_actor(hospital),
        other_city=make_actor(other_city),
        other_clerk=make_actor(other_hospital),
        hospital=hospital,
        other_hospital=other_hospital,
    )
