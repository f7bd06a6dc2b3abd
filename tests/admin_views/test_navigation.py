from __future__ import annotations

import re

from tests.admin_views.screen_cases import auditor, city, clerk, tree

__all__ = ["auditor", "city", "clerk", "tree"]

MODULES = re.compile(r'<nav class="modules".*?</nav>', re.DOTALL)
LINK = re.compile(r'<a href="([^"]+)"[^>]*>([^<]+)</a>')

CURRENT = re.compile(r'class="current"[^>]*>([^<]+)</a>')


def modules(worker):
    return LINK.findall(MODULES.search(worker.get("/admin/").text)[0])


def test_modules_of_an_operator(city):
    names = [name for _link, name in modules(city)]
    assert names == ["首页", "下级机构管理", "本机构管理", "医学考试", "系统管理"]


def test_auditor_is_shown_only_what_is_open(auditor):
    assert [name for _link, name in modules(auditor)] == ["首页", "系统管理"]


def test_every_entry_opens(city, clerk, auditor):
    for worker in (city, clerk, auditor):
        for link, _name in modules(worker):
            page = worker.get(link)
            assert page.status_code == 200
            for inner, _label in LINK.findall(page.text.split('<nav class="tree"')[-1]):
                if inner.startswith("/admin/"):
                    assert worker.client.get(inner.replace("&amp;", "&")).status_code == 200


def test_place_is_marked(clerk):
    page = clerk.get("/admin/rosters/").text
    assert 'href="/admin/rosters/" class="current" aria-current="page"' in page


def test_accounts_of_one_institution_are_a_part_of_the_library(city, tree):
    """登录设置 is opened from 机构信息管理 and stays there, as do its forms."""
    accounts, library = "/admin/administrators/", ["下级机构管理", "机构信息管理"]
    back = f"{accounts}?institution={tree.hospital.id}&url=/admin/institutions/"
    assert CURRENT.findall(city.client.get(back).text) == library
    forms = (
        city.get(f"{accounts}new/", institution=tree.hospital.id, url=back),
        city.get(f"{accounts}edit/", id=city.account.id, url=back),
        city.post(f"{accounts}edit/?id={city.account.id}", url=back),
    )
    for page in forms:
        assert CURRENT.findall(page.text) == library
    own = city.get(accounts, search="")
    assert CURRENT.findall(own.text) == ["本机构管理", "机构管理员设置"]
    form = city.get(f"{accounts}edit/", id=city.account.id, url=accounts)
    assert CURRENT.findall(form.text) == ["本机构管理", "机构管理员设置"]


def test_licences_stand_where_the_account_looks_for_them(city, clerk):
    for worker, place in ((city, "下级机构管理"), (clerk, "本机构管理")):
        page = worker.get("/admin/licences/").text
        assert CURRENT.findall(page) == [place, "医疗机构执业许可证"]


def test_stranger_sees_no_tree(client):
    assert 'class="modules"' not in client.get("/verify").text
