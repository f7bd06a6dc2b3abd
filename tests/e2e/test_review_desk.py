"""A morning at the review desk: five papers, one of them old and one forged, by keyboard alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from extensions import db
from models import AccountRole, CertificateReview
from models.engine import writing
from services import certificates, signing
from services.certificates import canonical_content, input_of
from services.scope import Reason, unscoped
from tests.e2e.desk import ANSWER, PASSWORD, Desk
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.certificates import make_certificate
from tests.factories.completeness import make_trainer
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau
from tests.factories.rosters import make_roster

REVIEWER = "hb2011604"
NAMES = ("周晓燕", "欧阳建国", "李敏")


@pytest.fixture
def papers(committed_app, monkeypatch):
    """The codes on five papers: three that stand, one that was overtaken, one that is made up."""
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing():
        bureau = make_bureau(make_bureau(name="湖北省卫生局"), name="黄陂区卫生局")
        clerk = make_actor(make_trainer(bureau, name="黄陂区人民医院"))
        make_administrator(
            bureau,
            username=REVIEWER,
            full_name="何审核",
            role=AccountRole.REVIEWER,
            password=PASSWORD,
        )
        make_exam_cycle()
        standing = [make_certificate(clerk, name=name) for name in NAMES]
        overtaken = make_certificate(clerk, name="王旧")
        with acting(clerk):
            certificates.mark_printed(clerk, [*standing, overtaken])
        make_roster(clerk, standing[:1])
        codes = [one.submission_code for one in standing]
        codes.insert(2, overtaken.submission_code)
        with acting(clerk):
            changed = replace(input_of(overtaken), major="全科医学")
            certificates.update(clerk, overtaken, changed, overtaken.version)
        content = {**canonical_content(overtaken), "id": 999}
        codes.append(signing.submission_code(content, exam_year=overtaken.exam_year, version=1))
        db.session.commit()
    return codes


class Hand:
    """The one hand that is free: it scans papers and presses keys."""

    def __init__(self, page):
        self.page, self.keyboard = page, page.keyboard

    def scan(self, code, status):
        """Do what a scanner does, type and press Enter; the page says ``status`` then."""
        field = self.page.get_by_label("提交编码：")
        expect(field).to_be_focused()
        expect(field).to_have_value("")
        self.keyboard.type(code)
        self.press("Enter")
        expect(self.page.locator(".review-status strong")).to_have_text(status)

    def press(self, key):
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.keyboard.press(key)

    def note(self, text):
        """Begin with 不符: without a note the cursor goes to where it is missing."""
        self.keyboard.press("F10")
        expect(self.page.locator("#note")).to_be_focused()
        self.keyboard.type(text)


@pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)
def test_five_papers_by_keyboard_alone(committed_app, page, console, folder, papers):
    desk = Desk(page, committed_app, console, folder)
    hand = Hand(page)
    desk.sign_in(REVIEWER)
    desk.go_to("医学考试", "现场审核")
    desk.picture("空的审核台")
    hand.scan(papers[0], "有效")
    expect(page.locator(".review-lines")).to_contain_text(NAMES[0])
    desk.picture("有效")
    hand.press("F9")
    desk.said(f"{NAMES[0]} 相符")

    hand.scan(papers[1].lower().replace("-", ""), "有效")
    hand.note("带教老师未签字")
    hand.press("Enter")
    desk.said(f"{NAMES[1]} 不符")

    hand.scan(papers[2], "已被新版本替代")
    expect(page.locator("td.differs")).to_have_text(["全科医学"])
    desk.picture("已被新版本替代")
    # What is not to be accepted has no key for it.
    page.keyboard.press("F9")
    hand.note("旧材料，请重新打印")
    hand.press("F10")
    desk.said("王旧 不符")

    # One character is left out at first; then the eye takes 0 for O.
    hand.scan(papers[3][:-1], "编码有误")
    hand.scan(papers[3].replace("0", "O"), "有效")
    hand.press("F9")

    hand.scan(papers[4], "不存在")
    expect(page.get_by_role("button", name="相符")).to_have_count(0)
    hand.note("机构称未出具")
    desk.picture("不存在")
    hand.press("Enter")
    desk.said("疑似伪造")
    # The first paper again: that it was seen this morning is said.
    hand.scan(papers[0], "有效")
    expect(page.locator(".review-side .warned")).to_contain_text("相符")
    hand.press("Escape")
    expect(page.locator(".review-latest tr")).to_have_count(5)

    desk.go_to("医学考试", "现场审核记录")
    expect(page.locator("tbody tr[data-key]")).to_have_count(5)
    desk.picture("审核记录")
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        results = db.session.scalars(select(CertificateReview.result)).all()
        assert [one.label for one in results] == ["相符", "不符", "不符", "相符", "疑似伪造"]
