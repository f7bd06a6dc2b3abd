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


def test_licences_stand_where_the_account_looks_for_them(city, clerk):
    for worker, place in ((city, "下级机构管理"), (clerk, "本机构管理")):
        page = worker.get("/admin/licences/").text
        assert CURRENT.findall(page) == [place, "医疗机构执业许可证"]


def test_stranger_sees_no_tree(client):
    assert 'class="modules"' not in client.get("/verify").text
