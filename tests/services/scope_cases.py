"""What the tests of the wall share: two branches of a tree, and an officer of one."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from models import (
    Base,
)
from services import scope
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.owned import make_everything

SCOPED = [m.class_ for m in Base.registry.mappers if scope.path_column(m.class_) is not None]


class World:
    """A province, two cities, and a hospital with one row of everything in each city."""

    def __init__(self) -> None:
        self.province = make_bureau(name="省卫生厅")
        self.city = make_bureau(self.province, name="甲市卫生局")
        self.other_city = make_bureau(self.province, name="乙市卫生局")
        self.hospital = make_institution(self.city, name="甲市医院")
        self.other_hospital = make_institution(self.other_city, name="乙市医院")
        self.inside = make_everything(self.hospital, self.city)
        self.outside = make_everything(self.other_hospital, self.other_city)
        self.actor = make_actor(self.city)


@pytest.fixture
def world(session):
    made = World()
    session.expunge_all()
    return made


@pytest.fixture
def actor(world):
    with acting(world.actor) as acts:
        yield acts


def keys(rows):
    return {(type(row), inspect(row).identity) for row in rows}
