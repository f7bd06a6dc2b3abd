from __future__ import annotations

import pytest

from admin_views.list_pages import LAST_PAGE
from models import AuditEntry
from tests.admin_views.screen_cases import auditor, city, clerk, count, tree

__all__ = ["auditor", "city", "clerk", "tree"]

SCREENS = ("institutions", "administrators", "licences", "certificates", "rosters", "audit")
#: Screens without a form for an existing record.
NOT_EDITED = ("rosters", "audit")


@pytest.mark.parametrize("screen", SCREENS)
class TestEveryScreen:
    def test_pages_are_clamped(self, clerk, screen):
        for page in ("-1", "0", str(LAST_PAGE + 1), "9" * 30, "x"):
            assert clerk.get(f"/admin/{screen}/", page=page).status_code == 200

    def test_repeated_and_unknown_arguments(self, clerk, screen):
        answer = clerk.client.get(f"/admin/{screen}/?page=1&page=2&flt0_0=x&sort=&desc=&x[]=1")
        assert answer.status_code == 200

    def test_key_is_given_once(self, clerk, screen):
        for query in ("", "?id=1&id=2"):
            answer = clerk.client.get(f"/admin/{screen}/edit/{query}")
            assert answer.status_code == (403 if screen in NOT_EDITED else 404)

    def test_unknown_action(self, clerk, screen):
        before = count(AuditEntry, AuditEntry.tag != "request:denied")
        answer = clerk.post(f"/admin/{screen}/action/", action="absurd", rowid="1")
        assert answer.status_code == (403 if screen == "audit" else 404)
        assert count(AuditEntry, AuditEntry.tag != "request:denied") == before

    def test_actions_are_posts(self, clerk, screen):
        assert clerk.get(f"/admin/{screen}/action/").status_code == 405

    def test_flask_admins_own_routes_are_closed(self, clerk, screen):
        for name in ("delete/", "ajax/update/"):
            answer = clerk.post(f"/admin/{screen}/{name}", id="1", rowid="1")
            assert answer.status_code == 403

    def test_grid_says_where_nothing_is(self, clerk, screen):
        page = clerk.get(f"/admin/{screen}/", search="没有这样的东西").text
        assert 'class="empty"' in page
        assert "清除条件" in page
