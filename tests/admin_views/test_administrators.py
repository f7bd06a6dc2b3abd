from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from extensions import db
from models import Administrator, AuthMethod
from services import passwords
from services.administrators import opening
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.admin_views.sign_in_cases import sent
from tests.factories.administrators import make_administrator

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/administrators/"
NEW = "/admin/administrators/new/"
SECRET = re.compile(r"一次性密码：<code>([^<]+)</code>")


def names_of(worker, **arguments):
    """Return the user names that the grid shows, in their order."""
    return [name.split()[0] for name in worker.rows(GRID, **arguments)]


def newest_account():
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(
            select(Administrator).order_by(Administrator.id.desc()).limit(1)
        ).one()


def edit(row):
    return f"{GRID}edit/?id={row.id}"


class TestGrid:
    def test_only_the_own_subtree(self, city, clerk, other_clerk):
        names = {city.account.username, clerk.account.username}
        assert set(names_of(city)) == names
        assert names_of(clerk) == [clerk.account.username]

    def test_of_one_institution(self, tree, province, city, clerk):
        assert names_of(city, institution=str(tree.hospital.id)) == [clerk.account.username]
        assert city.get(GRID, institution=str(tree.other_hospital.id)).status_code == 404
        assert city.get(GRID, institution="x").status_code == 404

    def test_filters_keyword_and_sorting(self, tree, city, clerk):
        make_administrator(tree.hospital, username="paused", full_name="停某", is_enabled=False)
        assert names_of(city, enabled="no") == names_of(city, search="停某") == ["paused"]
        assert len(names_of(city, enabled="yes", auth="password")) == 2
        assert len(names_of(city, search="汉口")) == 2
        names = names_of(city, sort="0")
        assert names_of(city, sort="0", desc="1") == names[::-1]

    def test_by_category_of_their_institution(self, tree, city, clerk):
        assert names_of(city, category="A") == [clerk.account.username]
        assert names_of(city, category="Z") == [city.account.username]
        assert names_of(city, category="A2") == []

    def test_phones_are_masked(self, tree, city):
        make_administrator(tree.hospital, phone="13800138000")
        text = city.get(GRID).text
        assert "13800138000" not in text
        assert "138****8000" in text

    def test_auditors_are_kept_out(self, auditor):
        assert auditor.get(GRID).status_code == 403
        (entry,) = entries("request:denied")
        assert (entry.actor_id, entry.object_label) == (
            auditor.account.id,
            "管理员设置（查看）",
        )


class TestForm:
    def test_one_time_password_is_shown_once(self, tree, city):
        answer = city.submit(
            f"{NEW}?institution={tree.hospital.id}", full_name="李四", phone="13800138000"
        )
        assert SECRET.search(city.told(answer)) is None
        secret = SECRET.search(city.post(answer.location, act="show").text)[1]
        again = city.post(answer.location, act="show")
        assert again.status_code == 200
        assert secret not in again.text
        assert "不能再次显示" in again.text
        name = next(n for n in names_of(city) if n != city.account.username)
        page = city.get(GRID).text
        assert secret not in page
        with_key = page.split(f'data-name="{name} ')[0].rsplit('data-key="', 1)[1].split('"')[0]
        account = fresh(Administrator, int(with_key))
        assert account.institution_id == tree.hospital.id
        assert account.must_change_password
        assert passwords.verify_password(account.password_hash, secret)
        assert secret not in city.get(edit(account)).text
        (entry,) = entries("administrator:create")
        assert secret not in str(entry.changes)
        (entry,) = entries("administrator:secret")
        assert entry.changes == [{"label": "方式", "old": "", "new": "显示"}]

    def test_the_page_of_a_password_says_at_once_that_it_was_collected(self, city, province):
        answer = city.submit(NEW, full_name="李四", phone="13800138000")
        for _ in range(2):
            page = city.get(answer.location).text
            assert "只能领取一次" in page
            assert "显示密码</button>" in page
        page = province.get(answer.location).text
        assert "没有在10分钟内领取，或不是由您生成的，不能再次显示" in page
        assert SECRET.search(city.post(answer.location, act="show").text)
        for worker in (city, province):
            page = worker.get(answer.location).text
            assert "显示密码</button>" not in page
            told = rf"已于 [-0-9]{{10}} [:0-9]{{5}} 由 {city.account.username} \w+ 领取（显示），"
            assert re.search(told, page)

    def test_of_a_new_password_nothing_is_said_of_the_former_one(self, city, clerk):
        first = city.act("administrators", "reset", clerk.account)
        city.post(first.location, act="show")
        again = city.act("administrators", "reset", clerk.account)
        assert "显示密码</button>" in city.get(again.location).text

    def test_the_same_form_sent_twice_makes_one_account(self, tree, city):
        form = {**city.fields(NEW), "full_name": "李四", "phone": "13800138000"}
        before = count(Administrator)
        first, second = city.post(NEW, **form), city.post(NEW, **form)
        assert first.location == second.location
        assert count(Administrator) == before + 1
        assert len(entries("administrator:create")) == 1
        changed = city.post(NEW, **{**form, "full_name": "王五"})
        assert changed.status_code == 422
        assert "这张表单已经保存过" in changed.text
        assert count(Administrator) == before + 1

    def test_a_one_time_password_is_shown_to_its_maker_only(self, tree, city, province):
        answer = city.submit(NEW, full_name="李四", phone="13800138000")
        assert SECRET.search(province.post(answer.location, act="show").text) is None
        assert SECRET.search(city.post(answer.location, act="show").text)

    def test_a_one_time_password_may_be_sent_to_its_owner_instead(self, tree, city, app):
        answer = city.submit(NEW, full_name="李四", phone="13800138000")
        assert "短信发送至 138****8000" in city.get(answer.location).text
        told = city.told(city.post(answer.location, act="send"))
        assert "一次性密码已发送至138****8000。" in told
        (message,) = [m for m in sent(app) if m["purpose"] == "one_time_password"]
        secret = re.search("一次性密码([a-z0-9-]{19})，", message["text"])[1]
        account = newest_account()
        assert passwords.verify_password(account.password_hash, secret)
        assert SECRET.search(city.post(answer.location, act="show").text) is None
        again = city.told(city.post(answer.location, act="send"))
        assert "不能再次发送" in again

    def test_without_a_phone_nothing_can_be_sent(self, tree, city):
        answer = city.submit(NEW, full_name="李四", phone="", auth_method="password")
        assert "短信发送至" not in city.get(answer.location).text
        assert "未绑定手机号" in city.told(city.post(answer.location, act="send"))
        assert SECRET.search(city.post(answer.location, act="show").text)

    def test_without_sms_it_is_shown_only(self, tree, city, app, monkeypatch):
        monkeypatch.setitem(app.config, "SMS_BACKEND", "")
        form = city.get(NEW).text
        assert "用户名密码+手机验证码" not in form
        assert city.fields(NEW)["auth_method"] == "password_totp"
        answer = city.submit(NEW, full_name="李四", phone="13800138000")
        assert "短信发送至" not in city.get(answer.location).text
        assert "平台未开通短信" in city.told(city.post(answer.location, act="send"))
        assert SECRET.search(city.post(answer.location, act="show").text)

    def test_without_sms_an_account_keeps_its_method(self, tree, city, app, monkeypatch):
        row = make_administrator(tree.hospital, phone="13800138000", auth_method="password_sms")
        monkeypatch.setitem(app.config, "SMS_BACKEND", "")
        assert city.submit(edit(row), full_name="改某").status_code == 302
        assert fresh(Administrator, row.id).auth_method.value == "password_sms"

    def test_the_page_of_a_password_is_closed_to_others(self, city, clerk, other_clerk, auditor):
        for account in (other_clerk.account, city.account):
            assert clerk.get(f"{GRID}secret/", id=account.id).status_code == 404
            assert clerk.post(f"{GRID}secret/?id={account.id}", act="show").status_code == 404
        assert auditor.get(f"{GRID}secret/", id=clerk.account.id).status_code == 403

    def test_a_new_account_signs_in_by_sms_unless_changed(self, city):
        assert city.fields(NEW)["auth_method"] == "password_sms"

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"full_name": ""}, "请填写姓名"),
            ({"form_key": "x" * 200}, "这张表单已失效"),
            ({"username": "1x"}, "用户名"),
            ({"phone": "123"}, "errors"),
            ({"email": "x"}, "errors"),
            ({"auth_method": "absurd"}, "errors"),
            ({"institution_id": "0"}, "errors"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_saved(self, tree, city, changes, sentence):
        before = count(Administrator)
        valid = {"full_name": "李四", "auth_method": "password"}
        answer = city.submit(NEW, **{**valid, **changes})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert count(Administrator) == before

    def test_the_next_user_name_is_proposed(self, tree, city):
        page = city.get(NEW, institution=str(tree.hospital.id)).text
        assert f"汉口医院的下一个为 hb{tree.hospital.unit_number}01" in page
        make_administrator(tree.hospital, username=f"hb{tree.hospital.unit_number}01")
        page = city.get(NEW, institution=str(tree.hospital.id)).text
        assert f"汉口医院的下一个为 hb{tree.hospital.unit_number}02" in page

    def test_institution_outside_is_not_taken(self, tree, city):
        before = count(Administrator)
        answer = city.submit(NEW, full_name="李四", institution_id=str(tree.other_hospital.id))
        assert answer.status_code == 422
        assert count(Administrator) == before

    def test_user_name_of_another_is_taken(self, city, other_clerk):
        answer = city.submit(
            NEW,
            full_name="李四",
            phone="13800138000",
            username=other_clerk.account.username.upper(),
        )
        assert answer.status_code == 422
        assert "该用户名已被使用" in answer.text

    def test_changing(self, city, clerk):
        assert city.submit(edit(clerk.account), full_name="改某").status_code == 302
        assert fresh(Administrator, clerk.account.id).full_name == "改某"

    def test_the_phone_of_an_account_is_shown_to_nobody_in_full(self, tree, city):
        row = make_administrator(tree.hospital, phone="13800138000")
        page = city.get(edit(row)).text
        assert "13800138000" not in page
        assert "已绑定 138****8000；留空则不变" in page
        assert city.submit(edit(row), full_name="改某").status_code == 302
        assert fresh(Administrator, row.id).phone == "13800138000"
        assert city.submit(edit(row), phone="13900139000").status_code == 302
        assert fresh(Administrator, row.id).phone == "13900139000"

    def test_the_own_row_leads_to_the_own_settings(self, tree):
        worker = tree.worker(tree.city, phone="13800138000", auth_method="password_sms")
        fields = worker.fields(edit(worker.account))
        assert {"phone", "auth_method"}.isdisjoint(fields)
        page = worker.get(edit(worker.account)).text
        assert "138****8000" in page
        assert "13800138000" not in page
        assert '更换请到<a href="/account/security">' in page
        sent = worker.submit(
            edit(worker.account), full_name="改某", phone="13900139000", auth_method="password"
        )
        assert sent.status_code == 302
        stored = fresh(Administrator, worker.account.id)
        assert (stored.full_name, stored.phone) == ("改某", "13800138000")
        assert stored.auth_method.value == "password_sms"

    def test_raising_what_is_to_be_shown_warns(self, city, clerk):
        form = city.get(edit(clerk.account)).text
        assert "提高后，尚未登记的用户须由您重置密码" in form
        told = city.told(city.submit(edit(clerk.account), auth_method="password_totp"))
        assert "尚未登记“用户名密码+动态口令”" in told
        city.act("administrators", "reset", clerk.account)
        told = city.told(city.submit(edit(clerk.account), full_name="改某"))
        assert "尚未登记" not in told

    def test_stale_form_shows_both(self, city, clerk, province):
        fields = city.fields(edit(clerk.account))
        province.submit(edit(clerk.account), full_name="先存")
        answer = city.post(edit(clerk.account), **{**fields, "full_name": "后填"})
        assert answer.status_code == 409
        assert "先存" in answer.text
        assert "后填" in answer.text
        assert fresh(Administrator, clerk.account.id).full_name == "先存"

    def test_a_form_without_its_version_overwrites_nothing(self, city, clerk):
        fields = city.fields(edit(clerk.account))
        del fields["version"]
        answer = city.post(edit(clerk.account), **{**fields, "full_name": "后填"})
        assert answer.status_code == 409
        assert fresh(Administrator, clerk.account.id).full_name == clerk.account.full_name

    def test_foreign_and_absurd_ones(self, city, other_clerk):
        assert city.get(edit(other_clerk.account)).status_code == 404
        assert city.post(edit(other_clerk.account), full_name="x").status_code == 404
        for key in ("0", "x", "99999999999999999999"):
            assert city.get(f"{GRID}edit/", id=key).status_code == 404


class TestActions:
    def test_dialogs_name_person_and_institution(self, city, clerk):
        assert f"{clerk.account.username} 院某（汉口医院）" in city.rows(GRID)

    def test_reset_shows_a_password_once(self, city, clerk):
        answer = city.act("administrators", "reset", clerk.account)
        assert "一次性密码" not in answer.text
        secret = SECRET.search(city.post(answer.location, act="show").text)[1]
        assert SECRET.search(city.get(answer.location).text) is None
        account = fresh(Administrator, clerk.account.id)
        assert passwords.verify_password(account.password_hash, secret)
        assert account.must_change_password
        assert len(entries("administrator:reset_password")) == 1
        assert secret not in city.get(GRID).text
        with city.client.session_transaction() as cookie:
            assert secret not in str(dict(cookie))
        assert clerk.get(GRID).status_code == 302

    def test_unbinding(self, tree, city):
        row = make_administrator(tree.hospital, phone="13800138000")
        city.told(city.act("administrators", "unbind", row))
        assert fresh(Administrator, row.id).phone is None

    def test_deleting(self, city, clerk):
        assert "用户已删除" in city.told(city.act("administrators", "delete", clerk.account))
        assert fresh(Administrator, clerk.account.id).deleted_at is not None
        assert names_of(city) == [city.account.username]
        assert city.get(edit(clerk.account)).status_code == 404
        assert clerk.get("/admin/").status_code == 302

    def test_nobody_deletes_himself(self, city):
        page = city.told(city.act("administrators", "delete", city.account))
        assert "不能对本人的账号删除" in page
        assert len(entries("request:denied")) == 1
        assert fresh(Administrator, city.account.id).deleted_at is None

    @pytest.mark.parametrize("name", ["reset", "unbind", "delete"])
    def test_foreign_accounts_are_not_found(self, city, other_clerk, name):
        before = fresh(Administrator, other_clerk.account.id).version
        assert city.act("administrators", name, other_clerk.account).status_code == 404
        assert fresh(Administrator, other_clerk.account.id).version == before

    def test_deleted_accounts_are_not_reset(self, city, clerk):
        city.act("administrators", "delete", clerk.account)
        answer = city.act("administrators", "reset", clerk.account)
        assert answer.status_code == 404
        assert "一次性密码" not in answer.text

    def test_unknown_action_and_get(self, city, clerk):
        assert city.act("administrators", "absurd", clerk.account).status_code == 404
        assert city.get(f"{GRID}action/").status_code == 405


class TestRefusalsOnRecord:
    """What somebody tries who may not leaves an entry with act and account; what is wrong, none."""

    @pytest.fixture
    def system(self, tree):
        return tree.worker(tree.province, role="system_admin", phone="13900139000")

    @staticmethod
    def told():
        return {one["label"]: one["new"] for one in entries("request:denied")[-1].changes}

    @pytest.mark.parametrize(
        ("values", "changes", "reason"),
        [
            ({}, {"phone": "13800138000"}, opening.NOT_HIS_PHONE),
            ({"is_enabled": False}, {"is_enabled": "y"}, opening.NOT_HIS_ENABLING),
            (
                {"auth_method": AuthMethod.PASSWORD_USBKEY},
                {"auth_method": "password"},
                opening.NOT_HIS_LOWERING,
            ),
            ({"role": "auditor"}, {"role": "operator"}, opening.NOT_HIS_OPERATOR),
        ],
    )
    def test_in_a_form(self, tree, system, values, changes, reason):
        row = make_administrator(tree.city, **values)
        db.session.commit()
        assert system.submit(edit(row), **changes).status_code == 422
        assert len(entries("request:denied")) == 1
        assert self.told() | {"所需权限": ""} == {
            "原因": reason,
            "操作": "修改用户",
            "编号": str(row.id),
            "对象": row.username,
            "所需权限": "",
        }
        assert entries("request:denied")[-1].result == "denied"

    def test_in_the_form_for_a_new_account(self, tree, system):
        typed = {"full_name": "李四", "phone": "13800138000", "institution_id": str(tree.city.id)}
        assert system.submit(NEW, institution_name="x", **typed).status_code == 422
        assert self.told()["操作"] == "新增用户"
        assert self.told()["原因"] == opening.NOT_HIS_PHONE

    @pytest.mark.parametrize("name", ["reset", "unbind", "delete"])
    def test_by_a_button(self, province, system, name):
        system.told(system.act("administrators", name, province.account))
        assert self.told()["操作"] in {"重置密码", "解除绑定", "删除用户"}
        assert self.told()["对象"] == province.account.username
        assert self.told()["编号"] == str(province.account.id)

    def test_what_is_merely_wrong_leaves_none(self, city, clerk):
        answer = city.submit(edit(clerk.account), phone="138", full_name="1")
        assert answer.status_code == 422
        assert entries("request:denied") == []


@pytest.mark.parametrize("full_name", ["", "周晓燕"])
def test_a_foreign_institution_is_said_and_recorded_whatever_else_is_wrong(tree, city, full_name):
    foreign = str(tree.other_hospital.id)
    answer = city.submit(NEW, full_name=full_name, institution_name="x", institution_id=foreign)
    assert answer.status_code == 422
    assert "不在您的管理范围内" in answer.text
    (entry,) = entries("request:denied")
    assert [one["new"] for one in entry.changes if one["label"] == "编号"] == [foreign]
