from __future__ import annotations

import pytest

from services import institutions
from services.errors import NotAllowedError, NotFoundError
from services.institutions.tree import MOST_BRANCHES
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution


@pytest.fixture
def province(app):
    return make_bureau(name="湖北省卫生局")


@pytest.fixture
def city(province):
    return make_bureau(province, name="武汉市卫生局")


@pytest.fixture
def actor(province):
    with acting(make_actor(province)) as found:
        yield found


def names(found):
    return [branch.name for branch in found.nodes]


def test_bureaux_come_first_and_say_whether_there_is_more_below(province, city, actor):
    make_institution(province, name="省直医院")
    make_bureau(province, name="宜昌市卫生局")
    make_institution(city, name="汉口医院")
    found = institutions.branches(actor)
    assert names(found) == ["武汉市卫生局", "宜昌市卫生局", "省直医院"]
    assert [branch.has_below for branch in found.nodes] == [True, False, False]
    assert [branch.is_bureau for branch in found.nodes] == [True, True, False]
    assert not found.has_more
    assert names(institutions.branches(actor, str(city.id))) == ["汉口医院"]


def test_a_few_at_a_time_and_each_once(province, actor):
    made = [make_institution(province).name for _ in range(MOST_BRANCHES + 5)]
    bureau = make_bureau(province, name="宜昌市卫生局")
    first = institutions.branches(actor)
    assert names(first) == [bureau.name, *made[: MOST_BRANCHES - 1]]
    assert first.has_more
    rest = institutions.branches(actor, after=str(first.nodes[-1].key))
    assert names(rest) == made[MOST_BRANCHES - 1 :]
    assert not rest.has_more


def test_what_was_deleted_is_no_branch(city, actor):
    hospital = make_institution(city, name="汉口医院")
    institutions.delete(actor, hospital)
    assert names(institutions.branches(actor, city.id)) == []
    assert not institutions.branches(actor).nodes[0].has_below


def test_only_the_own_part_of_the_tree(province, city):
    other = make_bureau(province, name="宜昌市卫生局")
    make_institution(other, name="夷陵医院")
    with acting(make_actor(city)) as actor:
        assert names(institutions.branches(actor)) == []
        for above in (other.id, province.id, "x", "0"):
            with pytest.raises(NotFoundError):
                institutions.branches(actor, above)


def test_what_comes_after_a_node_of_another_parent_is_nothing(province, city, actor):
    hospital = make_institution(city)
    with pytest.raises(NotFoundError):
        institutions.branches(actor, after=hospital.id)


def test_whoever_may_not_read_sees_no_tree(city):
    with acting(make_actor(city, role="auditor")) as auditor, pytest.raises(NotAllowedError):
        institutions.branches(auditor)
