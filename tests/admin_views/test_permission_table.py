"""权限一览, and what the province's three are shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from models import AccountRole, InstitutionKind, PasswordHandover
from services.permissions import RESOURCES, ROLE_PERMISSIONS, Permission
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    count,
    entries,
    fresh,
    province,
    tree,
)
from tests.admin_views.test_administrators import newest_account
from tests.factories.certificates import make_certificate

__all__ = ["auditor", "city", "clerk", "province", "tree"]

PHONE = "13912345678"
#: What holders can do at the first bureau only.
OF_PROVINCE = {"administrator:appoint", "exam:year_write"}
MENU = re.compile(r'<a href="(/admin/[^"]*)"[^>]*>([^<]+)</a>')


class Table(HTMLParser):
    """Reads the table: the heads of its columns, and for each row its ticks."""

    def __init__(self, text):
        super().__init__()
        self.heads, self.rows, self.own = [], {}, set()
        self._cell = ""
        self._row = []
        self.feed(text[text.index("<table") : text.index("</table>")])

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in {"th", "td"}:
            self._cell = ""
            if tag == "td" and found.get("class") == "is-own":
                self.own.add(sum(1 for kind, _ in self._row if kind == "td"))

    def handle_data(self, data):
        self._cell += data.strip()

    def handle_endtag(self, tag):
        if tag in {"th", "td"}:
            self._row.append((tag, self._cell))
        elif tag == "tr":
            ticks = [cell for kind, cell in self._row if kind == "td"]
            heads = [cell for kind, cell in self._row if kind == "th"]
            if ticks:
                self.rows[heads[-1]] = ticks
            else:
                self.heads = heads[2:]
            self._row = []


def mark(permission):
    """Return what a holder reads; accounts of the province are its own operators' alone."""
    return "省级" if permission.value in OF_PROVINCE else "✓"


def test_the_page_says_what_the_table_says(city):
    table = Table(city.get("/admin/permissions/").text)
    columns = {role.label + kind.label: held for (kind, role), held in ROLE_PERMISSIONS.items()}
    assert table.heads == [head for head, held in columns.items() if held]
    assert table.rows == {
        one.label: [
            ("省级" if one.value in OF_PROVINCE else "✓") if one in columns[head] else ""
            for head in table.heads
        ]
        for one in Permission
    }


def test_every_resource_has_a_name():
    assert set(RESOURCES) == {one.value.partition(":")[0] for one in Permission}


@pytest.mark.parametrize("role", list(AccountRole))
def test_the_readers_own_column_is_marked(tree, role):
    reader = tree.worker(tree.province, role=role, phone=PHONE)
    table = Table(reader.get("/admin/permissions/").text)
    wanted = table.heads.index(role.label + InstitutionKind.BUREAU.label)
    assert table.own == {wanted}


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        ("system_admin", {"工作台", "机构管理员设置", "权限一览"}),
        ("audit_admin", {"工作台", "后台任务", "操作日志", "权限一览"}),
        ("auditor", {"工作台", "操作日志", "权限一览"}),
    ],
)
def test_the_menu_holds_what_the_role_may_open(tree, role, wanted):
    reader = tree.worker(tree.province, role=role, phone=PHONE)
    seen = set()
    for address, _label in MENU.findall(reader.get("/admin/").text):
        page = reader.get(address)
        assert page.status_code == 200
        tree_of_functions = page.text.split('<nav class="tree"')[1].split("</nav>")[0]
        seen |= {label for _address, label in MENU.findall(tree_of_functions)}
    assert seen == wanted


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin", "auditor"])
def test_home_tells_each_what_it_is_here_for(tree, role):
    page = tree.worker(tree.province, role=role, phone=PHONE).get("/admin/").text
    assert "您可以使用的功能" in page
    assert "花名册中" not in page
    assert "录入试用人员" not in page
    assert 'href="/admin/permissions/"' in page


class TestSystemAdministratorAtTheForm:
    @pytest.fixture
    def system(self, tree):
        return tree.worker(tree.province, role="system_admin", phone=PHONE)

    @pytest.fixture
    def account(self, tree):
        return tree.worker(tree.hospital, phone="13800138000", email="zhangsan@example.com").account

    def test_contacts_are_not_told(self, system, account):
        for page in (
            system.get("/admin/administrators/").text,
            system.get(f"/admin/administrators/edit/?id={account.id}").text,
        ):
            assert "13800138000" not in page
            assert "zhangsan@example.com" not in page
        assert "z***@example.com" in system.get("/admin/administrators/").text

    def test_nor_can_they_be_guessed_from_the_marks_of_the_form(self, system, tree, account):
        page = system.get(f"/admin/administrators/edit/?id={account.id}").text
        (own,) = re.findall(r'name="loaded" type="hidden" value="([^"]*)"', page)
        full = tree.worker(tree.city).get(f"/admin/administrators/edit/?id={account.id}").text
        (true,) = re.findall(r'name="loaded" type="hidden" value="([^"]*)"', full)
        told = {mark for mark in true.split() if mark.startswith(("phone=", "email="))}
        assert len(told) == 2
        # Nobody is told the phone.
        told -= {mark for mark in own.split() if mark.startswith("phone=")}
        assert len(told) == 1
        assert told.isdisjoint(own.split())

    def test_what_is_left_empty_stays(self, system, account):
        system.submit(f"/admin/administrators/edit/?id={account.id}", full_name="李四")
        saved = fresh(type(account), account.id)
        assert (saved.full_name, saved.phone, saved.email) == (
            "李四",
            "13800138000",
            "zhangsan@example.com",
        )

    def test_a_form_that_comes_back_tells_nothing(self, system, account):
        address = f"/admin/administrators/edit/?id={account.id}"
        fields = system.fields(address)
        del fields["phone"], fields["email"]
        page = system.post(address, **{**fields, "full_name": ""})
        assert page.status_code == 422
        assert "13800138000" not in page.text
        assert "zhangsan@example.com" not in page.text

    def test_a_conflict_tells_nothing(self, system, account):
        address = f"/admin/administrators/edit/?id={account.id}"
        page = system.submit(address, version="99", full_name="李四", phone="13700137000")
        assert page.status_code == 409
        assert "李四" in page.text
        assert "13800138000" not in page.text

    @pytest.mark.parametrize("act", ["reset", "unbind", "new"])
    def test_no_password_is_told_and_an_operator_hands_one_out(self, system, city, account, act):
        if act == "new":
            answer = system.submit(
                "/admin/administrators/new/",
                institution_id=str(account.institution_id),
                institution_name="汉口医院",
                full_name="李四",
            )
            account = newest_account()
        else:
            answer = system.act("administrators", act, account)
        assert "待发放一次性密码" in system.told(answer)
        assert count(PasswordHandover) == 0
        secret = f"/admin/administrators/secret/?id={account.id}"
        assert system.get(secret).status_code == 403
        for way in ("show", "send"):
            assert system.post(secret, act=way).status_code == 403
        (name,) = city.rows("/admin/administrators/", enabled="waiting")
        assert name.startswith(f"{account.username} ")
        assert "启用（待发放密码）" in city.get("/admin/administrators/").text
        city.act("administrators", "reset", account)
        assert "一次性密码：<code>" in city.post(secret, act="show").text
        assert city.rows("/admin/administrators/", enabled="waiting") == []

    def test_the_form_says_who_hands_the_password_out(self, system, city):
        address = "/admin/administrators/new/"
        assert "保存后显示一次性初始密码" in city.get(address).text
        page = system.get(address).text
        assert "保存后显示一次性初始密码" not in page
        assert "操作员单击“重置密码”" in page

    def test_a_password_that_waits_for_somebody_else_is_void(self, system, city, account):
        city.act("administrators", "reset", account)
        system.act("administrators", "reset", account)
        assert count(PasswordHandover) == 0

    def test_accounts_for_many_are_not_his(self, system):
        for address in ("/admin/account-batches/", "/admin/institutions/account-table.xlsx"):
            assert system.get(address).status_code == 403

    def test_only_usual_roles_are_offered(self, system, account):
        page = system.get(f"/admin/administrators/edit/?id={account.id}").text
        offered = re.findall(r'<option[^>]* value="([a-z_]+)">', page)
        assert {"operator", "auditor"} <= set(offered)
        assert "audit_admin" not in offered
        answer = system.submit(f"/admin/administrators/edit/?id={account.id}", role="audit_admin")
        assert answer.status_code == 422
        assert fresh(type(account), account.id).role is AccountRole.OPERATOR

    def test_accounts_of_the_province_are_closed(self, system, province):
        address = f"/admin/administrators/edit/?id={province.account.id}"
        assert system.get(address).status_code == 403

    def test_an_operator_of_the_province_is_offered_the_three(self, province):
        page = province.get("/admin/administrators/new/").text
        assert 'value="audit_admin"' in page

    def test_addresses_are_told_to_operators(self, city, account):
        page = city.get(f"/admin/administrators/edit/?id={account.id}").text
        assert "zhangsan@example.com" in page


class TestTrailOfTheAuditAdministrator:
    @pytest.fixture
    def audit(self, tree):
        return tree.worker(tree.province, role="audit_admin", phone=PHONE)

    def test_people_are_neither_shown_nor_found(self, audit, province, clerk):
        make_certificate(clerk.actor, name="欧阳若兰")
        assert entries("certificate:create")
        for reader, finds in ((province, True), (audit, False)):
            page = reader.get("/admin/audit/").text
            assert "新增考核证明" in page
            assert ("欧阳若兰" in page) is finds
            found = reader.get("/admin/audit/", search="欧阳若兰").text
            assert ("新增考核证明" in found.split("<tbody")[1]) is finds
