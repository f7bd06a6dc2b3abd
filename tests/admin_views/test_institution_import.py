from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import select

from extensions import db
from models import ImportBatch, Institution
from services import files
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    auditor,
    cells_of,
    city,
    clerk,
    count,
    entries,
    fresh,
    province,
    tree,
)
from tests.factories.institutions import make_institution
from tests.factories.workbooks import HEADERS, import_table, table

__all__ = ["auditor", "city", "clerk", "province", "tree"]

IMPORT = "/admin/institutions/import/"


def clinics(number, **values):
    return import_table(
        [{"name": f"第{n}卫生室", "category_code": "D600", **values} for n in range(number)]
    )


def upload(worker, data, name="机构.xlsx", mimetype=None):
    return worker.post(IMPORT, file=(io.BytesIO(data), name, mimetype))


def batch_of(response):
    assert response.status_code == 302, response.text
    return int(response.location.rpartition("id=")[2])


def decide(worker, key, act="apply", **values):
    version = fresh(ImportBatch, key).version
    return worker.post(f"{IMPORT}batch/?id={key}", **{"act": act, "version": version, **values})


def names():
    with unscoped(Reason.MAINTENANCE):
        return set(db.session.scalars(select(Institution.name)))


def test_upload_preview_confirm(city, tree):
    response = upload(city, clinics(3, address="某村"))
    preview = city.get(response.location).text
    assert "将新增 3 家、修改 0 家机构" in preview
    assert "第1卫生室" in preview
    assert "机构地址：某村" in preview
    assert "武汉市卫生局 3 家" in preview
    assert "第1卫生室" not in names()
    done = decide(city, batch_of(response))
    assert "导入完成：新增3家，修改0家" in city.told(done)
    assert {"第0卫生室", "第1卫生室", "第2卫生室"} <= names()
    assert len(entries("institution:create")) == 3
    assert "已导入" in city.get(IMPORT).text


def test_changes_are_shown_old_to_new(city, tree):
    table = import_table([{"unit_number": tree.hospital.unit_number, "name": "汉口人民医院"}])
    response = upload(city, table)
    page = city.get(response.location).text
    assert "<del>汉口医院</del> → <ins>汉口人民医院</ins>" in page
    assert "原名称登记为曾用名" in page
    decide(city, batch_of(response), keep_former_names="y")
    assert (
        "汉口医院"
        in city.get(f"/admin/institutions/details/?id={tree.hospital.id}&tab=former").text
    )


def test_pages_and_tabs(city):
    rows = [{"name": f"第{n:03d}卫生室", "category_code": "D600"} for n in range(120)]
    rows += [{"name": "没有类别的"}, {"name": "汉口医院", "category_code": "A1"}]
    key = batch_of(upload(city, import_table(rows)))
    first = city.get(f"{IMPORT}batch/", id=key).text
    # Wrong rows come first, and nothing can be confirmed.
    assert "没有类别的" in first
    assert "第000卫生室" not in first
    assert "确认导入" not in first
    assert "下载标注错误的工作簿" in first
    second = city.get(f"{IMPORT}batch/", id=key, show="new", page="2").text
    assert "第050卫生室" in second
    assert "第049卫生室" not in second
    assert "第 2 / 3 页" in second
    assert "汉口医院" in city.get(f"{IMPORT}batch/", id=key, show="unchanged").text
    assert "第 1 / 3 页" in city.get(f"{IMPORT}batch/", id=key, show="all").text
    for odd in ("99", "0", "x", "-1"):
        assert city.get(f"{IMPORT}batch/", id=key, show=odd, page=odd).status_code == 200


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "所选文件是空的"),
        (b"a,b", "不是 Excel 工作簿"),
        (b"PK\x03\x04" + b"x" * 100, "已损坏"),
        (table([["x"]]), "没有找到表头"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_file(city, data, sentence):
    response = upload(city, data)
    assert response.status_code == 422
    assert sentence in response.text
    assert count(ImportBatch) == 0


def test_no_file_at_all(city):
    response = city.post(IMPORT)
    assert response.status_code == 422
    assert "请选择要上传的文件" in response.text


def test_too_large_a_request_is_refused_before_it_is_read(city):
    response = city.client.post(
        IMPORT,
        data=bytes(16 * 1024 * 1024),
        content_type="multipart/form-data; boundary=x",
    )
    assert response.status_code == 413
    assert count(ImportBatch) == 0


@pytest.mark.parametrize("mimetype", ["text/plain", "image/png", "application/zip", None])
def test_the_content_type_does_not_matter(city, mimetype):
    assert batch_of(upload(city, clinics(1), "随便.txt", mimetype))


def test_errors_come_back_in_the_users_own_workbook(city):
    data = table([["标题"], ["备注", *HEADERS], ["记", "", "甲", "?"], ["", "", "乙", "D600"]])
    key = batch_of(upload(city, data, "三月.xlsx"))
    response = city.get(f"{IMPORT}marked.xlsx", id=key)
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(response.data))["机构"]
    assert sheet["D3"].comment.text.startswith("没有“?”这个机构类别。")
    assert sheet["O3"].value == sheet["D3"].comment.text
    assert [cell.value for cell in sheet[3]][:3] == ["记", None, "甲"]


def test_giving_up(city):
    key = batch_of(upload(city, clinics(1)))
    assert "已放弃这次导入" in city.told(decide(city, key, "discard"))
    assert "第0卫生室" not in names()
    assert "已经处理过" in city.told(decide(city, key))
    assert "已经处理过" in city.told(city.get(f"{IMPORT}batch/", id=key))


def test_a_new_upload_says_that_it_gives_up_the_earlier_one(city):
    assert "已放弃" not in city.told(upload(city, clinics(1), name="第一份.xlsx"))
    page = city.told(upload(city, clinics(2), name="第二份.xlsx"))
    assert "此前上传的“第一份.xlsx”尚未导入，已放弃" in page


def test_a_second_press_of_the_button(city):
    key = batch_of(upload(city, clinics(1)))
    decide(city, key)
    assert "已经处理过" in city.told(decide(city, key))
    assert len(entries("institution:import")) == 1


def test_the_library_changed_meanwhile(city, tree):
    key = batch_of(upload(city, clinics(2)))
    make_institution(tree.city, name="第0卫生室", category_code="D600")
    db.session.commit()
    response = decide(city, key)
    assert response.location.endswith(f"batch/?id={key}")
    page = city.get(response.location).text
    assert "与当时显示的不同，尚未导入" in page
    assert "将新增 1 家" in page
    assert "第1卫生室" not in names()
    assert "导入完成：新增1家" in city.told(decide(city, key))


def test_a_preview_is_judged_anew_after_unlocking(city, tree):
    city.act("institutions", "lock", tree.hospital)
    data = import_table([{"name": "汉口医院", "address": "新址"}])
    key = batch_of(upload(city, data))
    page = city.get(f"{IMPORT}batch/", id=key).text
    assert "已锁定" in page
    assert 'value="judge-anew">重新核对</button>' in page
    assert "结果没有变化" in city.told(decide(city, key, "judge-anew"))
    city.act("institutions", "unlock", tree.hospital, reason="地址有误")
    page = city.told(decide(city, key, "judge-anew"))
    assert "结果有变化" in page
    assert "确认导入（1 家）" in page
    assert fresh(Institution, tree.hospital.id).address != "新址"
    assert "导入完成：新增0家，修改1家" in city.told(decide(city, key))


def test_an_old_page_confirms_nothing(city):
    key = batch_of(upload(city, clinics(1)))
    assert "尚未导入" in city.told(decide(city, key, version="7"))
    assert "第0卫生室" not in names()


def test_wrong_rows_cannot_be_confirmed_by_hand(city):
    key = batch_of(upload(city, import_table([{"name": "甲"}])))
    assert "还有错误的行" in city.told(decide(city, key))


def test_others_find_nothing(city, province, tree):
    key = batch_of(upload(city, clinics(1)))
    colleague = tree.worker(tree.city)
    for worker in (province, colleague):
        assert worker.get(f"{IMPORT}batch/", id=key).status_code == 404
        assert worker.get(f"{IMPORT}marked.xlsx", id=key).status_code == 404
        assert decide(worker, key).status_code == 404
        assert decide(worker, key, "discard").status_code == 404
        assert decide(worker, key, "judge-anew").status_code == 404
        assert "机构.xlsx" not in worker.get(IMPORT).text
    for odd in ("", "x", "999999", [str(key), str(key)]):
        assert city.get(f"{IMPORT}batch/", id=odd).status_code == 404


def test_template_and_library(city):
    template = city.get(f"{IMPORT}template.xlsx")
    assert cells_of(template)[0] == HEADERS
    rows = cells_of(city.get(f"{IMPORT}library"))
    assert [row[1] for row in rows[1:]] == ["汉口医院"]
    assert len(entries("institution:export")) == 1


def test_a_lost_file_is_said(city):
    key = batch_of(upload(city, clinics(1)))
    files.discard(fresh(ImportBatch, key).storage_name)
    assert "请重新上传" in city.told(city.get(f"{IMPORT}batch/", id=key))
    assert "第0卫生室" not in names()


def test_auditors_stay_out(auditor):
    for path in ("", "batch/?id=1", "marked.xlsx?id=1", "template.xlsx", "library"):
        assert auditor.get(IMPORT + path).status_code == 403


def test_a_hospital_imports_below_itself(clerk, tree):
    key = batch_of(upload(clerk, clinics(1)))
    decide(clerk, key)
    with unscoped(Reason.MAINTENANCE):
        clinic = db.session.scalars(
            select(Institution).where(Institution.name == "第0卫生室")
        ).one()
    assert clinic.parent_id == tree.hospital.id


def test_the_button_stands_over_the_grid(city):
    assert f'href="{IMPORT}' in city.get("/admin/institutions/").text


def test_what_to_look_at_is_counted_in_the_head(city):
    code = "12420100441626842Y"
    rows = [
        {"name": f"{name}卫生室", "category_code": "D600 村卫生室", "organisation_code": code}
        for name in "甲乙"
    ]
    page = city.get(upload(city, import_table(rows)).location).text
    assert "将新增 2 家、修改 0 家机构，其中 2 家有提示（不影响导入，见“内容”一列）。" in page
    page = city.get(upload(city, import_table(rows[1:])).location).text
    assert "将新增 1 家、修改 0 家机构。" in page
