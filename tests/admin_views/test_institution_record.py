"""The tabs of the record of an institution, the same for one below and for the own one."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from config import PROJECT_ROOT as ROOT
from models import FormerName, Licence
from services import institutions
from services.licence_checks import seen_of
from tests.admin_views.screen_cases import city, clerk, count, fresh, rows_of, tree
from tests.factories.actors import acting
from tests.factories.institutions import make_former_name, make_institution
from tests.factories.licences import make_licence

__all__ = ["city", "clerk", "tree"]

OWN = "/admin/my-institution/?tab=licences"


def tab_of(institution):
    return f"/admin/institutions/details/?id={institution.id}&tab=licences&url=/admin/institutions/"


def buttons(page):
    """Return the labels of the tab's toolbar."""
    bar = page.split('role="toolbar"')[1].split("</form>")[0].split("<form")[0]
    return [label for _, label in re.findall(r'<(a|button)[^>]*class="tool[^>]*>([^<]+)<', bar)]


def way_back(page):
    """Return the address to which the acts of the tab lead back."""
    form = page.split('id="action-form"')[1]
    return html.unescape(re.search(r'name="url" value="([^"]*)"', form).group(1))


@pytest.fixture(params=["bureau", "own"])
def at_the_tab(request, tree, city, clerk):
    """A person and the address of the tab, and the address that it names as the way back."""
    if request.param == "own":
        return clerk, OWN
    return city, tab_of(tree.hospital)


class TestLicences:
    def test_the_tab_has_the_buttons_of_the_notice(self, tree, at_the_tab):
        worker, tab = at_the_tab
        make_licence(tree.hospital)
        page = worker.get(tab).text
        assert buttons(page) == ["刷新", "新增", "修改", "证照上传", "设为使用", "删除"]
        assert 'href="/admin/licences/new/?url=' in page
        assert f"institution={tree.hospital.id}" in page

    def test_a_double_click_opens_the_licence_and_leads_back(self, tree, at_the_tab):
        worker, tab = at_the_tab
        row = make_licence(tree.hospital)
        page = worker.get(tab).text
        opens = html.unescape(re.search(r'data-open="([^"]*)"', page).group(1))
        form = worker.get(opens.replace("2147483647", str(row.id)))
        assert "证书登记号" in form.text
        assert f'href="{html.escape(way_back(page))}">返回</a>' in form.text

    def test_only_the_institutions_own_rows(self, tree, at_the_tab):
        worker, tab = at_the_tab
        make_licence(tree.hospital, institution_name="甲")
        make_licence(make_institution(tree.hospital), institution_name="乙")
        assert [name[0] for name in rows_of(worker.get(tab))] == ["甲"]

    def test_putting_to_use_and_back_stays_on_the_tab(self, tree, at_the_tab):
        worker, tab = at_the_tab
        row = make_licence(tree.hospital)
        back = way_back(worker.get(tab).text)
        answer = worker.act("licences", "use", row, url=back, seen=seen_of(row))
        assert answer.location == back
        page = worker.told(answer)
        assert "已设为使用" in page
        # From now on the button takes it out of use.
        assert '"answer": "cancel"' in page
        assert fresh(Licence, row.id).is_in_use

    def test_deleting_stays_on_the_tab(self, tree, at_the_tab):
        worker, tab = at_the_tab
        row = make_licence(tree.hospital)
        back = way_back(worker.get(tab).text)
        answer = worker.act("licences", "delete", row, url=back, seen=seen_of(row))
        assert answer.location == back
        assert "还没有执业许可证" in worker.told(answer)
        assert count(Licence) == 0

    def test_a_locked_record_is_only_looked_at(self, tree, at_the_tab):
        worker, tab = at_the_tab
        make_licence(tree.hospital)
        with acting(tree.worker(tree.city).actor) as bureau:
            institutions.lock(bureau, [tree.hospital])
        page = worker.get(tab).text
        assert buttons(page) == ["刷新", "证照上传"]
        assert len(rows_of(worker.get(tab))) == 1


class TestFormerNames:
    def test_they_stand_in_the_order_in_which_they_were_given_up(self, tree, clerk):
        for name, day in (("丙", dt.date(2016, 1, 1)), ("乙", None), ("甲", dt.date(2001, 1, 1))):
            make_former_name(tree.hospital, name=f"{name}医院", used_until=day)
        page = clerk.get("/admin/my-institution/?tab=former").text
        assert re.findall(r"<td>(.)医院</td>", page) == ["甲", "丙", "乙"]

    def test_deleting_asks_by_the_dialog_of_the_platform(self, tree, clerk):
        make_former_name(tree.hospital, name="旧汉口医院")
        page = clerk.get("/admin/my-institution/?tab=former").text
        assert 'data-confirm="确定删除曾用名“旧汉口医院”吗？"' in page
        assert "data-dialog-confirm" in page

    def test_a_former_name_that_was_corrected_meanwhile(self, tree, city, clerk):
        row = make_former_name(tree.hospital, name="旧汉口医院", used_until=dt.date(2015, 6, 30))
        page = f"/admin/institutions/details/?id={tree.hospital.id}&tab=former"
        theirs = city.fields(f"{page}&former_name={row.id}")
        listed = city.get(page).text
        own = "/admin/my-institution/?tab=former"
        first = clerk.fields(f"{own}&former_name={row.id}")
        clerk.told(clerk.post(own, **{**first, "name": "先存医院"}))
        answer = city.post(page, **{**theirs, "name": "后填医院"})
        assert answer.status_code == 409
        assert "先存医院</td><td>后填医院" in answer.text
        assert "停用日期" not in answer.text
        # Nor is deleted what looked otherwise when 删除 was pressed.
        shown = dict(re.findall(r'name="(version|name|used_until)" value="([^"]+)"', listed))
        answer = city.post(page, act="delete-former-name", former_name=str(row.id), **shown)
        assert answer.status_code == 409
        assert "没有删除" in answer.text
        assert "先存医院</td><td>旧汉口医院" in answer.text
        assert "停用日期" not in answer.text
        assert fresh(FormerName, row.id).name == "先存医院"


def test_no_script_asks_by_the_browsers_own_dialog():
    scripts = {file.name: file.read_text("utf-8") for file in (ROOT / "static/js").glob("*.js")}
    assert [name for name, text in scripts.items() if "window.confirm" in text] == []
