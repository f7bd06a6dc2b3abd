from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from admin_views import sign_in as sign_in_view
from tests.admin_views.sign_in_cases import (
    WRONG,
    Visitor,
    account,
    clock,
    other_visitor,
    pictures,
    visitor,
)
from tests.factories.sessions import sign_in as enter
from tests.hostile_targets import HOSTILE

__all__ = ["account", "clock", "other_visitor", "pictures", "visitor"]

LOCAL = [
    "/admin/",
    "/admin/institutions/?page=2&q=%E6%B1%89%E5%8F%A3",
    "/admin/?url=//evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "/admin/@evil.example",
    "/:80",
]


class TestReturn:
    def test_foreign_target_in_the_form_is_not_followed(self, visitor, app, pictures):
        followed = []
        for target in HOSTILE:
            response = Visitor(app.test_client(), pictures).post(next=target)
            if response.status_code != 400 and response.location != "/admin/":
                followed.append(target)
        assert followed == []

    def test_foreign_target_in_the_address_is_not_followed(self, visitor, account):
        enter(visitor.client, account)
        followed = []
        for target in HOSTILE:
            response = visitor.client.get("/login", query_string={"next": target})
            if response.status_code != 400 and response.location != "/admin/":
                followed.append(target)
        assert followed == []

    def test_foreign_target_is_not_followed_behind_the_guard_of_all_requests(self, app):
        followed = []
        for target in HOSTILE:
            for request in ({"query_string": {"next": target}}, {"data": {"next": target}}):
                with app.test_request_context("/login", method="POST", **request):
                    if sign_in_view._next():
                        followed.append(target)
        assert followed == []

    @pytest.mark.parametrize("target", LOCAL)
    def test_local_target_is_followed(self, visitor, target):
        location = visitor.post(next=target).location
        assert location == target
        assert urlsplit(location).netloc == ""
        assert not location.startswith(("//", "/\\"))

    def test_target_survives_the_page(self, visitor):
        page = visitor.client.get("/login?next=/admin/audit/").text
        assert re.search(r'name="next"\s+value="/admin/audit/"', page)
        page = visitor.post(next="/admin/audit/", password=WRONG).text
        assert re.search(r'name="next"\s+value="/admin/audit/"', page)
