"""Pages of a long list: every row on one of them, found from whichever end is nearer."""

from __future__ import annotations

import pytest

from admin_views.certificates import CertificateView
from extensions import db
from tests.admin_views.screen_cases import city, clerk, other_clerk, province, tree
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

PAGE = "/admin/certificates/"
PEOPLE = 45
NAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"


@pytest.fixture(autouse=True)
def people(tree, clerk):
    """Three of each name, so that a sort alone leaves open who comes first."""
    complete(tree.hospital)
    make_exam_cycle()
    found = [make_certificate(clerk.actor, name="王" + NAMES[at % 15]) for at in range(PEOPLE)]
    db.session.commit()
    return found


def keys(worker, **arguments):
    rows = worker.get(PAGE, **arguments).text.split('name="rowid"')[1:]
    return [int(row.split('value="')[1].split('"')[0]) for row in rows]


@pytest.mark.parametrize("arguments", [{}, {"sort": "0"}, {"sort": "0", "desc": "1"}])
@pytest.mark.parametrize("who", ["city", "clerk"])
def test_every_row_stands_on_one_page(request, people, who, arguments):
    worker = request.getfixturevalue(who)
    pages = [keys(worker, page=str(number), **arguments) for number in range(3)]
    assert list(map(len, pages)) == [20, 20, 5]
    shown = [key for page in pages for key in page]
    assert sorted(shown) == sorted(one.id for one in people)
    by_key = {one.id: one.name for one in people}
    if arguments:
        names = [by_key[key] for key in shown]
        assert names == sorted(names, reverse="desc" in arguments)
    else:
        assert shown == sorted(shown, reverse=True)


def test_beyond_the_end_is_the_last_page(city):
    assert keys(city, page="999") == keys(city, page="2")
    assert "第 3 / 3 页" in city.get(PAGE, page="999").text


def test_a_filter_that_nobody_fits(city):
    assert keys(city, page="4", state="filed") == []


class TestMoreThanAreCounted:
    @pytest.fixture(autouse=True)
    def thirty(self, monkeypatch):
        monkeypatch.setattr(CertificateView, "most_counted", 30)

    def test_it_is_said_and_pages_end_there(self, city, people):
        text = city.get(PAGE).text
        assert "共 30+ 条，只列出前 30 条，请缩小条件或导出" in text
        last = keys(city, page="9")
        assert last == keys(city, page="1")
        newest = sorted((one.id for one in people), reverse=True)
        assert keys(city) + last == newest[:30]

    def test_of_what_a_keyword_finds_too(self, city, people):
        assert "共 30+ 条，只列出前 30 条" in city.get(PAGE, search="王").text
        newest = sorted((one.id for one in people), reverse=True)
        found = keys(city, search="王") + keys(city, search="王", page="1")
        assert found == newest[:30]

    def test_what_can_be_counted_is(self, city):
        text = city.get(PAGE, search="王甲").text
        assert "共 3 条" in text
        assert "只列出" not in text

    def test_nobody_counts_beyond_the_wall(self, other_clerk):
        assert "共 0 条" in other_clerk.get(PAGE).text
