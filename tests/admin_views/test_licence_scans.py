"""证照上传: uploads, pictures, downloads and versions, as a browser without script sees them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import update

from admin_views import lifecycle
from admin_views.headers import FILE_POLICY
from extensions import db
from models import Institution, LicenceScan, utc_now
from services import files
from services.licence_checks import seen_of
from services.scans import receiving
from services.scans.reading import current_scans, old_versions
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import city, clerk, count, entries, fresh, other_clerk, tree
from tests.factories import uploads
from tests.factories.licences import make_licence

__all__ = ["city", "clerk", "other_clerk", "tree"]


@pytest.fixture
def licence(tree):
    return make_licence(tree.hospital)


def page_of(licence):
    return f"/admin/licences/{licence.id}/scans/"


def address(scan, rest=""):
    return f"/admin/licences/scans/{scan.id}/{rest}"


def upload(worker, licence, *given, **more):
    """Send files as the form does; each is content and name."""
    parts = [(io.BytesIO(data), name) for data, name in given]
    return worker.post(page_of(licence), act="upload", files=parts, **more)


def present(licence):
    with unscoped(Reason.MAINTENANCE):
        return current_scans(licence)


def uploaded(worker, licence, *given):
    answer = upload(worker, licence, *(given or [(uploads.jpeg(), "正本.jpg")]))
    assert answer.status_code == 302, answer.text
    return present(licence)


def lock(tree):
    with unscoped(Reason.MAINTENANCE):
        tree.hospital.locked_at = utc_now()
        db.session.commit()


class TestUploading:
    def test_several_at_once(self, licence, clerk):
        answer = upload(
            clerk,
            licence,
            (uploads.jpeg(), "正本.jpg"),
            (uploads.png(), "副本.png"),
            (uploads.pdf(3), "附页.pdf"),
        )
        page = clerk.told(answer)
        assert "已上传3个文件" in page
        assert page.count("data-scan=") == 3
        assert "PDF 文件，3页" in page
        assert [scan.file_name for scan in present(licence)] == ["正本.jpg", "副本.png", "附页.pdf"]
        assert len(entries("licence_scan:upload")) == 3

    def test_the_good_ones_of_several_are_kept(self, licence, clerk):
        page = clerk.told(
            upload(clerk, licence, (uploads.jpeg(), "正本.jpg"), (uploads.zipped(), "副本<b>.jpg"))
        )
        assert "已上传1个文件" in page
        assert "副本&lt;b&gt;.jpg：只能上传" in page
        assert len(present(licence)) == 1

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "空文件"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "只能上传"),
            (uploads.png_flood(), "尺寸过大"),
            (uploads.encrypted_pdf(), "密码"),
            (uploads.jpeg()[:400], "已损坏"),
        ],
    )
    def test_a_refusal_is_said_on_the_page(self, licence, clerk, data, words):
        answer = upload(clerk, licence, (data, "正本.jpg"))
        assert answer.status_code == 422
        assert words in answer.text
        assert count(LicenceScan) == 0

    def test_nothing_chosen(self, licence, clerk):
        answer = clerk.post(page_of(licence), act="upload")
        assert answer.status_code == 422
        assert "请先选择" in answer.text
        assert clerk.post(page_of(licence), act="absurd").status_code == 404

    def test_a_script_is_answered_in_kind(self, app, licence, clerk):
        headers = {"Accept": "application/json"}

        def send(data):
            form = {
                "act": "upload",
                "files": (io.BytesIO(data), "a.jpg"),
                "csrf_token": clerk.token,
            }
            answer = clerk.client.post(page_of(licence), data=form, headers=headers)
            return answer.status_code, json.loads(answer.text)["message"]

        assert send(uploads.jpeg()) == (200, "已上传1个文件。")
        status, sentence = send(b"GIF89a")
        assert status == 422
        assert "只能上传" in sentence

    @pytest.mark.parametrize("name", ["../../x.jpg", "a\0b.jpg", "CON", "甲" * 300, "x.php"])
    def test_names_are_only_names(self, app, licence, clerk, name):
        (scan,) = uploaded(clerk, licence, (uploads.jpeg(), name))
        assert len(scan.file_name) <= 120
        folder = Path(app.config["DATA_DIR"])
        stored = [path for path in folder.rglob("*") if path.is_file()]
        assert {path.name[:64] for path in stored if "files" in path.parts} == {scan.storage_name}

    def test_only_these_pages_take_large_requests(self, licence, clerk, monkeypatch):
        monkeypatch.setitem(lifecycle.LARGEST_UPLOADS, "licences.scans", 20_000)
        answer = upload(clerk, licence, (bytes(30_000), "正本.jpg"))
        assert answer.status_code == 413
        assert "过大" in answer.text
        assert "licences.edit_view" not in lifecycle.LARGEST_UPLOADS


class TestShowing:
    def test_pictures_are_pictures_whatever_was_sent(self, licence, clerk):
        scans = uploaded(
            clerk, licence, (uploads.jpeg() + uploads.SCRIPT, "a.html"), (uploads.pdf(2), "b.svg")
        )
        for scan in scans:
            for rest in ("thumbnail", f"pages/{scan.page_count}"):
                answer = clerk.get(address(scan, rest))
                assert answer.status_code == 200
                assert answer.mimetype == "image/jpeg"
                assert Image.open(io.BytesIO(answer.data)).format == "JPEG"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Content-Security-Policy"] == FILE_POLICY
                assert "no-store" in answer.headers["Cache-Control"]
            assert clerk.get(address(scan, f"pages/{scan.page_count + 1}")).status_code == 404
            assert clerk.get(address(scan, "pages/0")).status_code == 404

    def test_the_file_is_for_the_disk_and_leaves_an_entry(self, licence, clerk):
        (scan,) = uploaded(clerk, licence, (uploads.armed_pdf(), "执照.pdf"))
        answer = clerk.get(address(scan, "file"))
        assert answer.data.startswith(b"%PDF-")
        assert b"evil" not in answer.data
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == FILE_POLICY
        (entry,) = entries("licence_scan:download")
        assert entry.object_id == scan.id

    def test_damage_is_an_error_and_no_content(self, app, licence, clerk):
        (scan,) = uploaded(clerk, licence)
        path = Path(app.config["DATA_DIR"]) / "files" / scan.storage_name[:2] / scan.storage_name
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
        for rest in ("pages/1", "file"):
            answer = clerk.get(address(scan, rest))
            assert answer.status_code == 500
            assert "已损坏" in answer.text
        files.discard(scan.storage_name)
        assert clerk.get(address(scan, "thumbnail")).status_code == 500
        assert clerk.get(page_of(licence)).status_code == 200

    def test_neighbours_find_nothing(self, licence, clerk, other_clerk):
        (scan,) = uploaded(clerk, licence)
        assert other_clerk.get(page_of(licence)).status_code == 404
        assert upload(other_clerk, licence, (uploads.jpeg(), "a.jpg")).status_code == 404
        for rest in ("thumbnail", "pages/1", "file"):
            assert other_clerk.get(address(scan, rest)).status_code == 404
        assert other_clerk.post(address(scan), act="remove").status_code == 404
        assert clerk.get("/admin/licences/scans/999999/file").status_code == 404


class TestChanging:
    def test_replacing_keeps_the_old_version_in_sight(self, licence, clerk):
        (old,) = uploaded(clerk, licence)
        answer = clerk.post(address(old), act="replace", file=(io.BytesIO(uploads.png()), "新.png"))
        page = clerk.told(answer)
        assert "已替换" in page
        assert "历史版本（1）" in page
        (new,) = present(licence)
        assert new.file_name == "新.png"
        assert clerk.get(address(old, "pages/1")).status_code == 200
        # From a page that still shows the old one.
        again = clerk.post(address(old), act="replace", file=(io.BytesIO(uploads.png()), "x.png"))
        assert again.status_code == 422
        assert "刚刚有变化" in again.text
        assert present(licence) == [new]

    def test_a_file_that_is_not_taken_does_not_stay(self, app, licence, clerk):
        (scan,) = uploaded(clerk, licence)
        clerk.post(address(scan), act="remove")
        clerk.post(address(scan), act="replace", file=(io.BytesIO(uploads.png()), "x.png"))
        assert files.sweep(youngest=-60).removed == 0

    def test_order_and_removal(self, licence, clerk):
        one, two = uploaded(clerk, licence, (uploads.jpeg(), "1.jpg"), (uploads.png(), "2.png"))
        clerk.told(clerk.post(address(two), act="forward"))
        assert present(licence) == [two, one]
        clerk.told(clerk.post(page_of(licence), act="order", order=f"{one.id},{two.id}"))
        assert present(licence) == [one, two]
        assert clerk.post(page_of(licence), act="order", order="1,x").status_code == 422
        assert "可在历史版本中查看" in clerk.told(clerk.post(address(one), act="remove"))
        assert present(licence) == [two]
        with unscoped(Reason.MAINTENANCE):
            assert old_versions(licence) == [one]
        assert clerk.post(address(two), act="absurd").status_code == 404


class TestChecking:
    def test_the_bureau_confirms_what_it_has_seen(self, licence, clerk, city):
        city.told(city.act("licences", "use", licence, seen=seen_of(licence)))
        uploaded(clerk, licence)
        assert "待上级机构核对" in clerk.get(page_of(licence)).text
        page = city.get(page_of(licence)).text
        seen = page.split('name="seen" value="')[1].split('"')[0]
        assert len(city.rows("/admin/licences/", scans="changed")) == 1
        assert "有更新" in city.get("/admin/licences/").text
        uploaded(clerk, licence)
        assert city.post(page_of(licence), act="check", seen=seen).status_code == 422
        page = city.get(page_of(licence)).text
        seen = page.split('name="seen" value="')[1].split('"')[0]
        assert clerk.post(page_of(licence), act="check", seen=seen).status_code == 403
        assert "已核对" in city.told(city.post(page_of(licence), act="check", seen=seen))
        assert city.rows("/admin/licences/", scans="changed") == []

    def test_what_the_licence_says_since_is_not_confirmed(self, licence, clerk, city):
        city.told(city.act("licences", "use", licence, seen=seen_of(licence)))
        uploaded(clerk, licence)
        page = city.get(page_of(licence)).text
        seen = page.split('name="seen" value="')[1].split('"')[0]
        form = f"/admin/licences/edit/?id={licence.id}"
        clerk.told(clerk.submit(form, legal_representative="后换的人", valid_until="2098-12-31"))
        answer = city.post(page_of(licence), act="check", seen=seen)
        assert answer.status_code == 422
        assert "刚刚又有更新，请查看最新内容后再核对" in answer.text
        assert len(city.rows("/admin/licences/", scans="changed")) == 1
        # Nor does a form without a word of what was seen confirm anything.
        assert city.post(page_of(licence), act="check").status_code == 422
        seen = answer.text.split('name="seen" value="')[1].split('"')[0]
        assert "已核对" in city.told(city.post(page_of(licence), act="check", seen=seen))
        assert "没有待核对的内容" in city.post(page_of(licence), act="check", seen=seen).text

    def test_the_bureau_is_told_to_check_a_new_one(self, licence, clerk, city):
        uploaded(clerk, licence)
        assert "待上级机构核对" in clerk.told(
            clerk.act("licences", "use", licence, seen=seen_of(licence))
        )
        assert "尚未经上级机构核对" in clerk.get(page_of(licence)).text
        home = city.get("/admin/").text
        assert "许可证待核对" in home
        assert "in_use=yes&amp;scans=waiting" in home
        assert "未经上级核对" in city.get("/admin/licences/").text
        assert len(city.rows("/admin/licences/", scans="waiting")) == 1
        page = city.get(page_of(licence)).text
        assert "核对无误" in page
        seen = page.split('name="seen" value="')[1].split('"')[0]
        city.told(city.post(page_of(licence), act="check", seen=seen))
        assert city.rows("/admin/licences/", scans="waiting") == []
        assert "许可证待核对" not in city.get("/admin/").text


class TestLocks:
    def test_it_can_only_be_read(self, tree, licence, clerk):
        (scan,) = uploaded(clerk, licence)
        lock(tree)
        page = clerk.get(page_of(licence)).text
        assert "证照只能查看" in page
        assert 'type="file"' not in page
        assert 'value="remove"' not in page
        assert clerk.get(address(scan, "file")).status_code == 200
        answer = clerk.post(address(scan), act="remove")
        assert answer.status_code == 403
        assert "已锁定" in answer.text
        assert present(licence) == [scan]

    def test_a_lock_that_falls_while_the_file_is_cleaned(self, tree, licence, clerk, monkeypatch):
        receive, key = receiving.receive, tree.hospital.id

        def slow(data, name):
            taken = receive(data, name)
            statement = update(Institution).where(Institution.id == key)
            with unscoped(Reason.MAINTENANCE):
                db.session.execute(statement.values(locked_at=utc_now()))
                db.session.commit()
            return taken

        monkeypatch.setattr(receiving, "receive", slow)
        answer = upload(clerk, licence, (uploads.jpeg(), "正本.jpg"))
        assert answer.status_code == 403
        assert "已锁定" in answer.text
        assert count(LicenceScan) == 0
        assert files.sweep(youngest=-60).removed == 0
        assert fresh(type(licence), licence.id).scans_digest is None
