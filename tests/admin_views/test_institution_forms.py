"""What the grid of institutions opens: its forms, the record, the picker and the checks."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import inspect, select

from extensions import db
from models import FormerName, Institution
from services import clock, institutions
from services.institutions.names import NAME_TAKEN
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    count,
    entries,
    fresh,
    province,
    tree,
)
from tests.factories.actors import acting
from tests.factories.institutions import DETAILS, make_former_name, make_institution

__all__ = ["auditor", "city", "clerk", "province", "tree"]

GRID = "/admin/institutions/"
NEW = "/admin/institutions/new/"


def edit(row):
    return f"/admin/institutions/edit/?id={inspect(row).identity[0]}"


def lock(worker, row):
    with acting(worker.actor):
        institutions.lock(worker.actor, [row])


class TestForm:
    def test_new_institution_reports_to_the_own_one(self, tree, city):
        fields = city.fields(NEW)
        assert (fields["parent_id"], fields["parent_name"]) == (str(tree.city.id), "武汉市卫生局")
        answer = city.submit(NEW, name="江岸医院", category_code="A1")
        page = city.told(answer)
        assert "已保存" in page
        with unscoped(Reason.MAINTENANCE):
            key = db.session.scalar(select(Institution.id).where(Institution.name == "江岸医院"))
        # Its row may be on any page of a long list.
        assert f'“江岸医院”下一步：<a href="/admin/administrators/?institution={key}' in page
        assert f'<a href="/admin/institutions/details/?id={key}' in page
        assert set(city.rows(GRID)) == {"汉口医院", "江岸医院"}
        (entry,) = entries("institution:create")
        assert (entry.object_label, entry.actor_id) == ("江岸医院", city.account.id)

    def test_a_name_is_never_markup(self, city):
        page = city.told(city.submit(NEW, name="<b>江岸</b>医院", category_code="A1"))
        assert "“&lt;b&gt;江岸&lt;/b&gt;医院”下一步" in page

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": " "}, "请填写机构名称。"),
            ({"category_code": ""}, "请选择机构类别。"),
            ({"category_code": "absurd"}, "is-wrong"),
            ({"name": "夷陵医院"}, "名称"),
            ({"organisation_code": "123"}, "is-wrong"),
            ({"name": "甲" * 101}, "不能超过"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, tree, city, changes, sentence):
        before = count(Institution)
        answer = city.submit(NEW, **{"name": "江岸医院", "category_code": "A1", **changes})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'class="errors"' in answer.text
        assert count(Institution) == before

    def test_all_that_is_wrong_is_said_at_once(self, tree, city):
        answer = city.submit(
            NEW,
            name="夷陵医院",
            category_code="A1",
            parent_id="",
            parent_name="没有的单位",
            organisation_code="123",
            postcode="1",
        )
        assert answer.status_code == 422
        for sentence in (
            NAME_TAKEN,
            "没有这个名称的机构，请输入后从列表中选择。",
            "现在是3位",
            "邮政编码应为6位",
        ):
            assert sentence in answer.text
        assert answer.text.count('class="errors"') == 4

    def test_all_that_is_wrong_in_a_change_is_said_at_once(self, tree, city):
        answer = city.submit(
            edit(tree.hospital), name="夷陵医院", former_name_until="2099-01-01", postcode="1"
        )
        assert answer.status_code == 422
        for sentence in (NAME_TAKEN, "停用日期不能晚于今天", "邮政编码应为6位"):
            assert sentence in answer.text

    def test_a_parent_typed_in_full_is_taken(self, tree, city, province):
        answer = city.submit(
            NEW,
            name="江岸医院",
            category_code="A1",
            parent_id="",
            parent_name=f" {tree.hospital.name} ",
        )
        assert answer.status_code == 302
        below = Institution.parent_id == tree.hospital.id
        assert count(Institution, Institution.name == "江岸医院", below) == 1
        typed = {"parent_id": "", "parent_name": tree.other_city.name}
        page = province.submit(edit(tree.hospital), **typed)
        assert page.status_code == 422
        assert f'name="confirmed_parent_id" value="{tree.other_city.id}"' in page.text

    def test_only_categories_that_suit_are_offered(self, city):
        page = city.get(NEW).text
        assert '<option value="Z3"' in page
        assert '<option value="Z1"' not in page
        assert '<option value="Z2"' not in page

    def test_parent_outside_is_not_taken(self, tree, city):
        answer = city.submit(
            NEW, name="江岸医院", category_code="A1", parent_id=str(tree.other_city.id)
        )
        assert answer.status_code == 422
        assert "不在您的管理范围内" in answer.text

    def test_renaming_keeps_the_former_name(self, tree, city):
        answer = city.submit(
            edit(tree.hospital), name="汉口中心医院", former_name_until="2017年6月30日"
        )
        assert answer.status_code == 302
        assert fresh(Institution, tree.hospital.id).name == "汉口中心医院"
        last_day = FormerName.used_until == dt.date(2017, 6, 30)
        assert count(FormerName, FormerName.name == "汉口医院", last_day) == 1

    def test_renaming_without_keeping_the_former_name(self, tree, city):
        fields = city.fields(edit(tree.hospital))
        assert fields["former_name_until"] == clock.today().isoformat()
        del fields["keep_former_name"]
        city.post(edit(tree.hospital), **{**fields, "name": "汉口中心医院"})
        assert fresh(Institution, tree.hospital.id).name == "汉口中心医院"
        assert count(FormerName) == 0

    def test_moving_shows_what_goes_along_and_asks_first(self, tree, province):
        make_institution(tree.hospital, name="汉口分院")
        choice = {"parent_id": str(tree.other_city.id), "parent_name": "宜昌市卫生局"}
        answer = province.submit(edit(tree.hospital), **choice, address="同时改的地址")
        assert answer.status_code == 422
        assert "变更信息上报：武汉市卫生局 → 宜昌市卫生局" in answer.text
        assert "机构（含本身）：<strong>2</strong>" in answer.text
        assert "勾选确认后再保存" in answer.text
        stored = fresh(Institution, tree.hospital.id)
        assert (stored.parent_id, stored.address) == (tree.city.id, None), "nothing by halves"
        answer = province.submit(
            edit(tree.hospital),
            **choice,
            address="同时改的地址",
            confirmed_parent_id=str(tree.other_city.id),
        )
        assert answer.status_code == 302
        stored = fresh(Institution, tree.hospital.id)
        assert (stored.parent_id, stored.address) == (tree.other_city.id, "同时改的地址")
        assert stored.path.startswith(tree.other_city.path)

    def test_own_form_opened_by_hand_only_shows(self, tree, city):
        page = city.get(edit(tree.city)).text
        assert "名称、类别和信息上报由上级机构修改" in page
        assert 'href="/admin/my-institution/"' in page
        assert 'type="submit" class="button is-primary">保存' not in page

    def test_locked_one_says_so_on_opening(self, tree, city):
        lock(city, tree.hospital)
        page = city.get(edit(tree.hospital)).text
        assert "该机构信息已锁定" in page
        assert "disabled" in page.split("<fieldset", 1)[1].split(">", 1)[0]
        assert 'type="submit" class="button is-primary">保存' not in page

    def test_every_id_stands_once(self, tree, city):
        for page in (NEW, edit(tree.hospital)):
            ids = re.findall(r' id="([^"]+)"', city.get(page).text)
            assert len(ids) == len(set(ids))

    def test_stale_form_shows_both(self, tree, city, province):
        fields = city.fields(edit(tree.hospital))
        assert province.submit(edit(tree.hospital), address="先存的地址").status_code == 302
        answer = city.post(edit(tree.hospital), **{**fields, "address": "后填的地址"})
        assert answer.status_code == 409
        assert "先存的地址" in answer.text
        assert "后填的地址" in answer.text
        assert fresh(Institution, tree.hospital.id).address == "先存的地址"

    def test_locked_one_is_not_changed(self, tree, city):
        fields = city.fields(edit(tree.hospital))
        lock(city, tree.hospital)
        answer = city.post(edit(tree.hospital), **{**fields, "name": "改名", "address": "新址9号"})
        assert answer.status_code == 403
        # The refusal stands on the form, and what was typed is still there.
        assert "已锁定，不能修改" in answer.text
        assert 'value="改名"' in answer.text
        assert 'value="新址9号"' in answer.text
        assert len(entries("request:denied")) == 1
        assert fresh(Institution, tree.hospital.id).name == "汉口医院"
        # The lock is said first, not what is wrong in a form that cannot be saved.
        for address in (
            edit(tree.hospital),
            f"/admin/institutions/details/?id={tree.hospital.id}",
        ):
            answer = city.post(address, **{**fields, "act": "details", "postcode": "1"})
            assert (answer.status_code, "已锁定，不能修改" in answer.text) == (403, True)
            assert "邮政编码应为6位" not in answer.text

    def test_own_and_foreign_ones_cannot_be_edited(self, tree, city):
        assert city.get(edit(tree.other_hospital)).status_code == 404
        form = {"name": "改名", "category_code": "Z3", "version": "1", "parent_name": "x"}
        answer = city.post(edit(tree.city), **form, parent_id=str(tree.city.id))
        assert answer.status_code == 403
        assert fresh(Institution, tree.city.id).name == "武汉市卫生局"

    @pytest.mark.parametrize("key", ["0", "-1", "x", "99999999999999999999", "1.0", "", "１"])
    def test_absurd_keys_are_not_found(self, city, key):
        for page in ("edit", "details"):
            assert city.get(f"{GRID}{page}/", id=key).status_code == 404

    def test_return_target_keeps_the_list(self, tree, city):
        answer = city.submit(
            f"{edit(tree.hospital)}&url=/admin/institutions/?page_size%3D50", address="某路1号"
        )
        assert answer.location == "/admin/institutions/?page_size=50"


class TestRecord:
    def page(self, row, tab="basic"):
        return f"{GRID}details/?id={row.id}&tab={tab}"

    def test_former_names_come_and_go(self, tree, city):
        page = self.page(tree.hospital, "former")
        answer = city.submit(page, name="旧汉口医院", used_until="2015-06-30")
        assert "旧汉口医院" in city.told(answer)
        key = city.get(page).text.split('name="former_name" value="')[1].split('"')[0]
        city.told(city.post(page, act="delete-former-name", former_name=key, version="1"))
        assert count(FormerName) == 0

    def test_former_name_is_corrected(self, tree, city):
        row = make_former_name(tree.hospital, name="旧汉口医院")
        page = self.page(tree.hospital, "former")
        fields = city.fields(f"{page}&former_name={row.id}")
        assert (fields["name"], fields["act"]) == ("旧汉口医院", "update-former-name")
        city.told(city.post(page, **{**fields, "name": "老汉口医院", "used_until": "2001-1-2"}))
        stored = fresh(FormerName, row.id)
        assert (stored.name, stored.used_until) == ("老汉口医院", dt.date(2001, 1, 2))

    def test_former_name_of_another_is_not_found(self, tree, province):
        foreign = make_former_name(tree.other_hospital)
        page = self.page(tree.hospital, "former")
        for act in ("delete-former-name", "update-former-name"):
            answer = province.post(page, act=act, former_name=str(foreign.id), name="改名")
            assert answer.status_code == 404
        assert province.get(f"{page}&former_name={foreign.id}").status_code == 404
        assert fresh(FormerName, foreign.id) is not None

    def test_bad_former_name(self, tree, city):
        answer = city.submit(self.page(tree.hospital, "former"), name="", used_until="昨天")
        assert answer.status_code == 422
        assert "请填写" in answer.text

    def test_tabs_follow_the_category(self, tree, province):
        centre = make_institution(tree.city, category_code="F110")
        assert "tab=licences" in province.get(self.page(tree.hospital)).text
        for row in (centre, tree.city):
            assert "tab=licences" not in province.get(self.page(row)).text
            assert "tab=history" in province.get(self.page(row)).text

    def test_history(self, tree, city, clerk):
        city.submit(edit(tree.hospital), name="汉口中心医院")
        clerk.submit("/admin/my-institution/", **DETAILS)
        page = city.get(self.page(tree.hospital, "history")).text
        assert page.index("<ins>武汉市江岸区") < page.index("<ins>汉口中心医院<"), "newest first"
        assert "<del>汉口医院</del>" in page
        assert "市某" in page
        below = clerk.get("/admin/my-institution/?tab=history").text
        assert "武汉市卫生局" in below
        assert "院某" in below
        assert "市某" not in below
        assert "192.0.2" not in below

    @pytest.mark.parametrize("page", ["-1", "x", "9999999999999999999", "１", "3"])
    def test_history_at_absurd_pages(self, tree, city, page):
        address = f"{self.page(tree.hospital, 'history')}&page={page}"
        assert city.get(address).status_code == 200

    def test_unknown_act(self, tree, city):
        assert city.post(self.page(tree.hospital), act="absurd").status_code == 404

    def test_foreign_record(self, tree, city):
        assert city.get(self.page(tree.other_hospital)).status_code == 404


class TestPickers:
    def test_bureaux_only(self, tree, province):
        found = province.get(f"{GRID}ajax/lookup/", query="h", kind="bureau").json
        assert [name for _key, name in found] == ["湖北省卫生局", "武汉市卫生局"]

    def test_places_of_practice_only(self, tree, city):
        found = city.get(f"{GRID}ajax/lookup/", kind="healthcare").json
        assert [name for _key, name in found] == ["汉口医院"]

    def test_lookup_stays_within(self, tree, city):
        found = city.get(f"{GRID}ajax/lookup/", query="医院").json
        assert [name for _key, name in found] == ["汉口医院"]

    def test_names_are_for_those_who_enter_periods(self, tree, city, clerk):
        names = [name for _key, name in clerk.get(f"{GRID}names/", query="夷陵").json]
        assert names == ["夷陵医院"]
        assert city.get(f"{GRID}names/", query="夷陵").status_code == 403


class TestCheck:
    def check(self, worker, row, field, value):
        return worker.post(
            f"{GRID}check/", id="" if row is None else str(row.id), field=field, value=value
        )

    def test_a_sentence_for_what_is_wrong(self, tree, city):
        answer = self.check(city, tree.hospital, "postcode", "43")
        assert answer.status_code == 200
        assert "邮政编码" in answer.json["error"]

    def test_neutral_words_for_a_name_outside(self, tree, city):
        answer = self.check(city, None, "name", "夷陵医院")
        assert "已被使用" in answer.json["error"]

    def test_what_is_right(self, tree, city, clerk):
        assert self.check(city, tree.hospital, "name", "新名").json == {"error": "", "doubts": []}
        own = self.check(clerk, tree.hospital, "postcode", "430014")
        assert own.json == {"error": "", "doubts": []}

    def test_who_may_not(self, tree, city, clerk, auditor):
        assert self.check(clerk, tree.hospital, "name", "新名").status_code == 403
        assert self.check(city, tree.other_hospital, "postcode", "1").status_code == 404
        assert self.check(city, tree.hospital, "path", "1").status_code == 404
        assert self.check(auditor, None, "name", "新名").status_code == 403

    def test_it_is_a_post_so_that_no_address_holds_what_was_typed(self, city):
        assert city.get(f"{GRID}check/?field=name&value=x").status_code == 405


class TestConflict:
    def test_after_a_mere_lock_and_unlock_it_is_told_so(self, tree, city):
        for address in (edit(tree.hospital), f"/admin/institutions/details/?id={tree.hospital.id}"):
            fields = city.fields(address)
            lock(city, tree.hospital)
            with acting(city.actor):
                institutions.unlock(city.actor, [tree.hospital], reason="更正")
                db.session.commit()
            act = {"act": "details"} if "details" in address else {}
            answer = city.post(address, **{**fields, **DETAILS, **act, "address": "新址"})
            assert answer.status_code == 409
            assert "被锁定后又解锁，内容没有被他人修改" in answer.text
            assert "已有新的保存" not in answer.text
            assert "新址" in answer.text

    def test_after_a_change_as_well_it_is_told_as_ever(self, tree, city):
        fields = city.fields(edit(tree.hospital))
        lock(city, tree.hospital)
        with acting(city.actor):
            institutions.unlock(city.actor, [tree.hospital], reason="更正")
            data = institutions.InstitutionInput(address="别处")
            institutions.update(city.actor, tree.hospital, data, tree.hospital.version)
            db.session.commit()
        answer = city.post(edit(tree.hospital), **{**fields, "address": "新址"})
        assert answer.status_code == 409
        assert "该记录在您打开之后已有新的保存" in answer.text
