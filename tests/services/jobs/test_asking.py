"""Asking for jobs, and what their owner may do with them."""

from __future__ import annotations

import pytest

from extensions import db
from jobs import HANDLERS
from models import AuditEntry, Job, JobKind, JobState
from services import files, jobs
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.files import FileDamagedError
from services.jobs import leasing
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau
from tests.factories.jobs import finish_job, make_job


@pytest.fixture
def bureau(app):
    return make_bureau()


@pytest.fixture
def officer(bureau):
    return make_actor(bureau)


@pytest.fixture(autouse=True)
def bound(officer):
    with acting(officer):
        yield


def tags():
    return [entry.tag for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_a_job_waits_and_is_on_record(officer):
    job = make_job(officer, query=[["search", "13800138000"]])
    assert (job.state, job.attempts, job.is_finished) == (JobState.QUEUED, 0, False)
    assert jobs.take_asked() == [job.id]
    assert jobs.take_asked() == []
    db.session.commit()
    assert tags() == ["job:ask"]


def test_its_arguments_are_not_in_clear(officer):
    job = make_job(officer, query=[["search", "13800138000"]])
    (stored,) = db.session.connection().exec_driver_sql("SELECT arguments FROM jobs").scalars()
    assert "13800138000" in job.arguments
    assert "13800138000" not in stored


def test_the_same_one_is_not_asked_for_twice_while_it_waits(officer):
    first = make_job(officer, query=[])
    assert make_job(officer, query=[]).id == first.id
    other = make_job(officer, query=[["state", "filed"]])
    assert other.id != first.id
    finish_job(first)
    assert make_job(officer, query=[]).id not in {first.id, other.id}


def test_an_account_has_so_many_at_the_most(officer):
    for number in range(jobs.MOST_UNFINISHED):
        make_job(officer, number=number)
    with pytest.raises(DomainError, match="您已有5个后台任务尚未完成"):
        make_job(officer, number=-1)


def test_a_colleagues_jobs_do_not_count(officer, bureau):
    for number in range(jobs.MOST_UNFINISHED):
        make_job(officer, number=number)
    colleague = make_actor(bureau)
    assert make_job(colleague, number=0).administrator_id == colleague.administrator_id


def test_who_may_not_export_may_not_ask(bureau):
    auditor = make_actor(bureau, role="auditor")
    with pytest.raises(NotAllowedError):
        make_job(auditor)


def test_nobody_else_finds_it_not_even_a_superior(officer, bureau):
    below = make_actor(make_bureau(bureau))
    job = make_job(below)
    with acting(officer), pytest.raises(NotFoundError):
        jobs.find(officer, job.id)
    with acting(below):
        assert jobs.find(below, job.id).id == job.id


@pytest.mark.parametrize("is_running", [False, True])
def test_it_is_cancelled_while_it_is_not_finished(officer, is_running):
    job = make_job(officer)
    lease = leasing.take(job.id) if is_running else None
    jobs.cancel(officer, job)
    assert (job.state, job.lease) == (JobState.CANCELLED, None)
    assert job.finished_at is not None
    if lease is not None:
        assert not leasing.prolong(lease)
    with pytest.raises(DomainError, match="该任务已取消，不能取消"):
        jobs.cancel(officer, job)


def test_a_finished_one_is_not_cancelled(officer):
    job = finish_job(make_job(officer))
    with pytest.raises(DomainError, match="该任务已完成"):
        jobs.cancel(officer, job)
    assert job.state is JobState.DONE


def test_its_result_goes_to_the_owner_on_record(officer):
    content = bytes(range(256)) * 9000
    job = finish_job(make_job(officer), content)
    assert b"".join(jobs.download(officer, job)) == content
    assert (job.size, job.file_name) == (len(content), "花名册.xlsx")
    db.session.commit()
    assert tags()[-1] == "job:result"


def test_without_a_result_there_is_nothing_to_take(officer):
    with pytest.raises(DomainError, match="没有可下载的文件"):
        jobs.download(officer, make_job(officer))


def test_finished_ones_are_removed_all_or_none(officer):
    done, waiting = finish_job(make_job(officer, number=1)), make_job(officer, number=2)
    name = done.storage_name
    with pytest.raises(DomainError, match="正在进行"), db.session.begin_nested():
        jobs.remove(officer, [done, waiting])
    jobs.cancel(officer, waiting)
    assert jobs.remove(officer, [done, waiting]) == [name]
    assert db.session.query(Job).count() == 0
    files.discard(name)
    with pytest.raises(FileDamagedError):
        b"".join(files.load_parts(name, "0" * 64))


def test_kinds_have_a_handler_each():
    assert set(HANDLERS) == set(JobKind)
