"""开户表: what is given out, and what is understood of what comes back."""

from __future__ import annotations

import pytest

from models import AuthMethod
from services import account_batches
from services.account_batches import entries, table
from services.errors import DomainError
from services.workbooks import cells, tables
from tests.factories.administrators import make_administrator
from tests.factories.workbooks import table as workbook
from tests.services.account_batch_cases import actor, clinics, county, neighbour

__all__ = ["actor", "clinics", "county", "neighbour"]

HEADERS = [column.header for column in account_batches.COLUMNS]


def read(actor, *rows, **options):
    """Read a table of ``rows`` and return its filled-in rows and notes."""
    return account_batches.read_entries(actor, workbook([HEADERS, *rows], title="开户", **options))


def one(actor, *row, **options):
    (found,), _notes = read(actor, row, **options)
    return found


class TestGivenOut:
    def test_it_lists_those_without_an_account_in_the_order_of_the_tree(
        self, actor, county, clinics, neighbour
    ):
        make_administrator(clinics[1])
        rows = list(account_batches.table_rows(actor, ()))
        assert [row[1] for row in rows] == ["第1卫生院", "第3卫生院"]
        assert rows[0] == [
            str(clinics[0].unit_number),
            "第1卫生院",
            "",
            "",
            "",
            "用户名密码+手机验证码",
        ]

    def test_conditions_narrow_it(self, actor, clinics):
        condition = table.Institution.name == "第2卫生院"
        assert len(list(account_batches.table_rows(actor, [condition]))) == 1


class TestReadAgain:
    def test_a_filled_row(self, actor, clinics):
        found = one(actor, clinics[0].unit_number, "第1卫生院", "李四", 13800138000, "a@b.cn", None)
        assert found.errors == {}
        assert found.number == 2
        assert found.institution_name == "第1卫生院"
        assert found.entry == account_batches.AccountEntry(
            clinics[0].id, "李四", AuthMethod.PASSWORD_SMS, "13800138000", "a@b.cn"
        )

    def test_rows_without_a_person_are_passed_over(self, actor, clinics):
        rows = [(row.unit_number, row.name, None, None, None, "用户名密码") for row in clinics]
        rows[1] = (*rows[1][:2], "李四", *rows[1][3:])
        (found,), notes = read(actor, *rows)
        assert found.entry.institution_id == clinics[1].id
        assert found.entry.auth_method is AuthMethod.PASSWORD
        assert "另有2行没有填写姓名等内容，不开户。" in notes

    def test_an_institution_is_known_by_its_name_too(self, actor, clinics):
        assert one(actor, None, "第3卫生院", "李四").entry.institution_id == clinics[2].id

    @pytest.mark.parametrize(
        ("number", "name"), [("99999", "第1卫生院"), ("", "没有这家"), ("x", ""), ("", "")]
    )
    def test_an_unknown_institution_is_told(self, actor, clinics, number, name):
        found = one(actor, number, name, "李四")
        assert found.errors == {"institution_name": entries.NO_SUCH_INSTITUTION}
        assert found.entry.institution_id == ""
        assert found.institution_name == name

    def test_another_ones_institution_is_as_unknown(self, actor, neighbour):
        found = one(actor, neighbour.unit_number, neighbour.name, "李四")
        assert found.errors == {"institution_name": entries.NO_SUCH_INSTITUTION}

    def test_number_and_name_must_agree(self, actor, clinics):
        found = one(actor, clinics[0].unit_number, "第2卫生院", "李四")
        assert "是“第1卫生院”" in found.errors["institution_name"]
        assert found.entry.institution_id == ""
        same = one(actor, clinics[0].unit_number, "第１卫生院 ", "李四")
        assert same.errors == {}

    def test_an_unknown_way_to_sign_in_is_told(self, actor, clinics):
        found = one(actor, clinics[0].unit_number, None, "李四", None, None, "指纹")
        assert list(found.errors) == ["auth_method"]
        assert "用户名密码" in found.errors["auth_method"]


class TestHostile:
    def test_a_formula_is_not_reckoned(self, actor, clinics):
        found = one(actor, clinics[0].unit_number, None, "=A1", "=HYPERLINK(1)")
        assert found.errors.keys() == {"full_name", "phone"}
        assert found.entry.full_name == ""

    def test_merged_cells_and_dates_are_told(self, actor, clinics):
        found = one(
            actor,
            clinics[0].unit_number,
            None,
            "李四",
            "13800138000",
            edit=lambda sheet: sheet.merge_cells("C2:D2"),
        )
        assert found.errors == {"full_name": cells.MERGED, "phone": cells.MERGED}

    def test_a_number_that_lost_its_digits_is_told(self, actor, clinics):
        found = one(actor, clinics[0].unit_number, None, "李四", 1380013800013800138)
        assert found.errors == {"phone": cells.LOST_DIGITS}

    def test_a_broken_number_stands_at_the_institution(self, actor, clinics):
        found = one(actor, "=1+1", "第1卫生院", "李四")
        assert set(found.errors) == {"institution_name"}

    def test_a_repeated_header_is_told(self, actor, clinics):
        found = one(actor, *[header.strip("*") for header in HEADERS])
        assert found.errors["institution_name"] == tables.REPEATED_HEADER

    def test_a_name_like_a_pattern_finds_nothing(self, actor, clinics):
        assert one(actor, None, "第%卫生院", "李四").entry.institution_id == ""

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", "是空的"),
            (b"a,b", "不是 Excel 工作簿"),
            (b"PK\x03\x04" + b"x" * 100, "已损坏"),
            (workbook([["x"]]), "没有找到表头"),
            (workbook([["机构编号", "机构名称", "手机号", "邮箱"], ["1"]]), "缺少必需的列：姓名"),
            (workbook([HEADERS]), "没有内容"),
            (workbook([HEADERS, ["1", "甲"]]), "没有填写任何用户"),
            (workbook([HEADERS, *[["1", "甲", "乙"]] * 201]), "一次最多为200家机构开户，现有201家"),
            (workbook([HEADERS, *[["1", "甲"]] * 5_021]), "一次最多导入5000行"),
        ],
    )
    def test_what_cannot_be_understood_is_refused_as_a_whole(self, actor, data, sentence):
        with pytest.raises(DomainError, match=sentence):
            account_batches.read_entries(actor, data)
