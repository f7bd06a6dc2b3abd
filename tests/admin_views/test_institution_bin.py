from __future__ import annotations

import datetime as dt

import pytest

from extensions import db
from models import Institution, utc_now
from services import institutions
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.factories.actors import acting
from tests.factories.institutions import make_institution

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

BIN = "/admin/institution-bin/"
GRID = "/admin/institutions/"


def thrown_away(worker, parent, name="空白医院"):
    """Delete a new institution below ``parent``; return its row as it lies in the bin."""
    made = make_institution(parent, name=name)
    with acting(worker.actor):
        institutions.delete(worker.actor, made)
    return fresh(Institution, made.id)


class TestGrid:
    def test_what_was_deleted_below_the_own_node(self, tree, province, city, clerk):
        thrown_away(city, tree.city)
        thrown_away(province, tree.other_city, name="空白诊所")
        assert set(province.rows(BIN)) == {"空白医院", "空白诊所"}
        assert city.rows(BIN) == ["空白医院"]
        assert clerk.rows(BIN) == []
        assert "回收站是空的" in clerk.get(BIN).text

    def test_columns(self, tree, province, city):
        thrown_away(city, tree.city)
        text = province.get(BIN).text
        for shown in ("综合医院", "武汉市卫生局", "30 天", "市某"):
            assert shown in text

    def test_superiors_are_known_by_office_only(self, tree, province, city):
        thrown_away(province, tree.city)
        text = city.get(BIN).text
        assert "省某" not in text
        assert "湖北省卫生局" in text

    def test_search(self, tree, city):
        thrown_away(city, tree.city)
        assert city.rows(BIN, search="kbyy") == ["空白医院"]
        assert city.rows(BIN, search="别的") == []

    def test_what_is_too_old_is_not_offered(self, tree, city):
        row = thrown_away(city, tree.city)
        with unscoped(Reason.MAINTENANCE):
            row.deleted_at = utc_now() - dt.timedelta(days=31)
            db.session.flush()
        assert city.rows(BIN) == []

    def test_auditors_are_kept_out(self, auditor):
        assert auditor.get(BIN).status_code == 403

    @pytest.mark.parametrize("page", ["new/", "edit/?id=1", "details/?id=1", "export/xlsx/"])
    def test_it_is_only_shown(self, city, page):
        assert city.get(f"{BIN}{page}").status_code in {403, 404}


class TestRestoring:
    def test_back_in_the_library(self, tree, city):
        row = thrown_away(city, tree.city)
        assert "已恢复 1 家机构" in city.told(city.act("institution-bin", "restore", row))
        assert city.rows(BIN) == []
        assert set(city.rows(GRID)) == {"汉口医院", "空白医院"}
        assert len(entries("institution:restore")) == 1

    def test_a_branch_at_once(self, tree, city):
        above = make_institution(tree.city, name="总院")
        below = thrown_away(city, above, name="分院")
        with acting(city.actor):
            institutions.delete(city.actor, above)
        rows = (below, fresh(Institution, above.id))
        assert "已恢复 2 家机构" in city.told(city.act("institution-bin", "restore", *rows))
        assert fresh(Institution, below.id).path.startswith(fresh(Institution, above.id).path)

    def test_refused_with_a_sentence(self, tree, city):
        row = thrown_away(city, tree.city)
        make_institution(tree.other_city, name="空白医院")
        other = thrown_away(city, tree.city, name="另一医院")
        page = city.told(city.act("institution-bin", "restore", other, row))
        assert "已被其他机构使用，不能恢复" in page
        assert set(city.rows(BIN)) == {"空白医院", "另一医院"}, "all or none"

    def test_not_of_another_branch(self, tree, province, city, other_clerk):
        row = thrown_away(province, tree.other_city)
        for worker in (city, other_clerk):
            assert worker.act("institution-bin", "restore", row).status_code == 404
        assert fresh(Institution, row.id).deleted_at is not None

    def test_not_of_the_living(self, tree, city):
        assert city.act("institution-bin", "restore", tree.hospital).status_code == 404


def test_what_lies_in_the_bin_is_nowhere_else(tree, province, city):
    row = thrown_away(city, tree.city)
    for page in (
        f"{GRID}?search=空白",
        f"{GRID}ajax/lookup/?query=空白",
        f"{GRID}names/?query=空白",
        "/admin/administrators/",
        "/admin/licences/",
        "/admin/",
    ):
        assert "空白医院" not in province.client.get(page).text
    for page in ("edit", "details"):
        assert province.client.get(f"{GRID}{page}/?id={row.id}").status_code == 404
