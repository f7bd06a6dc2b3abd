"""The checklist of a record on the screens, and the door that it keeps shut."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from extensions import db
from models import Institution, TrialCertificate
from services import scope
from services.scans import use_cases as scans
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import auditor, city, clerk, count, province, tree
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import DETAILS
from tests.factories.licences import make_licence

__all__ = ["auditor", "city", "clerk", "province", "tree"]

HOME = "/admin/"
RECORD = "/admin/my-institution/"
GRID = "/admin/certificates/"
NEW = "/admin/certificates/new/"
HINT = "补齐后才能新增考核证明"


def details(institution):
    return f"/admin/institutions/details/?id={institution.id}"


def change(institution: Institution, **values: object) -> None:
    with unscoped(Reason.MAINTENANCE):
        for name, value in values.items():
            setattr(institution, name, value)
        db.session.commit()


@pytest.fixture(autouse=True)
def cycle(app):
    return make_exam_cycle()


@pytest.mark.parametrize("address", [HOME, RECORD, GRID, NEW])
def test_the_clerk_sees_what_is_missing_and_where_to_mend_it(clerk, address):
    change(clerk.institution, **{**DETAILS, "postcode": None})
    page = clerk.get(address).text
    assert "资料完整度" in page
    assert HINT in page
    # On the tab itself nothing is loaded anew: what was typed there is kept.
    tab = "" if address == RECORD else f"{RECORD}?tab=basic"
    assert f'href="{tab}#postcode">填写邮政编码</a>' in page
    assert f'href="{RECORD}?tab=licences">将有效的医疗机构执业许可证设为使用' in page
    assert "#organisation_code" not in page


@pytest.mark.parametrize("address", [HOME, GRID])
def test_nothing_is_said_once_the_record_is_complete(clerk, address):
    complete(clerk.institution)
    db.session.commit()
    assert "资料完整度" not in clerk.get(address).text


def test_the_record_says_that_it_is_complete(clerk):
    complete(clerk.institution)
    db.session.commit()
    page = clerk.get(RECORD).text
    assert "资料完整度 100%" in page
    assert "可以新增考核证明" in page


def test_what_the_licence_lacks_is_mended_at_the_licence(clerk):
    change(clerk.institution, **DETAILS)
    licence = make_licence(clerk.institution, is_in_use=True, department_codes=())
    db.session.commit()
    page = clerk.get(RECORD).text
    assert f"/admin/licences/edit/?id={licence.id}" in page
    assert f"/admin/licences/{licence.id}/scans/" in page
    assert "上传证照扫描件</a>" in page


def test_an_expired_licence_is_not_mended_at_the_licence(clerk):
    change(clerk.institution, **DETAILS)
    past = make_licence(clerk.institution, is_in_use=True, valid_until=dt.date(2012, 12, 31))
    db.session.commit()
    page = clerk.get(RECORD).text
    assert f'href="{RECORD}?tab=licences">新增换发的许可证并设为使用</a>' in page
    # What else it lacks is still mended there.
    assert f"/admin/licences/{past.id}/scans/" in page
    assert f"/admin/licences/edit/?id={past.id}" not in page


def test_the_door_is_shut_until_the_record_is_complete(clerk):
    page = clerk.get(NEW).text
    assert "暂时不能新增考核证明" in page
    assert 'name="id_number"' not in page
    complete(clerk.institution)
    db.session.commit()
    assert 'name="id_number"' in clerk.get(NEW).text


def test_a_form_from_before_is_refused_with_what_was_typed(clerk):
    complete(clerk.institution)
    db.session.commit()
    fields = clerk.fields(NEW)
    change(clerk.institution, postcode=None)
    answer = clerk.post(NEW, **{**fields, "name": "周晓燕"})
    assert answer.status_code == 422
    assert "本机构资料尚不完整" in answer.text
    assert 'value="周晓燕"' in answer.text
    assert count(TrialCertificate) == 0


def test_what_was_entered_before_is_opened_and_printed(clerk):
    row = make_certificate(clerk.actor)
    change(clerk.institution, postcode=None)
    assert clerk.get(f"{GRID}edit/?id={row.id}").status_code == 200
    assert "保存修改" in clerk.get(f"{GRID}edit/?id={row.id}").text
    assert clerk.get(f"{GRID}{row.id}/print.pdf").status_code == 200


def test_the_bureau_sees_it_over_the_record_of_a_lower_one(city, clerk):
    change(clerk.institution, **{**DETAILS, "category_code": None})
    page = city.get(details(clerk.institution)).text
    assert "补齐后该机构才能新增考核证明" in page
    assert f"/admin/institutions/edit/?id={clerk.institution.id}" in page


def test_what_only_a_superior_can_do_is_no_link_for_the_clerk(clerk):
    change(clerk.institution, **{**DETAILS, "category_code": None})
    page = clerk.get(RECORD).text
    assert '<span class="need">选择机构类别</span><small>由上级机构填写</small>' in page


def test_a_locked_record_asks_for_its_superior(clerk):
    change(clerk.institution, locked_at=clerk.institution.created_at)
    page = clerk.get(RECORD).text
    assert "请联系上级机构解锁后补齐" in page
    assert "#postcode" not in page


def test_categories_without_a_licence_are_not_asked_for_one(clerk):
    change(clerk.institution, **{**DETAILS, "category_code": "J1"})
    assert "资料完整度" not in clerk.get(GRID).text
    assert 'name="id_number"' in clerk.get(NEW).text


def test_bureaux_and_auditors_have_no_door_to_open(city, auditor):
    assert HINT not in city.get(GRID).text
    assert HINT not in city.get(HOME).text
    assert "资料完整度" not in auditor.get(HOME).text


def test_a_scan_that_is_taken_away_counts_no_more(clerk):
    complete(clerk.institution)
    db.session.commit()
    assert 'name="id_number"' in clerk.get(NEW).text
    with acting(clerk.actor):
        (scan,) = scope.find(Institution, clerk.institution.id).licence_in_use.scans
        scans.remove(clerk.actor, scan)
        db.session.commit()
    assert "上传证照扫描件" in clerk.get(NEW).text


def test_locking_an_incomplete_record_says_so_before(city, clerk):
    change(clerk.institution, **{**DETAILS, "postcode": None})
    note = "“汉口医院”的资料完整度为75%，锁定后在解锁之前不能补齐。"
    assert f'data-asks=\'{{"lock": {{"note": "{note}"}}}}\'' in unescaped(city)
    complete(clerk.institution)
    db.session.commit()
    assert "锁定后在解锁之前" not in unescaped(city)


def unescaped(worker):
    """Return the page of the library with the letters of its data as they are."""
    return re.sub(
        r"\\u([0-9a-f]{4})",
        lambda found: chr(int(found[1], 16)),
        worker.get("/admin/institutions/").text,
    )
