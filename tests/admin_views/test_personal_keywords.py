"""A number of a person is looked for by a POST, found as a whole, and stands in no address."""

from __future__ import annotations

import re

import pytest

from extensions import db
from services.personal_numbers import IN_ADDRESS
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    entries,
    other_clerk,
    province,
    rows_of,
    tree,
)
from tests.factories.administrators import make_administrator
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

CERTIFICATES = "/admin/certificates/"
ACCOUNTS = "/admin/administrators/"
ADDRESS = re.compile(r'(?:href|action|formaction|data-\w+)="([^"]*)"')


@pytest.fixture(autouse=True)
def cycle(tree):
    complete(tree.hospital)
    complete(tree.other_hospital)
    return make_exam_cycle()


def addresses(answer):
    return " ".join(ADDRESS.findall(answer.text))


def test_a_person_is_found_by_the_whole_number(clerk, city, province, other_clerk):
    row = make_certificate(clerk.actor, name="甲某")
    make_certificate(clerk.actor, name="乙某")
    for worker in (clerk, city, province):
        for typed in (row.id_number, f" {row.id_number[:6]} {row.id_number[6:].lower()}"):
            answer = worker.post(CERTIFICATES, search=typed)
            assert rows_of(answer) == ["甲某"]
            assert row.id_number not in addresses(answer)
            assert "这里列出按完整的证件号码查找的结果，不按其他号码查找。" in answer.text
            assert "export" not in addresses(answer)
    assert rows_of(other_clerk.post(CERTIFICATES, search=row.id_number)) == []
    assert rows_of(clerk.post(CERTIFICATES, search=row.id_number[:-1])) == []


def test_the_other_conditions_hold_and_stay_in_the_links(clerk):
    row = make_certificate(clerk.actor, name="甲某")
    assert rows_of(clerk.post(f"{CERTIFICATES}?conclusion=unqualified", search=row.id_number)) == []
    answer = clerk.post(f"{CERTIFICATES}?conclusion=qualified", search=row.id_number)
    assert rows_of(answer) == ["甲某"]
    assert "conclusion=qualified" in addresses(answer)


def test_an_account_is_found_by_its_phone(tree, city, other_clerk):
    found = make_administrator(tree.hospital, phone="13912345678")
    db.session.commit()
    shown = f"{found.username} {found.full_name}（{tree.hospital.name}）"
    for typed in ("13912345678", "+86 139-1234-5678", "\uff11\uff13912345678"):
        answer = city.post(ACCOUNTS, search=typed)
        assert rows_of(answer) == [shown]
        assert "按完整的手机号查找" in answer.text
    assert rows_of(other_clerk.post(ACCOUNTS, search="13912345678")) == []


def test_who_sees_no_personal_data_does_not_find_out_whose_a_phone_is(tree):
    make_administrator(tree.hospital, phone="13912345678")
    watcher = tree.worker(tree.province, role="system_admin")
    answer = watcher.post(ACCOUNTS, search="13912345678")
    assert rows_of(answer) == []
    assert "这里不能按证件号码或手机号查找" in answer.text


@pytest.mark.parametrize("screen", ["certificates", "administrators", "audit", "online-users"])
@pytest.mark.parametrize("number", ["420102199001011237", "42010219900101123x", "13912345678"])
def test_an_address_with_a_number_is_answered_by_a_sentence(province, screen, number):
    answer = province.get(f"/admin/{screen}/", search=number, page_size="50")
    assert number not in answer.location
    page = province.told(answer)
    assert IN_ADDRESS in page
    assert number not in page


def test_who_has_to_sign_in_first_comes_back_without_the_number(client):
    answer = client.get(f"{CERTIFICATES}?search=420102199001011237&page_size=50")
    assert answer.location == f"/login?next={CERTIFICATES}"
    kept = client.get(f"{CERTIFICATES}?search=李&page_size=50").location
    assert "page_size" in kept


def test_an_export_with_a_number_in_its_address_is_none(city):
    answer = city.get(f"{CERTIFICATES}export/xlsx/", search="420102199001011237")
    assert IN_ADDRESS in city.told(answer)
    assert entries("certificate:export") == []


def test_words_and_codes_are_looked_for_as_before(city, clerk):
    row = make_certificate(clerk.actor, name="甲某")
    for keyword in ("甲某", row.submission_code, "12420100441626842Y", "110420102000001"):
        assert city.get(CERTIFICATES, search=keyword).status_code == 200
    assert city.rows(CERTIFICATES, search="甲某") == ["甲某"]
