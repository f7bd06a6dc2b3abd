"""A number of a person is looked for by a POST, found as a whole, and stands in no address."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from extensions import db
from services import sealed_keywords
from services.personal_numbers import IN_ADDRESS
from tests.admin_views.screen_cases import (
    auditor,
    cells_of,
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


def found(worker, address, keyword):
    """Look for a number as the page's script does, and return the list to which that leads."""
    answer = worker.post(address, search=keyword)
    assert answer.status_code == 303
    assert keyword not in answer.location
    return worker.client.get(answer.location)


def addresses(answer):
    return " ".join(ADDRESS.findall(answer.text))


def test_a_person_is_found_by_the_whole_number(clerk, city, province, other_clerk):
    row = make_certificate(clerk.actor, name="甲某")
    make_certificate(clerk.actor, name="乙某")
    for worker in (clerk, city, province):
        for typed in (row.id_number, f" {row.id_number[:6]} {row.id_number[6:].lower()}"):
            answer = found(worker, CERTIFICATES, typed)
            assert rows_of(answer) == ["甲某"]
            assert row.id_number not in answer.text
            assert "这里列出按完整的证件号码查找的结果，不按其他号码查找。" in answer.text
            assert f"正在按尾号{row.id_number[-4:]}的号码查找" in answer.text
    assert rows_of(found(other_clerk, CERTIFICATES, row.id_number)) == []
    other = "1" if row.id_number.endswith("0") else "0"
    assert rows_of(found(clerk, CERTIFICATES, f"{row.id_number[:-1]}{other}")) == []


def test_the_other_conditions_hold_and_stay_in_the_links(clerk):
    row = make_certificate(clerk.actor, name="甲某")
    assert rows_of(found(clerk, f"{CERTIFICATES}?conclusion=unqualified", row.id_number)) == []
    answer = found(clerk, f"{CERTIFICATES}?conclusion=qualified", row.id_number)
    assert rows_of(answer) == ["甲某"]
    assert "conclusion=qualified" in addresses(answer)


def test_an_account_is_found_by_its_phone(tree, city, other_clerk):
    bound = make_administrator(tree.hospital, phone="13912345678")
    db.session.commit()
    shown = f"{bound.username} {bound.full_name}（{tree.hospital.name}）"
    for typed in ("13912345678", "+86 139-1234-5678", "\uff11\uff13912345678"):
        answer = found(city, ACCOUNTS, typed)
        assert rows_of(answer) == [shown]
        assert "按完整的手机号查找" in answer.text
    assert rows_of(found(other_clerk, ACCOUNTS, "13912345678")) == []


def test_who_sees_no_personal_data_does_not_find_out_whose_a_phone_is(tree):
    make_administrator(tree.hospital, phone="13912345678")
    watcher = tree.worker(tree.province, role="system_admin")
    answer = found(watcher, ACCOUNTS, "13912345678")
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


@pytest.fixture
def searched(clerk):
    """The address of a list that was narrowed by the number of its only row."""
    row = make_certificate(clerk.actor, name="甲某")
    make_certificate(clerk.actor, name="乙某")
    return clerk.post(CERTIFICATES, search=row.id_number).location


def test_the_list_can_be_loaded_again_sorted_and_exported(clerk, searched):
    for more in ("", "&sort=1", "&sort=1&desc=1", "&page_size=50"):
        answer = clerk.client.get(searched + more)
        assert rows_of(answer) == ["甲某"]
    token = searched.partition("number=")[2]
    links = [one for one in addresses(answer).split() if one.startswith(CERTIFICATES)]
    assert any(f"number={token}" in one and "sort=" in one for one in links)
    answer = clerk.get(f"{CERTIFICATES}export/xlsx/", number=token)
    assert ["甲某" in row for row in cells_of(answer)[1:]] == [True]
    (entry,) = entries("certificate:export")
    assert [one["new"] for one in entry.changes if one["label"] == "关键字"] == ["个人号码"]


def test_a_word_beside_it_takes_its_place(clerk, searched):
    answer = clerk.client.get(f"{searched}&search=乙某")
    assert rows_of(answer) == ["乙某"]
    assert "number=" not in addresses(answer)


def test_what_is_over_or_of_another_session_is_said_and_exports_nothing(
    clerk, tree, searched, monkeypatch
):
    token = searched.partition("number=")[2]
    other = tree.worker(tree.hospital)
    monkeypatch.setattr(sealed_keywords, "LASTS", dt.timedelta(0))
    told = [found(clerk, CERTIFICATES, "13912345678")]
    told += [other.client.get(searched), clerk.client.get(f"{CERTIFICATES}?number=x")]
    told.append(clerk.client.get(f"{CERTIFICATES}?number={token[:-2]}AA"))
    for answer in told:
        assert "按号码查找的结果已过期" in answer.text
        assert rows_of(answer) == ["乙某", "甲某"]
    answer = other.get(f"{CERTIFICATES}export/xlsx/", number=token)
    assert answer.status_code == 302
    assert entries("certificate:export") == []


def test_a_word_that_is_posted_stands_in_the_address(clerk, searched):
    answer = clerk.post(CERTIFICATES, search="乙某")
    assert rows_of(clerk.client.get(answer.location)) == ["乙某"]


def test_no_table_of_accounts_is_made_by_a_number(city):
    table = "/admin/institutions/account-table.xlsx"
    assert IN_ADDRESS in city.told(city.get(table, search="sfz420102199001011237"))
    assert "已过期" in city.told(city.get(table, number="x"))
    assert entries("institution:export") == []
