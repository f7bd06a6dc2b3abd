"""The screen of the story's people: what they read, fill in and press."""

from __future__ import annotations

import io
import json

import pypdf
from sqlalchemy import select

from extensions import db
from models import Administrator
from models.engine import writing
from services.outbox import FILE_NAME
from services.scope import Reason, unscoped
from tests.factories.certificates import PHYSICIAN
from tests.factories.sessions import make_session

PASSWORD, PHONE, ANSWER = "Shizhi-7204", "13800138000", "TMW3"


def sit_down(page, app, username):
    """Have ``username`` signed in at the browser where the way in is not the story."""
    with app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        found = select(Administrator).where(Administrator.username == username)
        token = make_session(db.session.scalars(found).one())
        db.session.commit()
    cookies = app.session_interface.get_signing_serializer(app)
    signed = cookies.dumps({"_user_id": token, "_fresh": True})
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "session", "value": signed, "domain": "127.0.0.1", "path": "/"}]
    )


class Desk:
    """The screen at which one person after the other sits down; it knows only what it shows."""

    def __init__(self, page, app, console, folder):
        self.page, self.app, self.console, self.folder = page, app, console, folder
        self._pictures = 0
        # A page looks the same whatever database is behind it.
        self._takes_pictures = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")

    def picture(self, name):
        if not self._takes_pictures:
            return
        self._pictures += 1
        file = f"{self._pictures:02d}-{name.replace('/', '或')}.png"
        # A busy Chromium now and then refuses one capture and takes the same one when asked again
        # (MarketSquare/robotframework-browser#5237); the third refusal is believed.
        for _ in range(2):
            try:
                self.page.screenshot(path=self.folder / file)
            except Exception as error:
                if "Unable to capture screenshot" not in str(error):
                    raise
            else:
                return
        self.page.screenshot(path=self.folder / file)

    def sit_down(self, username):
        """Sit down at a computer of one's own, at which one is signed in already."""
        sit_down(self.page, self.app, username)
        self.page.goto("/admin/")

    def sign_in(self, username, password=PASSWORD):
        self.page.goto("/login")
        self.enter(username, password)

    def enter(self, username, password=PASSWORD):
        """Fill in the sign-in page that is shown, and send it."""
        self.page.get_by_label("用户名：").fill(username)
        self.page.get_by_label("密码：").fill(password)
        self.page.get_by_label("图形验证码：").fill(ANSWER)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def sign_in_by_sms(self, username):
        self.page.goto("/login")
        self.page.get_by_text("短信口令", exact=True).click()
        self.page.get_by_label("用户名：").fill(username)
        self.page.get_by_label("密码：").fill(PASSWORD)
        self.page.get_by_label("手机号：").fill(PHONE)
        self.page.get_by_label("图形验证码：").fill(ANSWER)
        self.page.get_by_role("button", name="发送短信").click()
        self.page.get_by_role("button", name="秒后重发").wait_for()
        self.picture("短信口令登录")
        lines = (self.app.config["DATA_DIR"] / FILE_NAME).read_text(encoding="utf-8").splitlines()
        self.page.get_by_label("手机验证码：").fill(json.loads(lines[-1])["code"])
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/admin/")

    def sign_out(self):
        self.page.locator(".account summary").click()
        self.page.get_by_role("button", name="退出").click()
        self.page.wait_for_url("**/login**")

    def go_to(self, module, function):
        """Open a screen by the function tree."""
        self.page.get_by_role("navigation", name="功能模块").get_by_role(
            "link", name=module
        ).click()
        self.page.get_by_role("navigation", name="功能树").get_by_role(
            "link", name=function, exact=True
        ).click()

    def pick(self, text):
        """Pick the one row of a grid that holds ``text``."""
        self.page.wait_for_load_state("load")
        self.page.locator("table.grid tbody tr", has_text=text).click()

    def press(self, tool):
        """Press a link or a button of the toolbar."""
        self.page.wait_for_load_state("load")
        bar = self.page.get_by_role("toolbar")
        bar.get_by_text(tool, exact=True).click()

    def confirm(self, tool, reason=None):
        """Press a button of the toolbar and answer its question."""
        self.press(tool)
        dialog = self.page.get_by_role("dialog")
        if reason is not None:
            dialog.get_by_role("textbox").fill(reason)
        self.picture(f"{tool}-确认")
        dialog.get_by_role("button", name="确定").click()

    def save(self, button):
        self.page.get_by_role("button", name=button, exact=True).click()
        self.said("已保存。")

    def said(self, sentence):
        self.page.locator(".message", has_text=sentence).wait_for()

    def fill(self, **values):
        """Fill the fields of a form by their names; lists are chosen from by what they show."""
        for name, value in values.items():
            field = self.page.locator(f"#{name}")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)

    def fill_period(self, number, department, started_on, ended_on):
        row = self.page.locator("[data-rows] tbody tr").nth(number)
        row.get_by_label("试用科室").fill(department)
        row.get_by_label("开始时间").fill(started_on)
        row.get_by_label("截止时间").fill(ended_on)
        row.get_by_label("带教老师", exact=True).fill("蒋建国")
        row.get_by_label("带教老师执业证书编码").fill(PHYSICIAN)
        row.get_by_label("试用内容").fill("常见病、多发病的诊治")

    def refused(self, status):
        """Take note that the browser complained of an answer's status, and of nothing else."""
        assert self.console
        assert all(str(status) in line for line in self.console), self.console
        self.console.clear()

    def names_on_paper(self):
        """Return the text of the paper that 查看纸质件 shows."""
        href = self.page.get_by_role("link", name="查看纸质件").get_attribute("href")
        answer = self.page.context.request.get(href)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/pdf"
        pages = pypdf.PdfReader(io.BytesIO(answer.body())).pages
        return "".join(page.extract_text() for page in pages)
