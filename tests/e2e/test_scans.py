"""Scans of a licence in a real browser: thumbnails, zoom, rotation, order; and its departments."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from admin_views.scan_answers import LIMITS
from extensions import db
from models.engine import writing
from tests.e2e.desk import sit_down
from tests.factories import uploads
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.licences import make_licence

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

WIDE = uploads.picture((1600, 1000))


@pytest.fixture
def clerk(committed_app, page):
    """The page of a signed-in clerk, and the key of the hospital's licence."""
    with committed_app.app_context(), writing():
        hospital = make_institution(make_bureau(name="武汉市卫生局"), name="武汉市汉口医院")
        licence = make_licence(hospital)
        username = make_administrator(hospital).username
        db.session.commit()
        key = licence.id
    sit_down(page, committed_app, username)
    return page, key


def test_uploading_viewing_and_ordering(clerk, console):
    page, _key = clerk
    page.goto("/admin/licences/")
    page.locator("tbody tr").dblclick()
    page.get_by_role("link", name="证照上传").click()
    page.wait_for_load_state()
    page.locator("input[name=files]").set_input_files(
        [
            {"name": "正本.jpg", "mimeType": "image/jpeg", "buffer": uploads.jpeg(WIDE)},
            {"name": "副本.pdf", "mimeType": "application/pdf", "buffer": uploads.pdf(2)},
        ]
    )
    cards = page.locator(".scan")
    page.locator(".scan:nth-child(2)").wait_for()
    names = page.locator(".scan-name")
    expect(names).to_have_text(["1. 正本.jpg", "2. 副本.pdf"])
    for image in page.locator(".scan img").all():
        image.evaluate("image => image.decode()")
        assert image.evaluate("image => image.naturalWidth") > 0

    page.locator("[data-view]").first.click()
    viewer = page.locator("dialog.viewer[data-zoom]")
    viewer.wait_for()
    fitted = float(viewer.get_attribute("data-zoom"))
    assert 0 < fitted < 1
    viewer.get_by_role("button", name="放大").click()
    assert float(viewer.get_attribute("data-zoom")) == pytest.approx(fitted * 1.25, abs=0.01)
    page.keyboard.press("0")
    assert float(viewer.get_attribute("data-zoom")) == fitted
    viewer.get_by_role("button", name="右转").click()
    expect(viewer).to_have_attribute("data-turned", "90")
    page.keyboard.press("Shift+R")
    page.keyboard.press("[")
    expect(viewer).to_have_attribute("data-turned", "270")
    assert viewer.locator("[data-viewer-title]").inner_text().startswith("1 / 3")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(viewer.locator("[data-viewer-title]")).to_contain_text("3 / 3")
    expect(viewer.get_by_role("button", name="下一页")).to_be_disabled()
    page.keyboard.press("Escape")
    viewer.wait_for(state="hidden")

    cards.nth(1).drag_to(cards.nth(0))
    page.get_by_text("页序已调整。").wait_for()
    expect(names).to_have_text(["1. 副本.pdf", "2. 正本.jpg"])
    page.get_by_role("button", name="第1份后移").click()
    page.locator(".scan-name", has_text="1. 正本.jpg").wait_for()

    page.locator("input[name=files]").set_input_files(
        {"name": "假.jpg", "mimeType": "image/jpeg", "buffer": b"<svg/>"}
    )
    page.get_by_text(re.compile("只能上传JPEG")).wait_for()
    # The browser itself tells of the refusal; nothing else may stand in the console.
    assert [line for line in console if "422" not in line] == []
    console.clear()


def file_named(name, content=None):
    return {"name": name, "mimeType": "image/jpeg", "buffer": content or uploads.jpeg()}


def test_files_chosen_during_an_upload_wait_their_turn(clerk, console):
    page, key = clerk
    held = []

    def hold_the_first(route):
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile(r"/scans/\?"), hold_the_first)
    page.goto(f"/admin/licences/{key}/scans/")
    files = page.locator("input[name=files]")
    with page.expect_request(lambda request: request.method == "POST"):
        files.set_input_files(file_named("正本.jpg"))
    lines = page.locator(".scan-progress li")
    # The first one is under way while two more are chosen, and then another one.
    files.set_input_files([file_named("副本1.jpg"), file_named("副本2.jpg")])
    expect(lines).to_have_count(3)
    files.set_input_files(file_named("副本3.jpg"))
    expect(lines).to_have_count(4)
    expect(lines.last).to_contain_text("等待上传")
    held[0].continue_()
    names = page.locator(".scan-name")
    expect(names).to_have_text(["1. 正本.jpg", "2. 副本1.jpg", "3. 副本2.jpg", "4. 副本3.jpg"])
    assert console == []


def test_what_was_uploaded_is_not_denied_after_a_refusal(clerk, console):
    page, key = clerk
    page.goto(f"/admin/licences/{key}/scans/")
    files, way = (
        page.locator("input[name=files]"),
        page.get_by_role("link", name="查看已上传的文件"),
    )
    files.set_input_files([file_named("正本.jpg"), file_named("假.jpg", b"<svg/>")])
    way.wait_for()
    files.set_input_files(file_named("又一个假.jpg", b"<svg/>"))
    expect(page.locator(".scan-progress li.is-error")).to_contain_text("又一个假.jpg")
    way.wait_for()
    expect(page.get_by_text("还没有上传证照")).to_be_hidden()
    way.click()
    expect(page.locator(".scan-name")).to_have_text(["1. 正本.jpg"])
    # The browser itself tells of the refusals; nothing else may stand in the console.
    assert [line for line in console if "422" not in line] == []
    console.clear()


def test_departments_by_keyboard(clerk):
    page, key = clerk
    page.goto(f"/admin/licences/edit/?id={key}")
    chips = page.locator(".multi-tree .chip")
    expect(chips).to_have_text(["全科医疗科×"])
    page.get_by_label("诊疗范围").focus()
    page.keyboard.type("没有的科")
    page.get_by_text("没有找到").wait_for()
    page.keyboard.press("Enter")
    expect(chips).to_have_count(1)
    page.keyboard.press("Control+A")
    page.keyboard.type("hxnk")
    page.get_by_text("没有找到").wait_for(state="hidden")
    page.keyboard.press("Enter")
    page.get_by_label("移除全科医疗科").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(chips).to_have_text(["预防保健科×", "呼吸内科专业×"])
    page.get_by_role("button", name="保存").click()
    page.get_by_text("已保存。").wait_for()
    expect(page.locator("tbody tr")).to_contain_text("预防保健科、呼吸内科专业")


def test_a_photo_too_large_for_an_upload_is_made_smaller(clerk, console, monkeypatch):
    page, key = clerk
    photo = uploads.png(Image.effect_noise((1300, 900), 90).convert("RGB"))
    monkeypatch.setitem(LIMITS, "largest", 400_000)
    monkeypatch.setitem(LIMITS, "longest_side", 640)
    assert len(photo) > 800_000
    file = {"name": "副本.png", "mimeType": "image/png", "buffer": photo}
    page.goto(f"/admin/licences/{key}/scans/")
    page.locator("input[name=files]").first.set_input_files(file)
    card = page.locator(".scan-name", has_text="副本.jpg")
    card.wait_for()
    page.wait_for_load_state("load")
    page.locator("[data-scan-replace] input[type=file]").set_input_files({**file, "name": "新.png"})
    page.locator(".scan-name", has_text="新.jpg").first.wait_for()

    page.locator("input[name=files]").first.set_input_files({**file, "mimeType": "application/pdf"})
    page.get_by_text("文件超过10MB。扫描件请用300dpi重新扫描").wait_for()
    assert console == []
