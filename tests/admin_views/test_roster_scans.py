"""盖章扫描件: uploads, pictures, downloads, as a browser without script sees them."""

from __future__ import annotations

import io

import pytest

from models import RosterScan, RosterState
from services.rosters import scans as use_cases
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import city, clerk, count, entries, fresh, other_clerk, tree
from tests.factories import uploads
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.rosters import make_roster, make_roster_scan

__all__ = ["city", "clerk", "other_clerk", "tree"]

GRID = "/admin/rosters/"


@pytest.fixture(autouse=True)
def cycle(app):
    return make_exam_cycle()


@pytest.fixture
def roster(clerk):
    return make_roster(clerk.actor, state=RosterState.PRINTED)


def details(row):
    return f"{GRID}details/?id={row.id}"


def address(scan, rest=""):
    return f"{GRID}scans/{scan.id}/{rest}"


def upload(worker, row, *given, **more):
    parts = [(io.BytesIO(data), name) for data, name in given]
    return worker.post(f"{GRID}{row.id}/scans/", act="upload", files=parts, **more)


def present(row):
    with unscoped(Reason.MAINTENANCE):
        return use_cases.scans_of(row)


class TestUpload:
    def test_pages_in_several_files(self, roster, clerk, city):
        answer = upload(
            clerk, roster, (uploads.jpeg(), "第1页.jpg"), (uploads.pdf(3), "其余各页.pdf")
        )
        assert "已上传2个文件" in clerk.told(answer)
        first, second = present(roster)
        assert (first.page_count, second.page_count) == (1, 3)
        page = city.get(details(roster)).text
        assert "其余各页.pdf" in page
        assert address(second, "thumbnail") in page
        assert "data-scan-upload" not in page
        assert len(entries("roster_scan:upload")) == 2

    @pytest.mark.parametrize(
        ("given", "words"),
        [((), "请先选择"), (((uploads.zipped(), "页.jpg"),), "只能上传")],
    )
    def test_what_is_no_scan_is_refused(self, roster, clerk, given, words):
        assert words in clerk.told(upload(clerk, roster, *given))
        assert count(RosterScan) == 0

    def test_a_script_is_answered_in_kind(self, roster, clerk):
        row = make_roster(clerk.actor)
        for target, status, words in ((roster, 200, "已上传1个文件"), (row, 422, "草稿")):
            answer = clerk.client.post(
                f"{GRID}{target.id}/scans/",
                data={
                    "csrf_token": clerk.token,
                    "act": "upload",
                    "files": (io.BytesIO(uploads.jpeg()), "页.jpg"),
                },
                headers={"Accept": "application/json"},
            )
            assert answer.status_code == status
            assert words in answer.json["message"]

    def test_only_its_institution(self, roster, city, other_clerk):
        given = (uploads.jpeg(), "页.jpg")
        assert upload(city, roster, given).status_code == 403
        assert upload(other_clerk, roster, given).status_code == 404
        assert count(RosterScan) == 0

    def test_after_filing_nothing_changes(self, clerk, city):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        scan = make_roster_scan(row)
        assert "只能补传" in clerk.get(details(row)).text
        assert "不能删除" in clerk.told(clerk.post(address(scan), act="remove"))
        city.act("rosters", "file", row)
        told = clerk.told(upload(clerk, row, (uploads.jpeg(), "页.jpg")))
        assert "已备案" in told
        assert "data-scan-upload" not in told
        assert count(RosterScan) == 1


class TestOne:
    def test_pictures_and_file(self, roster, clerk, city, other_clerk):
        upload(clerk, roster, (uploads.jpeg(), "页.jpg"))
        (scan,) = present(roster)
        for rest in ("thumbnail", "pages/1"):
            answer = city.get(address(scan, rest))
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert other_clerk.get(address(scan, rest)).status_code == 404
        answer = city.get(address(scan, "file"))
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert len(entries("roster_scan:download")) == 1
        assert city.get(address(scan, "pages/2")).status_code == 404

    def test_it_is_taken_away(self, roster, clerk, city):
        scan = make_roster_scan(roster)
        assert clerk.post(address(scan), act="absurd").status_code == 404
        assert city.post(address(scan), act="remove").status_code == 403
        assert "已删除" in clerk.told(clerk.post(address(scan), act="remove"))
        assert count(RosterScan) == 0


def test_a_year_that_asks_for_scans_says_so(roster, clerk, cycle):
    assert "须附盖章扫描件" not in clerk.get(details(roster)).text
    with unscoped(Reason.MAINTENANCE):
        cycle.needs_scan = True
    assert "须附盖章扫描件" in clerk.get(details(roster)).text
    assert "须附盖章扫描件" in clerk.told(clerk.act("rosters", "submit", roster))
    make_roster_scan(roster)
    assert "已报送" in clerk.told(clerk.act("rosters", "submit", roster))
    assert fresh(RosterScan, present(roster)[0].id).position == 1
