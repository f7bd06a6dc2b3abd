"""Rows of a long list, a part at a time."""

from __future__ import annotations

import pytest

from admin_views.row_parts import rows_in_parts
from extensions import db
from models import Institution
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import tree
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_institution

__all__ = ["tree"]


@pytest.fixture
def names(tree):
    """Seven names, the last one entered first in the order of names."""
    return sorted(make_institution(tree.city, name=f"{9 - n}号医院").name for n in range(7))


def read():
    rows = db.session.query(Institution).filter(Institution.name.endswith("号医院"))
    ordered = rows.order_by(Institution.name)
    for part in rows_in_parts(Institution.id, ordered, rows, most=3):
        yield [row.name for row in part]


def test_the_order_of_the_list_is_kept(names):
    with unscoped(Reason.MAINTENANCE):
        found = list(read())
    assert [len(part) for part in found] == [3, 3, 1]
    assert [name for part in found for name in part] == names


def test_nothing_beyond_the_own_part_of_the_tree(tree, names):
    with acting(make_actor(tree.other_hospital)):
        assert list(read()) == []


def test_what_has_left_the_list_meanwhile_is_left_out(names):
    with unscoped(Reason.MAINTENANCE):
        reading = read()
        first = next(reading)
        row = db.session.query(Institution).filter_by(name=names[4]).one()
        row.name = "改名卫生院"
        db.session.flush()
        rest = [name for part in reading for name in part]
    assert first + rest == [name for name in names if name != names[4]]
