from __future__ import annotations

import pytest

from models import AuditEntry
from tests.admin_views.screen_cases import auditor, city, clerk, count, other_clerk, tree
from tests.factories.institutions import make_institution

__all__ = ["auditor", "city", "clerk", "other_clerk", "tree"]

GRID = "/admin/audit/"


class TestGrid:
    def test_acts_of_the_own_subtree(self, tree, city, auditor, other_clerk):
        city.act("institutions", "lock", tree.hospital)
        other_clerk.submit("/admin/my-institution/?tab=former", name="夷陵旧院")
        page = auditor.get(GRID).text
        assert "锁定机构" in page
        assert "汉口医院" in page
        assert city.account.username in page
        assert "夷陵旧院" not in page
        assert "夷陵旧院" in other_clerk.get(GRID).text

    def test_filters_and_keyword(self, tree, city, auditor):
        city.act("institutions", "lock", tree.hospital)
        city.get(f"/admin/institutions/edit/?id={tree.other_hospital.id}")
        auditor.get("/admin/institutions/")
        assert len(auditor.rows(GRID, tag="institution:lock")) == 1
        assert len(auditor.rows(GRID, result="denied")) == 1
        assert len(auditor.rows(GRID, search="汉口")) == 1
        assert auditor.rows(GRID, search="没有") == []
        assert len(auditor.rows(GRID, tag="absurd", result="x")) == len(auditor.rows(GRID))

    def test_newest_first_in_pages(self, tree, city):
        for number in range(21):
            city.act("institutions", "delete", make_institution(tree.city, name=f"{number}号院"))
        assert "20号院" in city.get(GRID).text
        assert ">0号院<" not in city.get(GRID).text
        assert ">0号院<" in city.get(GRID, page="1").text


@pytest.mark.parametrize(
    ("page", "status"),
    [("new/", 403), ("edit/?id=1", 403), ("delete/", 403), ("action/", 403), ("export/xlsx/", 405)],
)
def test_trail_is_never_changed(tree, city, page, status):
    city.act("institutions", "lock", tree.hospital)
    city.get(GRID + page)
    answer = city.post(GRID + page, action="delete", rowid="1", id="1")
    assert answer.status_code == status
    assert count(AuditEntry, AuditEntry.tag == "institution:lock") == 1
