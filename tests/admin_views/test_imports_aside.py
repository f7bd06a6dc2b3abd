"""An import of many records: confirmed on the page, written by a worker."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import time_machine

from extensions import db
from jobs import HANDLERS
from models import ImportBatch, ImportState, Institution, Job, JobState, TrialCertificate
from services import jobs
from services.importing import desk
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import city, clerk, count, entries, fresh, province, tree
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.people_tables import people_table, person_row
from tests.factories.workbooks import import_table

__all__ = ["city", "clerk", "province", "tree"]

PEOPLE = "/admin/certificates/import/"
INSTITUTIONS = "/admin/institutions/import/"
NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def two_are_many(tree, monkeypatch):
    """The middle of January 2018, when two records are many."""
    monkeypatch.setattr(desk, "ASIDE_FROM", 2)
    with time_machine.travel(NOW, tick=True):
        make_exam_cycle()
        with unscoped(Reason.MAINTENANCE):
            complete(tree.hospital)
        db.session.commit()
        yield


@pytest.fixture
def rows():
    return [person_row(), person_row(name="赵芳")]


def upload(worker, data, address=PEOPLE):
    response = worker.post(address, file=(io.BytesIO(data), "人员.xlsx", None))
    assert response.status_code == 302, response.text
    return int(response.location.rpartition("id=")[2])


def confirm(worker, key, address=PEOPLE, act="apply", **values):
    version = fresh(ImportBatch, key).version
    return worker.post(f"{address}batch/?id={key}", **{"act": act, "version": version, **values})


def work():
    """Do the only job there is; return it."""
    key = max(entry.object_id for entry in entries("job:ask"))
    jobs.run(key, HANDLERS)
    return fresh(Job, key)


def test_a_worker_writes_it(clerk, rows):
    key = upload(clerk, people_table(rows))
    response = confirm(clerk, key)
    assert response.location == "/admin/jobs/"
    assert "导入已转入后台任务" in clerk.told(response)
    assert clerk.rows("/admin/jobs/") == ["批量导入试用人员（新增2，修改0）"]
    assert count(TrialCertificate) == 0
    page = clerk.get(f"{PEOPLE}batch/", id=key).text
    assert "已转入<a" in page
    assert "确认导入（" not in page
    assert work().state is JobState.DONE
    assert count(TrialCertificate) == 2
    assert fresh(ImportBatch, key).state is ImportState.APPLIED
    (entry,) = entries("certificate:import")
    assert clerk.actor.full_name in entry.actor_name


def test_its_file_goes_once_it_is_written(app, clerk, rows):
    confirm(clerk, upload(clerk, people_table(rows)))
    files = app.config["DATA_DIR"] / "files"
    assert [*files.glob("??/*")] != []
    work()
    assert [*files.glob("??/*")] == []


def test_few_are_written_at_once(clerk):
    confirm(clerk, upload(clerk, people_table([person_row()])))
    assert count(TrialCertificate) == 1
    assert count(Job) == 0


def test_confirmed_twice_it_is_one_job(clerk, rows):
    key = upload(clerk, people_table(rows))
    confirm(clerk, key)
    confirm(clerk, key)
    assert count(Job) == 1


def test_what_was_given_up_meanwhile_is_not_written(clerk, rows):
    key = upload(clerk, people_table(rows))
    confirm(clerk, key)
    confirm(clerk, key, act="discard")
    job = work()
    assert (job.state, job.problem) == (JobState.FAILED, desk.HANDLED)
    assert count(TrialCertificate) == 0


def test_what_would_do_something_else_is_not_written(clerk, rows):
    confirm(clerk, upload(clerk, people_table(rows[:1])))
    key = upload(clerk, people_table([{**rows[0], "name": "周小燕"}, rows[1]]))
    confirm(clerk, key)
    with unscoped(Reason.MAINTENANCE):
        db.session.query(TrialCertificate).one().school = "华中科技大学"
        db.session.commit()
    job = work()
    assert job.state is JobState.FAILED
    assert "导入结果与预览不同" in job.problem
    assert count(TrialCertificate) == 1
    # The clerk looks at it anew and confirms again.
    confirm(clerk, key, act="judge-anew")
    confirm(clerk, key)
    assert work().state is JobState.DONE
    assert count(TrialCertificate) == 2


def test_a_stale_page_and_wrong_rows_ask_for_nothing(clerk, rows):
    key = upload(clerk, people_table(rows))
    assert "尚未导入" in clerk.told(confirm(clerk, key, version="7"))
    wrong = {**rows[0], "ethnic_group_code": "地球人"}
    key = upload(clerk, people_table([wrong, *rows]))
    assert "还有错误的行" in clerk.told(confirm(clerk, key))
    assert count(Job) == 0


def test_institutions_with_what_was_ticked(city):
    before = count(Institution)
    table = import_table(
        [{"name": f"{number}号卫生室", "category_code": "D600 村卫生室"} for number in ("一", "二")]
    )
    confirm(city, upload(city, table, INSTITUTIONS), INSTITUTIONS, keep_former_names="y")
    job = work()
    assert job.state is JobState.DONE, job.problem
    assert job.title == "批量导入机构（新增2，修改0）"
    assert '"keep_former_names": true' in job.arguments
    assert count(Institution) == before + 2
