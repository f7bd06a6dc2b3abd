from __future__ import annotations

import pytest
from sqlalchemy import update

from extensions import db
from models import RosterState, TrialCertificate
from services import certificates
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import clerk, tree
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.rosters import make_roster

__all__ = ["clerk", "tree"]


@pytest.fixture
def row(clerk):
    return make_certificate(clerk.actor, name="周晓燕")


def verdict(client, code):
    answer = client.get(f"/verify/{code}")
    assert answer.status_code == 200
    return answer.text.split('role="status">')[1].split("<")[0], answer.text


@pytest.mark.parametrize("number", ["420102199001011237", "139 1234 5678"])
def test_a_number_of_a_person_is_no_code_and_goes_no_further(client, number):
    for answer in (
        client.get("/verify", query_string={"code": number}),
        client.get(f"/verify/{number}"),
    ):
        # Nor does it stay in the address.
        assert answer.location == "/verify?unread=number"
    answer = client.get(answer.location)
    assert answer.status_code == 200
    assert "这像是证件号码或手机号" in answer.text


def test_code_that_was_never_printed(client, row):
    assert verdict(client, row.submission_code)[0] == "尚未打印"


def test_valid_code_shows_masked_data(client, clerk, row):
    with acting(clerk.actor):
        certificates.mark_printed(clerk.actor, [row])
        db.session.commit()
    status, page = verdict(client, row.submission_code)
    assert status == "有效"
    assert row.id_number[-4:] in page
    for secret in (row.id_number, "周晓燕", row.phone):
        assert secret not in page


def test_superseded_code(client, clerk, row):
    code = row.submission_code
    clerk.submit(f"/admin/certificates/edit/?id={row.id}", school="别处大学")
    assert verdict(client, code)[0] == "已被新版本替代"


def test_code_of_a_deleted_one(client, clerk, row):
    with acting(clerk.actor):
        certificates.delete(clerk.actor, row, "误录")
    assert verdict(client, row.submission_code)[0] == "已作废"


def test_data_changed_behind_the_back(client, row):
    code = row.submission_code
    with unscoped(Reason.MAINTENANCE):
        db.session.execute(update(TrialCertificate).values(school="暗改大学"))
        db.session.commit()
    status, page = verdict(client, code)
    assert status == "数据不一致"
    assert "暗改大学" not in page


def test_roster(client, clerk, row):
    roster = make_roster(clerk.actor, [row], state=RosterState.PRINTED)
    assert verdict(client, roster.code)[0] == "有效"


def test_mistyped_and_unknown(client, row):
    code = row.submission_code
    assert verdict(client, code[:-4] + ("A" if code[-4] != "A" else "B") + code[-3:])[0] in {
        "编码有误",
        "不存在",
    }
    assert verdict(client, "absurd")[0] == "编码有误"


def test_what_is_wrong_with_a_code_is_pointed_at(client, row):
    code = row.submission_code
    page = verdict(client, code[:4] + "*" + code[5:])[1]
    assert "<mark>*</mark>" in page
    assert "标出的字符" in page
    assert "少1位" in verdict(client, code[:-1])[1]


@pytest.mark.parametrize("code", ["甲" * 5000, "<script>alert(1)", "%27--", "' OR 1=1"])
def test_hostile_codes(client, code):
    status, page = verdict(client, code)
    assert status == "编码有误"
    assert "<script>alert" not in page


def test_nul_is_refused(client):
    assert client.get("/verify/%00").status_code == 400
    assert client.get("/verify?code=%00").status_code == 400


def test_form_leads_to_the_code(client):
    assert client.get("/verify").status_code == 200
    answer = client.get("/verify", query_string={"code": " 18A-1 "})
    assert answer.location == "/verify/18A-1"


def test_page_only_reads(client):
    assert client.post("/verify").status_code == 405
