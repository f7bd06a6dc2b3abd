"""Lists narrowed by an institution or by days: links of superiors, typed names, any term."""

from __future__ import annotations

import datetime as dt

import pytest

from services import clock
from tests.admin_views.screen_cases import city, clerk, province, tree
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.licences import make_licence

__all__ = ["city", "clerk", "province", "tree"]

GRID = "/admin/institutions/"
LINE = "这里只显示其中属于您管理范围的部分"


class TestLinkOfASuperior:
    def test_shows_the_readers_own_part(self, tree, city):
        found = city.get(GRID, within=tree.province.id)
        assert f"上级机构“{tree.province.name}”，{LINE}" in found.text
        assert city.rows(GRID, within=tree.province.id) == ["汉口医院"]
        assert city.rows(GRID, within=tree.province.id, category="B") == []

    def test_of_what_reports_to_the_superior_itself_shows_nothing(self, tree, city, province):
        # The sender's list holds the reader's own bureau, and none of what is below it.
        assert "汉口医院" not in province.rows(GRID, bureau=tree.province.id)
        found = city.get(GRID, bureau=tree.province.id)
        assert f"“{tree.province.name}”是您的上级机构" in found.text
        assert LINE not in found.text
        assert city.rows(GRID, bureau=tree.province.id) == []

    @pytest.mark.parametrize("address", ["/admin/administrators/", "/admin/licences/"])
    def test_nor_do_lists_of_accounts_and_licences(self, tree, city, clerk, address):
        make_licence(tree.hospital)
        found = city.get(address, institution=tree.province.id)
        assert "是您的上级机构" in found.text
        assert city.rows(address, institution=tree.province.id) == []
        assert f"institution={tree.province.id}&amp;" not in found.text.split("新增")[0]
        assert city.get(address, institution=tree.other_city.id).status_code == 404
        assert "是您的上级机构" in clerk.get(address, institution=tree.city.id).text

    def test_of_one_beside_is_not_found(self, tree, city):
        for name in ("within", "bureau"):
            assert city.get(GRID, **{name: tree.other_city.id}).status_code == 404
            both = {"within": tree.province.id, "bureau": tree.other_city.id}
            assert city.get(GRID, **both).status_code == 404


class TestTypedName:
    def test_of_exactly_one_is_taken(self, tree, province):
        assert province.rows(GRID, bureau="", bureau_name=" 武汉市 卫生局") == ["汉口医院"]
        page = province.get(GRID, bureau="", bureau_name="武汉市卫生局").text
        assert f'name="bureau" value="{tree.city.id}"' in page

    @pytest.mark.parametrize("typed", ["武汉", "汉口医院", "没有的局"])
    def test_of_nobody_shows_nothing_and_says_so(self, tree, province, typed):
        assert province.rows(GRID, bureau="", bureau_name=typed) == []
        page = province.get(GRID, bureau="", bureau_name=typed).text
        assert "没有这个名称的机构，请输入后从列表中选择。" in page
        assert f'value="{typed}"' in page

    def test_of_one_outside_is_nobodys(self, tree, city):
        assert "没有这个名称的机构" in city.get(GRID, bureau_name=tree.other_city.name).text

    def test_what_was_picked_counts_before_what_stands_in_the_box(self, tree, province):
        rows = province.rows(GRID, bureau=tree.city.id, bureau_name="宜昌市卫生局")
        assert rows == ["汉口医院"]


class TestDays:
    @pytest.fixture
    def soon(self, tree):
        """A hospital whose licence expires in 45 days."""
        row = make_institution(tree.city, name="江岸医院")
        until = clock.today() + dt.timedelta(days=45)
        make_licence(row, is_in_use=True, valid_until=until)

    @pytest.mark.usefixtures("soon")
    @pytest.mark.parametrize(
        ("days", "is_found"),
        [("1", False), ("44", False), ("45", True), ("4５", True), ("3650", True)],
    )
    def test_any_number_of_days_is_taken(self, city, days, is_found):
        expected = ["江岸医院"] if is_found else []
        assert city.rows(GRID, licence_days=days) == expected
        if days.isascii():
            assert city.rows(GRID, licence=days) == expected
            assert f'name="licence_days" value="{days}"' in city.get(GRID, licence=days).text
        assert len(city.rows("/admin/licences/", validity_days=days)) == len(expected)

    @pytest.mark.usefixtures("soon")
    def test_terms_are_offered(self, city):
        for term, expected in (("30", []), ("60", ["江岸医院"]), ("90", ["江岸医院"])):
            assert city.rows(GRID, licence=term) == expected
            assert f'<option value="{term}">{term}天内到期</option>' in city.get(GRID).text

    @pytest.mark.usefixtures("soon")
    @pytest.mark.parametrize("days", ["0", "3651", "-1", "x", "1.5", "99999999999999999999"])
    def test_what_is_no_number_of_days_is_said_and_shows_nothing(self, city, days):
        assert city.rows(GRID, licence_days=days) == []
        assert "天数请填1至3650的整数。" in city.get(GRID, licence_days=days).text

    @pytest.mark.usefixtures("soon")
    def test_a_choice_and_days_at_once_are_no_question(self, city):
        page = city.get(GRID, licence="expired", licence_days="45")
        assert "请只选择一项，或只填写天数。" in page.text


def test_a_filter_that_says_what_is_wrong_is_not_remembered(tree, province):
    make_bureau(tree.city)
    query = "bureau_name=没有的局&licence_days=x&category=A"
    province.post(GRID + "preferences/", act="remember", query=query)
    assert province.get(GRID).location == GRID + "?category=A"
