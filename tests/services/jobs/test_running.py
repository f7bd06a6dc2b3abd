"""Doing a job: as its owner, once, and to an end that its owner understands."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select, update

from extensions import db
from models import Administrator, AuditEntry, Institution, Job, JobKind, JobState
from services import audit, jobs
from services.audit import AuditTag
from services.errors import DomainError
from services.jobs import Outcome, keeping, leasing, running
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import fresh
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.jobs import finish_job, make_job


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch):
    monkeypatch.setattr(running, "LOOK_EVERY", 0)


@pytest.fixture
def bureau(app):
    return make_bureau()


@pytest.fixture
def officer(bureau):
    return make_actor(bureau)


@pytest.fixture
def job(officer):
    made = make_job(officer, number=7)
    db.session.commit()
    return made


def do(job, handler):
    jobs.run(job.id, {JobKind.GRID_EXPORT: handler})
    return fresh(Job, job.id)


def files_in(app):
    folder = app.config["DATA_DIR"] / "files"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_it_is_done_under_the_owners_scope(officer, job, bureau):
    make_institution(bureau, name="看得见的医院")
    make_institution(make_bureau(name="别处的局"), name="别处的医院")
    seen = {}

    def handler(work):
        seen["names"] = set(db.session.scalars(select(Institution.name)))
        seen["arguments"] = work.arguments
        assert work.actor.administrator_id == officer.administrator_id
        work.progress(3, 9)
        seen["done"] = fresh(Job, job.id).done
        work.file.write(b"result")
        return Outcome(
            "名单.xlsx",
            lambda: audit.record(work.actor, AuditTag.ROSTER_EXPORT, label="名单"),
        )

    found = do(job, handler)
    assert seen["names"] == {bureau.name, "看得见的医院"}
    assert seen["arguments"] == {"screen": "rosters", "number": 7}
    assert seen["done"] == 3
    assert (found.state, found.file_name, found.done) == (JobState.DONE, "名单.xlsx", found.total)
    with acting(officer):
        assert b"".join(jobs.download(officer, found)) == b"result"
        (entry,) = db.session.scalars(
            select(AuditEntry).where(AuditEntry.tag == "roster:export")
        ).all()
    assert (entry.actor_id, entry.address) == (officer.administrator_id, "192.0.2.1")


def test_a_rule_that_forbids_it_is_told(job, app):
    def handler(_work):
        raise DomainError("没有可打印的内容。")

    found = do(job, handler)
    assert (found.state, found.problem) == (JobState.FAILED, "没有可打印的内容。")
    assert files_in(app) == []


def test_what_nobody_foresaw_is_tried_again_and_told_without_its_words(job, caplog):
    tries = []

    def handler(_work):
        tries.append(1)
        raise ZeroDivisionError("420102199001011234")

    for _ in range(leasing.MOST_ATTEMPTS + 1):
        found = do(job, handler)
    assert (found.state, found.problem) == (JobState.FAILED, leasing.GIVEN_UP)
    assert len(tries) == leasing.MOST_ATTEMPTS
    assert "ZeroDivisionError" in caplog.text
    assert "420102199001011234" not in caplog.text


def disable(officer):
    with unscoped(Reason.MAINTENANCE):
        db.session.execute(
            update(Administrator)
            .where(Administrator.id == officer.administrator_id)
            .values(is_enabled=False)
        )
        db.session.commit()


def demote(officer):
    with unscoped(Reason.MAINTENANCE):
        db.session.execute(
            update(Administrator)
            .where(Administrator.id == officer.administrator_id)
            .values(role="auditor")
        )
        db.session.commit()


@pytest.mark.parametrize("change", [disable, demote])
@pytest.mark.parametrize("moment", ["in the middle", "at the end"])
def test_it_stops_when_the_account_is_not_what_it_was(job, officer, app, change, moment):
    told = []

    def handler(work):
        work.file.write(b"secret")
        change(officer)
        if moment == "in the middle":
            work.progress(1, 2)
        return Outcome("a.xlsx", lambda: told.append(1))

    found = do(job, handler)
    assert (found.state, found.storage_name) == (JobState.FAILED, None)
    assert "账号已停用" in found.problem
    assert files_in(app) == []
    assert told == []


def test_it_is_not_begun_for_a_disabled_account(job, officer):
    disable(officer)
    found = do(job, lambda _work: pytest.fail("was begun"))
    assert found.state is JobState.FAILED


@pytest.mark.parametrize("moment", ["in the middle", "at the end"])
def test_a_cancelled_one_stops_and_leaves_nothing(job, officer, app, moment):
    def handler(work):
        with acting(officer):
            jobs.cancel(officer, jobs.find(officer, job.id))
            db.session.commit()
        if moment == "in the middle":
            work.progress(1, 2)
            pytest.fail("went on")
        work.file.write(b"result")
        return Outcome("a.xlsx")

    found = do(job, handler)
    assert (found.state, found.storage_name) == (JobState.CANCELLED, None)
    assert files_in(app) == []


def test_no_result_without_its_entry(job, app):
    def record():
        raise DomainError("操作日志无法写入。")

    found = do(job, lambda _work: Outcome("a.xlsx", record))
    assert found.state is JobState.FAILED
    assert files_in(app) == []


def test_most_looks_cost_nothing(job, monkeypatch):
    monkeypatch.setattr(running, "LOOK_EVERY", 3600)
    looks = []
    monkeypatch.setattr(leasing, "prolong", lambda *_, **values: looks.append(values) or True)

    def handler(work):
        for number in range(100):
            work.progress(number, 100)
        return Outcome("a.xlsx")

    do(job, handler)
    assert looks == [{"done": 0, "total": 100}]


def test_results_are_gone_after_a_week(job, officer, app):
    finish_job(job)
    waiting = make_job(officer, number=8)
    db.session.commit()
    keys = job.id, waiting.id
    assert len(files_in(app)) == 1
    now = dt.datetime.now(dt.UTC)
    with time_machine.travel(now + dt.timedelta(days=6, hours=23)):
        assert keeping.expire() == 0
    with time_machine.travel(now + dt.timedelta(days=7, hours=1)):
        assert keeping.expire() == 1
    assert files_in(app) == []
    db.session.expunge_all()
    assert [fresh(Job, key) is None for key in keys] == [True, False]
