from __future__ import annotations

import io
import re

import openpyxl
import pytest
from sqlalchemy import select, update

from extensions import db
from models import AccountBatch, Administrator, PasswordHandover, SecurityPolicy, utc_now
from services import passwords
from services.account_batches import COLUMNS
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    auditor,
    cells_of,
    city,
    clerk,
    count,
    entries,
    fields_of,
    fresh,
    province,
    text_of,
    tree,
)
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_institution
from tests.factories.workbooks import table

__all__ = ["auditor", "city", "clerk", "province", "tree"]

BATCHES = "/admin/account-batches/"
NEW = f"{BATCHES}new/"
GRID = "/admin/institutions/"
#: Of a number that is too short.
PHONE_WRONG = "应为11位"
HEADERS = [column.header for column in COLUMNS]
#: Characters that stand alone come back one after the other.
PASSWORD = re.compile(r"一次性密码：([a-z0-9]{4}(?:-[a-z0-9]{4}){3})")


@pytest.fixture
def clinics(tree):
    rows = [make_institution(tree.city, name=f"第{n}卫生院") for n in (1, 2, 3)]
    db.session.commit()
    return rows


def fill(fields, *persons):
    """Type a name and a phone into each row of the form."""
    typed = dict(fields)
    for number, (name, phone) in enumerate(persons):
        typed[f"rows-{number}-full_name"] = name
        typed[f"rows-{number}-phone"] = phone
    return typed


def form_for(worker, clinics):
    keys = "&".join(f"institution={row.id}" for row in clinics)
    return worker.fields(f"{NEW}?{keys}")


PEOPLE = (("李四", "13800138001"), ("王五", "13800138002"), ("赵六", "13800138003"))


def opened(worker, clinics):
    """Open accounts for the clinics and return the page of the batch."""
    response = worker.post(NEW, **fill(form_for(worker, clinics), *PEOPLE))
    assert response.status_code == 302, response.text
    return response.location


def account_of(institution):
    with unscoped(Reason.MAINTENANCE):
        statement = select(Administrator).where(Administrator.institution_id == institution.id)
        return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def sheet_of(worker, page):
    return worker.post(page.replace("batch/", "sheet.pdf"))


def test_the_strip_says_how_the_policy_has_them_sign_in(city, clinics):
    page = opened(city, clinics)
    db.session.add(
        SecurityPolicy(
            id=1,
            password_profile="dengbao",
            bureau_method="password",
            institution_method="password_totp",
        )
    )
    db.session.commit()
    text = text_of(sheet_of(city, page))
    assert "选择“短信口令”" not in text
    assert text.count("扫描二维码登记") == len(clinics)


class TestFromTheGrid:
    def test_the_button_leads_to_a_row_for_each_without_an_account(
        self, tree, city, clerk, clinics
    ):
        response = city.act("institutions", "open_accounts", tree.hospital, *clinics[:2])
        page = city.client.get(response.location).text
        assert "下列机构已有用户，不再开户：汉口医院。" in page
        fields = city.fields(response.location)
        assert [fields[f"rows-{n}-institution_name"] for n in (0, 1)] == [
            "第1卫生院",
            "第2卫生院",
        ]
        assert "rows-2-full_name" not in fields
        assert count(AccountBatch) == 0

    def test_when_all_of_them_have_one(self, tree, city, clerk):
        response = city.act("institutions", "open_accounts", tree.hospital)
        assert "所选机构都已有用户" in city.told(city.client.get(response.location))

    def test_those_without_an_account_can_be_filtered(self, tree, city, clerk, clinics):
        assert city.rows(GRID, accounts="no") == ["第1卫生院", "第2卫生院", "第3卫生院"]
        assert city.rows(GRID, accounts="yes") == ["汉口医院"]
        make_administrator(clinics[0], deleted_at=utc_now())
        assert "第1卫生院" in city.rows(GRID, accounts="no")

    def test_foreign_institutions_do_not_exist(self, tree, city, clinics):
        for key in (tree.other_hospital.id, tree.province.id, "x", ""):
            response = city.client.get(f"{NEW}?institution={clinics[0].id}&institution={key}")
            assert response.status_code == 404

    def test_an_empty_row_to_begin_with(self, city):
        assert city.fields(NEW)["rows-0-institution_name"] == ""


class TestOpening:
    def test_accounts_are_made_and_nobody_is_shown_a_password(self, city, clinics):
        page = city.client.get(opened(city, clinics)).text
        for clinic, (name, phone) in zip(clinics, PEOPLE, strict=True):
            assert f"hb{clinic.unit_number}01" in page
            assert name in page
            assert phone not in page
        assert "下载密码条（PDF）" in page
        assert not re.search(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", page)

    def test_what_was_typed_stays_when_a_row_is_wrong(self, city, clinics):
        people = (("李四", "138"), ("", "13800138002"), PEOPLE[2])
        response = city.post(NEW, **fill(form_for(city, clinics), *people))
        assert response.status_code == 422
        assert PHONE_WRONG in response.text
        assert "请填写姓名。" in response.text
        assert 'value="赵六"' in response.text
        assert count(AccountBatch) == 0
        assert count(Administrator, Administrator.must_change_password) == 0

    def test_shape_and_rules_are_said_together(self, city, clinics):
        fields = fill(form_for(city, clinics), ("李四", "1" * 21), ("", ""), PEOPLE[2])
        fields["rows-2-auth_method"] = "fingerprint"
        response = city.post(NEW, **fields)
        assert response.status_code == 422
        assert "不能超过20个字。" in response.text
        assert "请填写姓名。" in response.text

    def test_a_foreign_institution_by_hand(self, tree, city, clinics):
        fields = fill(form_for(city, clinics), *PEOPLE)
        fields["rows-1-institution_id"] = str(tree.other_hospital.id)
        response = city.post(NEW, **fields)
        assert response.status_code == 422
        assert "不在您的管理范围内" in response.text
        assert count(AccountBatch) == 0

    def test_the_same_form_twice_makes_one_batch(self, city, clinics):
        fields = fill(form_for(city, clinics), *PEOPLE)
        first, second = (city.post(NEW, **fields) for _ in range(2))
        assert first.location == second.location
        assert count(AccountBatch) == 1
        other = city.post(NEW, **fill(fields, ("孙七", "13800138001")))
        assert other.status_code == 422
        assert "已经保存过" in other.text

    def test_too_many_rows(self, city, clinics):
        row = {"full_name": "李四", "phone": "13800138001", "institution_id": clinics[0].id}
        many = {f"rows-{n}-{name}": text for n in range(201) for name, text in row.items()}
        response = city.post(NEW, **many)
        assert response.status_code == 422
        assert "一次最多为200家机构开户，现有201家" in response.text

    def test_without_any_row(self, city):
        response = city.post(NEW)
        assert response.status_code == 422


class TestTheSheet:
    def test_once_and_never_again(self, app, city, clinics):
        page = opened(city, clinics)
        response = sheet_of(city, page)
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "no-store" in response.headers["Cache-Control"]
        text = text_of(response)
        secrets = PASSWORD.findall(text)
        assert len(set(secrets)) == 3
        for clinic, secret in zip(clinics, secrets, strict=True):
            assert passwords.verify_password(account_of(clinic).password_hash, secret)
        assert "http://localhost/login" in text
        again = sheet_of(city, page)
        assert "不能再次下载" in city.told(again)
        assert len(entries("administrator:sheet")) == 1
        assert "下载密码条（PDF）" not in city.client.get(page).text

    def test_the_public_address_is_printed(self, app, city, clinics, monkeypatch):
        monkeypatch.setitem(app.config, "PUBLIC_URL", "https://hbwsrl.example.cn/")
        assert "https://hbwsrl.example.cn/login" in text_of(sheet_of(city, opened(city, clinics)))

    def test_too_late(self, city, clinics):
        page = opened(city, clinics)
        db.session.execute(update(PasswordHandover).values(expires_at=utc_now()))
        db.session.commit()
        assert "现已失效" in city.told(sheet_of(city, page))
        assert "未在 30 分钟内下载" in city.client.get(page).text

    def test_a_name_that_cannot_be_printed_loses_nothing(self, city, clinics):
        page = opened(city, clinics)
        with unscoped(Reason.MAINTENANCE):
            account = account_of(clinics[1])
            account.full_name = "李\U000323af"
            db.session.commit()
        assert "打印字库中没有字符" in city.told(sheet_of(city, page))
        with unscoped(Reason.MAINTENANCE):
            account.full_name = "李四"
            db.session.commit()
        assert len(PASSWORD.findall(text_of(sheet_of(city, page)))) == 3

    def test_it_is_not_given_by_a_link(self, city, clinics):
        page = opened(city, clinics)
        assert city.client.get(page.replace("batch/", "sheet.pdf")).status_code == 405

    def test_new_passwords_when_it_was_lost(self, city, clinics):
        page = opened(city, clinics)
        old = PASSWORD.findall(text_of(sheet_of(city, page)))
        assert "已为3个未登录过的用户重新生成" in city.told(city.post(page))
        new = PASSWORD.findall(text_of(sheet_of(city, page)))
        assert not set(old) & set(new)
        with unscoped(Reason.MAINTENANCE):
            db.session.execute(update(Administrator).values(last_signed_in_at=utc_now()))
            db.session.commit()
        assert "逐个重置密码" in city.told(city.post(page))

    def test_others_find_nothing(self, tree, city, province, clinics):
        page = opened(city, clinics)
        for worker in (province, tree.worker(tree.city)):
            assert worker.client.get(page).status_code == 404
            assert worker.post(page).status_code == 404
            assert sheet_of(worker, page).status_code == 404
            assert page not in worker.get(BATCHES).text
        assert page in city.get(BATCHES).text.replace("&amp;", "&")


class TestTheTable:
    def upload(self, worker, *rows):
        data = table([HEADERS, *rows], title="开户")
        return worker.post(BATCHES, file=(io.BytesIO(data), "开户表.xlsx"))

    def test_it_lists_those_of_the_filter_without_an_account(self, tree, city, clerk, clinics):
        make_institution(clinics[0], name="村卫生室", category_code="D600")
        response = city.get(f"{GRID}account-table.xlsx", category="A")
        rows = cells_of(response)
        assert rows[0] == HEADERS
        assert [row[1] for row in rows[1:]] == ["第1卫生院", "第2卫生院", "第3卫生院"]
        assert len(entries("institution:export")) == 1
        book = openpyxl.load_workbook(io.BytesIO(response.data))
        assert book.sheetnames == ["开户", "字典", "填写说明"]
        assert book["开户"].data_validations.dataValidation

    def test_from_the_table_to_the_accounts(self, city, clinics):
        rows = [
            [clinics[0].unit_number, "第1卫生院", "李四", 13800138001],
            [clinics[2].unit_number, "第3卫生院", "王五", None, "a@b.cn", "用户名密码"],
            [clinics[1].unit_number, "第2卫生院"],
        ]
        response = self.upload(city, *rows)
        assert response.status_code == 200
        assert "另有1行没有填写姓名等内容" in response.text
        assert count(AccountBatch) == 0
        done = city.post(NEW, **fields_of(response))
        assert "已为2家机构开户" in city.told(done)

    def test_what_is_wrong_stands_at_its_row_and_can_be_mended_there(self, city, clinics):
        response = self.upload(
            city,
            [clinics[0].unit_number, "", "=A1", "13800138001"],
            ["99999", "没有这家", "王五", "138"],
        )
        assert response.status_code == 422
        for sentence in ("单元格是公式", "机构不存在或不在您的管理范围内", PHONE_WRONG):
            assert sentence in response.text
        fields = fields_of(response)
        fields |= {
            "rows-0-full_name": "李四",
            "rows-1-institution_id": str(clinics[1].id),
            "rows-1-phone": "13800138002",
        }
        assert "已为2家机构开户" in city.told(city.post(NEW, **fields))

    def test_an_institution_of_others_is_on_record_by_its_number(self, tree, city, clinics):
        foreign = str(tree.other_hospital.unit_number)
        response = self.upload(
            city,
            [clinics[0].unit_number, "第1卫生院", "李四", "13800138001"],
            [foreign, "", "王五", "13800138002"],
            ["", "没有这家", "赵六", "13800138003"],
        )
        assert response.status_code == 422
        assert "王五" in response.text
        (entry,) = entries("request:denied")
        assert [one["new"] for one in entry.changes if one["label"] == "机构编号"] == [foreign]

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [(b"", "所选文件是空的"), (b"a,b", "不是 Excel 工作簿"), (table([["x"]]), "没有找到表头")],
    )
    def test_what_cannot_be_read_is_said_beside_the_file(self, city, data, sentence):
        response = city.post(BATCHES, file=(io.BytesIO(data), "x.xlsx"))
        assert response.status_code == 422
        assert sentence in response.text

    def test_no_file_at_all(self, city):
        response = city.post(BATCHES)
        assert response.status_code == 422
        assert "请选择要上传的文件" in response.text


def test_auditors_stay_out(auditor):
    for path in ("", "new/", "batch/?id=1"):
        assert auditor.get(BATCHES + path).status_code == 403
    assert auditor.post(f"{BATCHES}sheet.pdf?id=1").status_code == 403
    assert auditor.get(f"{GRID}account-table.xlsx").status_code == 403


def test_a_hospital_opens_accounts_below_itself(tree, clerk):
    clinic = make_institution(tree.hospital, name="门诊部")
    db.session.commit()
    page = clerk.post(NEW, **fill(form_for(clerk, [clinic]), PEOPLE[0])).location
    assert fresh(AccountBatch, int(page.rpartition("=")[2])).institution_id == tree.hospital.id
