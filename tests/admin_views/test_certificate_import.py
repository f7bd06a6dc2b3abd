"""试用人员批量导入 at the browser of a clerk."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
import time_machine

from extensions import db
from models import ExamCycle, ImportBatch, TrialCertificate
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    cells_of,
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.factories.completeness import complete
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.factories.people_tables import HEADERS, people_table, period_row, person_row

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

IMPORT = "/admin/certificates/import/"
NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january(tree):
    """The middle of January 2018, at a hospital whose record is complete."""
    with time_machine.travel(NOW, tick=True):
        make_exam_cycle()
        with unscoped(Reason.MAINTENANCE):
            complete(tree.hospital)
        db.session.commit()
        yield


def upload(worker, rows, name="人员.xlsx"):
    return worker.post(IMPORT, file=(io.BytesIO(people_table(rows)), name, None))


def batch_of(response):
    assert response.status_code == 302, response.text
    return int(response.location.rpartition("id=")[2])


def decide(worker, key, act="apply", **values):
    version = fresh(ImportBatch, key).version
    return worker.post(f"{IMPORT}batch/?id={key}", **{"act": act, "version": version, **values})


def test_upload_preview_confirm(clerk):
    rows = [person_row(), person_row(name="赵芳", started_on="2017-06-01")]
    response = upload(clerk, rows)
    page = clerk.get(response.location).text
    assert "将新增 2 人、修改 0 人，其中 1 人有风险提示（不影响导入，请核实）。" in page
    assert "风险提示：截至2018-08-31" in page
    for row in rows:
        assert row["id_number"] not in page
        assert row["id_number"][:6] in page
    assert "1990-05-06" not in page
    assert count(TrialCertificate) == 0
    assert "导入完成：新增2人，修改0人。" in clerk.told(decide(clerk, batch_of(response)))
    assert count(TrialCertificate) == 2
    assert len(entries("certificate:create")) == 2
    assert len(entries("certificate:import")) == 1


def test_changes_are_shown_old_to_new_without_numbers(clerk):
    row = person_row()
    decide(clerk, batch_of(upload(clerk, [row])))
    response = upload(clerk, [{**row, "name": "周小燕", "phone": "13900139000"}])
    page = clerk.get(response.location).text
    assert "将新增 0 人、修改 1 人" in page
    assert "<del>周晓燕</del> → <ins>周小燕</ins>" in page
    assert "<del>138****8000</del> → <ins>139****9000</ins>" in page
    assert "文件内容与已录入的内容完全一致" in clerk.get(upload(clerk, [row]).location).text


def test_errors_come_back_in_the_rows_where_they_stand(clerk):
    number = person_row()["id_number"]
    rows = [
        person_row(id_number=number, ethnic_group_code="汗族"),
        {"id_number": number, **period_row(started_on="2017-09-01", ended_on="明年")},
    ]
    key = batch_of(upload(clerk, rows, "三月.xlsx"))
    page = clerk.get(f"{IMPORT}batch/", id=key).text
    assert "有 1 人的内容有错误" in page
    assert '<td class="number">2、3</td>' in page
    assert "第3行 截止时间：这不是日期" in page
    assert "确认导入" not in page
    marked = clerk.get(f"{IMPORT}marked.xlsx", id=key)
    sheet = openpyxl.load_workbook(io.BytesIO(marked.data))["试用人员"]
    wrong = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    assert wrong == {"H2", "U3"}
    # It is the user's own file: what stood there still stands there in full.
    assert sheet["E2"].value == number
    assert "还有错误的行" in clerk.told(decide(clerk, key))
    assert count(TrialCertificate) == 0


def test_a_page_that_is_stale_writes_nothing(clerk):
    row = person_row()
    key = batch_of(upload(clerk, [row]))
    assert "尚未导入" in clerk.told(decide(clerk, key, version="7"))
    decide(clerk, key)
    changed = batch_of(upload(clerk, [{**row, "name": "周小燕"}]))
    with unscoped(Reason.MAINTENANCE):
        saved = db.session.query(TrialCertificate).one()
        saved.school = "华中科技大学"
        db.session.commit()
    told = clerk.told(decide(clerk, changed))
    assert "上传之后已录入的内容有了变化" in told
    assert fresh(TrialCertificate, saved.id).name == "周晓燕"
    assert "导入完成：新增0人，修改1人。" in clerk.told(decide(clerk, changed))


def test_the_table_of_an_open_year_only(clerk):
    assert cells_of(clerk.get(f"{IMPORT}template.xlsx", year=str(YEAR)))[0] == HEADERS
    for year in ("2017", "x", "", "99999"):
        assert clerk.get(f"{IMPORT}template.xlsx", year=year).status_code == 404
    assert f"下载{YEAR}年度导入表" in clerk.get(IMPORT).text


def test_closed_years_and_incomplete_records_are_said(clerk, other_clerk):
    assert "资料完整度" in other_clerk.get(IMPORT).text
    response = upload(other_clerk, [person_row()])
    assert response.status_code == 422
    assert "本机构资料尚不完整" in response.text
    db.session.get(ExamCycle, YEAR).entry_closes_on = dt.date(2018, 1, 14)
    db.session.commit()
    page = clerk.get(IMPORT).text
    assert "目前没有开放填报的考试年度。2018年度的填报已于2018-01-14截止" in page
    refused = clerk.get(upload(clerk, [person_row()]).location).text
    assert "考试年度：2018年度的填报已于2018-01-14截止" in refused
    assert clerk.get(f"{IMPORT}template.xlsx", year=str(YEAR)).status_code == 404


def test_others_find_nothing_and_bureaux_enter_nobody(clerk, other_clerk, city, tree):
    key = batch_of(upload(clerk, [person_row()]))
    for worker in (other_clerk, tree.worker(tree.hospital)):
        for path in ("batch/", "marked.xlsx"):
            assert worker.get(IMPORT + path, id=key).status_code == 404
        assert decide(worker, key).status_code == 404
    # The same batch is none of institutions.
    assert clerk.get("/admin/institutions/import/batch/", id=key).status_code == 404
    for path in ("", f"batch/?id={key}", "template.xlsx?year=2018"):
        assert city.get(IMPORT + path).status_code == 403


def test_the_button_stands_over_the_grid_of_those_who_enter(clerk, city):
    assert f'href="{IMPORT}' in clerk.get("/admin/certificates/").text
    assert f'href="{IMPORT}' not in city.get("/admin/certificates/").text
