"""The sheet of one-time passwords: one strip each, never parted, every character told apart."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from exports.fonts import MissingGlyphError
from exports.papers import password_sheet
from exports.password_strips import (
    BREADTH,
    PER_PAGE,
    PasswordSheet,
    PasswordStrip,
    render_password_sheet,
)
from models import AuthMethod
from services.account_batches import Strip
from tests.exports.papers import drawing_of, fonts_of, pages_of, squeezed, text_of

STEPS = ("打开 https://example.cn/login ，选择“密码”。", "登录后须立即设置自己的密码。")


def strip(number=1, **values):
    return PasswordStrip(
        **{
            "institution_name": f"第{number:03d}卫生院",
            "username": f"hb30{number:03d}01",
            "full_name": "李四",
            "valid_until": "2017-12-31 09:30",
            "steps": STEPS,
            "password": f"k7mp-3xqv-9wtd-{number:04d}",
            **values,
        }
    )


def sheet(count=1, **values):
    strips = tuple(strip(number, **values) for number in range(1, count + 1))
    return PasswordSheet("黄陂区卫生局", dt.date(2017, 12, 24), strips)


def test_all_that_the_clerk_needs_stands_on_the_strip():
    text = squeezed(text_of(render_password_sheet(sheet())))
    for part in (
        "第001卫生院",
        "用户名：hb3000101",
        "姓名：李四",
        "一次性密码：k7mp-3xqv-9wtd-0001",
        "有效期至：2017-12-3109:30",
        "https://example.cn/login",
        "须立即设置自己的密码",
        "发放单位：黄陂区卫生局",
    ):
        assert part in text


@pytest.mark.parametrize("count", [1, PER_PAGE, PER_PAGE + 1, 5 * PER_PAGE])
def test_no_strip_is_parted_and_none_is_lost(count):
    pages = [squeezed(text) for text in pages_of(render_password_sheet(sheet(count)))]
    assert len(pages) == -(-count // PER_PAGE)
    for number in range(1, count + 1):
        (page,) = [text for text in pages if f"第{number:03d}卫生院" in text]
        assert f"k7mp-3xqv-9wtd-{number:04d}" in page
        assert f"hb30{number:03d}01" in page
    assert all(text.count("一次性密码：") <= PER_PAGE for text in pages)


def test_only_our_fonts_are_used_and_all_are_embedded():
    names = fonts_of(render_password_sheet(sheet()))
    assert names
    assert all("NotoSerifSC" in name for name in names)


def test_the_longest_name_stays_on_the_paper():
    name = "湖北省某某市某某区某某街道某某社区卫生服务中心（某某市第一人民医院某某分院）" * 3
    data = render_password_sheet(sheet(institution_name=name))
    assert "…" in text_of(data)
    assert BREADTH < 595
    short = "湖北省某某市某某区某某街道某某社区卫生服务中心（某某分院）"
    assert short in squeezed(text_of(render_password_sheet(sheet(institution_name=short))))


def test_markup_in_a_name_is_text():
    text = text_of(render_password_sheet(sheet(institution_name="<b>粗</b>&amp;")))
    assert "<b>粗</b>&amp;" in text


def test_equal_sheets_give_equal_bytes():
    assert render_password_sheet(sheet(3)) == render_password_sheet(sheet(3))


def test_a_character_without_a_shape_is_named_and_the_password_is_not():
    with pytest.raises(MissingGlyphError) as caught:
        render_password_sheet(sheet(full_name="\U000323af"))
    assert "k7mp" not in str(caught.value)
    assert "k7mp" not in repr(sheet())


def test_strips_are_parted_by_lines_to_cut_along():
    drawing = drawing_of(render_password_sheet(sheet(3)), 0)
    assert sum(right - left > BREADTH for left, _, right, _ in drawing.rules) == 3


def test_no_character_touches_another():
    """The broadest letters and the longest texts side by side."""
    widest = sheet(2, password="mwmw-wwmm-mmww-qxwm", username="hb309999902", full_name="古丽" * 14)
    drawing = drawing_of(render_password_sheet(widest), 0)
    for one, other in itertools.combinations(drawing.runs, 2):
        assert not one.overlaps(other)


def handed_out(required, *, has_phone):
    drawn = Strip(
        administrator_id=1,
        institution_name="第一卫生院",
        username="hb3000101",
        full_name="李四",
        required=required,
        has_phone=has_phone,
        password="k7mp-3xqv-9wtd-0001",
        valid_until=dt.datetime(2017, 12, 31, 9, tzinfo=dt.UTC),
    )
    return password_sheet([drawn], "黄陂区卫生局", "https://example.cn/login")


@pytest.mark.parametrize(
    ("required", "has_phone", "parts"),
    [
        ("password_sms", True, ["选择“短信口令”", "手机号和图形验证码", "单击“发送短信”"]),
        ("password_sms", False, ["选择“密码”", "图形验证码", "按提示绑定本人手机号"]),
        ("password_totp", True, ["选择“密码”", "图形验证码", "扫描二维码登记"]),
        ("password_usbkey", True, ["选择“密码”", "登记USBKEY"]),
        ("password", True, ["选择“密码”", "图形验证码"]),
    ],
)
def test_the_steps_are_those_that_the_account_will_meet(required, has_phone, parts):
    printed = handed_out(AuthMethod(required), has_phone=has_phone)
    assert len(printed.strips[0].steps) <= 3
    text = squeezed(text_of(render_password_sheet(printed)))
    for part in [*parts, "须立即设置自己的密码"]:
        assert part in text
