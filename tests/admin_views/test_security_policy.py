from __future__ import annotations

import pytest

from models import AccountRole, AuthMethod
from services import security_policy
from tests.admin_views.screen_cases import Worker, city, clerk, province, tree

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
    officer.told(officer.submit(PAGE, institution_method="password_sms"))
    assert clerk.get("/admin/").status_code == 302
    assert officer.get(PAGE).status_code == 200


def test_others_do_not_see_it(province, city, clerk):
    assert {worker.get(PAGE).status_code for worker in (province, city, clerk)} == {403}
