from __future__ import annotations

import pytest

from models import AccountRole, AuthMethod
from services import security_policy
from tests.admin_views.screen_cases import Worker, city, clerk, province, tree
from tests.factories.administrators import make_administrator

__all__ = ["city", "clerk", "province", "tree"]

PAGE = "/admin/security-policy/"


@pytest.fixture
def officer(app, tree):
    return Worker(app, tree.province, role=AccountRole.SECURITY_ADMIN)


def test_setting(officer):
    fields = officer.fields(PAGE)
    assert fields["bureau_method"] == "password"
    answer = officer.post(PAGE, **{**fields, "password_profile": "nist"})
    assert "安全策略已保存" in officer.told(answer)
    assert security_policy.current().password_profile.value == "nist"
    again = officer.post(PAGE, **{**fields, "password_profile": "dengbao"})
    assert again.status_code == 409


def test_raising_shows_what_it_does_and_asks_again(officer, clerk, tree):
    make_administrator(tree.hospital, phone="13800138000")
    fields = {**officer.fields(PAGE), "institution_method": "password_totp"}
    for confirmed in ({}, {"confirmed": "password password_sms"}):
        page = officer.post(PAGE, **fields, **confirmed)
        assert page.status_code == 422
        assert "尚未保存" in page.text
        assert "须先登记的启用账号：<strong>2</strong> 个" in page.text
        assert "立即退出的登录：<strong>1</strong> 个" in page.text
    assert security_policy.current().version == 0
    assert clerk.get("/admin/").status_code == 200
    sent = officer.post(PAGE, **fields, confirmed="password password_totp")
    assert "安全策略已保存" in officer.told(sent)
    assert clerk.get("/admin/").status_code == 302


def test_lowering_asks_nothing(officer):
    officer.submit(PAGE, institution_method="password_totp", confirmed="password password_totp")
    assert officer.submit(PAGE, institution_method="password").status_code == 302


def test_more_than_he_has_shown(officer):
    answer = officer.submit(PAGE, bureau_method="password_usbkey")
    assert answer.status_code == 422
    assert "请先按该方式重新登录" in answer.text
    assert security_policy.current().bureau_method is AuthMethod.PASSWORD


def test_absurd_values(officer):
    assert officer.submit(PAGE, bureau_method="none").status_code == 422
    assert officer.submit(PAGE, version="x").status_code in {302, 409}


def test_whoever_has_shown_too_little_is_out(officer, clerk):
    assert clerk.get("/admin/").status_code == 200
    officer.told(
        officer.submit(PAGE, institution_method="password_sms", confirmed="password password_sms")
    )
    assert clerk.get("/admin/").status_code == 302
    assert officer.get(PAGE).status_code == 200


def test_others_do_not_see_it(province, city, clerk):
    assert {worker.get(PAGE).status_code for worker in (province, city, clerk)} == {403}
