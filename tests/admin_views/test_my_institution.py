from __future__ import annotations

import pytest

from models import FormerName, Institution
from services import institutions
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import auditor, city, clerk, count, fresh, province, tree
from tests.factories.actors import acting
from tests.factories.institutions import DETAILS, make_former_name

__all__ = ["auditor", "city", "clerk", "province", "tree"]

PAGE = "/admin/my-institution/"
FORMER = f"{PAGE}?tab=former"


@pytest.fixture
def locked(tree, city):
    with acting(city.actor):
        institutions.lock(city.actor, [tree.hospital])


class TestRecord:
    def test_record_is_completed(self, tree, clerk):
        answer = clerk.submit(PAGE, **DETAILS)
        assert answer.location.startswith(PAGE)
        assert "已保存" in clerk.told(answer)
        assert fresh(Institution, tree.hospital.id).address == DETAILS["address"]

    @pytest.mark.parametrize(
        "changes",
        [{"organisation_code": ""}, {"postcode": "1"}, {"level_code": "9x"}, {"address": ""}],
    )
    def test_what_is_wrong_is_said_and_nothing_saved(self, tree, clerk, changes):
        answer = clerk.submit(PAGE, **{**DETAILS, **changes})
        assert answer.status_code == 422
        assert 'class="errors"' in answer.text
        assert not fresh(Institution, tree.hospital.id).address

    def test_all_that_is_wrong_is_said_at_once(self, clerk):
        changes = {"organisation_code": "1" * 17, "postcode": "43001", "address": ""}
        answer = clerk.submit(PAGE, **{**DETAILS, **changes})
        wrong = [name for name in changes if f'id="{name}-errors"' in answer.text]
        assert wrong == list(changes)

    def test_name_cannot_be_changed_here(self, tree, clerk):
        clerk.submit(PAGE, **DETAILS, name="自改的名", category_code="Z3", parent_id="1")
        assert fresh(Institution, tree.hospital.id).name == "汉口医院"

    def test_stale_form_is_refused(self, tree, clerk):
        fields = clerk.fields(PAGE)
        clerk.submit(PAGE, **DETAILS)
        answer = clerk.post(PAGE, **{**fields, **DETAILS, "address": "后填的地址"})
        assert answer.status_code == 409
        assert "后填的地址" in answer.text
        assert DETAILS["address"] in answer.text
        assert fresh(Institution, tree.hospital.id).address == DETAILS["address"]

    def test_a_conflict_lists_what_was_typed_and_not_what_was_loaded(self, tree, clerk):
        clerk.submit(PAGE, **DETAILS)
        fields = {**clerk.fields(PAGE), "act": "details"}
        clerk.submit(PAGE, address="先存的地址", postcode="430015")
        answer = clerk.post(PAGE, **{**fields, "service_target": "后填的对象"})
        assert answer.status_code == 409
        assert "后填的对象" in answer.text
        # The address as it was loaded is nobody's wish; the screen does not offer to put it back.
        assert DETAILS["address"] not in answer.text
        assert DETAILS["postcode"] not in answer.text
        again = clerk.post(PAGE, **{**fields, "address": "后填的地址", "postcode": "430015"})
        assert "先存的地址</td><td>后填的地址" in again.text
        assert "430015" not in again.text
        assert "您没有改动过内容" in clerk.post(PAGE, **fields).text

    def test_the_division_is_shown(self, tree, clerk, session):
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.division_code = "420116"
            session.commit()
        page = clerk.get(PAGE).text
        assert '<span class="label">行政区划</span><div class="control"><output>黄陂区<' in page

    def test_only_who_has_a_superior_is_sent_there(self, clerk, province):
        assert "请联系上级机构修改" in clerk.get(PAGE).text
        assert "请联系上级机构修改" not in province.get(PAGE).text

    def test_a_bureau_is_not_asked_for_the_number_of_a_hospital(self, tree, city, province, clerk):
        assert 'name="registration_number"' in clerk.get(PAGE).text
        above = f"/admin/institutions/edit/?id={tree.city.id}"
        for worker, address in ((city, PAGE), (province, above)):
            assert 'name="registration_number"' not in worker.get(address).text
        assert city.submit(PAGE, **DETAILS).status_code == 302
        assert fresh(Institution, tree.city.id).address == DETAILS["address"]
        answer = city.submit(PAGE, **{**DETAILS, "postcode": "1"})
        assert answer.status_code == 422

    def test_a_number_that_is_there_stays_to_be_corrected(self, tree, city, session):
        with unscoped(Reason.MAINTENANCE):
            tree.city.registration_number = "44162684242010211A1001"
            session.commit()
        assert 'value="44162684242010211A1001"' in city.get(PAGE).text

    def test_tabs(self, clerk, city):
        assert "还没有执业许可证" in clerk.get(f"{PAGE}?tab=licences").text
        assert "tab=licences" not in city.get(PAGE).text
        assert clerk.get(f"{PAGE}?tab=absurd").status_code == 200

    def test_former_name(self, clerk):
        assert "旧汉口医院" in clerk.told(clerk.submit(FORMER, name="旧汉口医院"))
        assert count(FormerName) == 1

    def test_auditors_are_kept_out(self, auditor):
        assert auditor.get(PAGE).status_code == 403


class TestLocked:
    def test_page_only_shows(self, clerk, locked):
        page = clerk.get(PAGE).text
        assert "只能查看" in page
        assert "保存修改" not in page
        assert "新增曾用名" not in clerk.get(FORMER).text

    def test_nothing_is_taken(self, tree, clerk, locked):
        former = make_former_name(tree.hospital)
        for act in (
            {"act": "details", **DETAILS, "version": "2"},
            {"act": "add-former-name", "name": "旧名医院"},
            {"act": "delete-former-name", "former_name": str(former.id)},
        ):
            assert clerk.post(PAGE, **act).status_code in {403, 422}
        assert not fresh(Institution, tree.hospital.id).address
        assert count(FormerName) == 1
