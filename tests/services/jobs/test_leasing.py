"""Leases: of many workers exactly one holds a job, and a dead one does not hold it for ever."""

from __future__ import annotations

import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine

from extensions import db
from models import Job, JobState
from models.engine import writing
from services import files
from services.jobs import leasing
from tests.admin_views.screen_cases import fresh
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau
from tests.factories.jobs import finish_job, make_job

LATER = leasing.LEASE + dt.timedelta(seconds=1)
NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture
def job(app):
    with time_machine.travel(NOW, tick=False):
        yield make_job(make_actor(make_bureau()))


def stored(data=b"x"):
    return files.store_parts(io.BytesIO(data))


def test_who_takes_it_first_has_it(job):
    lease = leasing.take(job.id)
    assert lease is not None
    assert leasing.take(job.id) is None
    assert leasing.due() == []
    assert fresh(Job, job.id).state is JobState.RUNNING


def test_a_silent_worker_loses_it(job):
    first = leasing.take(job.id)
    with time_machine.travel(NOW + LATER, tick=False):
        assert leasing.due() == [job.id]
        second = leasing.take(job.id)
        assert second is not None
        # Whatever the first one does now comes too late.
        assert not leasing.prolong(first, done=5, total=10)
        assert not leasing.finish(first, stored(), "a.xlsx")
        assert not leasing.fail(first, "错误")
        assert not leasing.give_back(first)
        assert leasing.finish(second, stored(), "b.xlsx")
    assert fresh(Job, job.id).file_name == "b.xlsx"


def test_who_reports_keeps_it(job):
    lease = leasing.take(job.id)
    with time_machine.travel(NOW + LATER / 2, tick=False):
        assert leasing.prolong(lease, done=5, total=10)
    with time_machine.travel(NOW + LATER, tick=False):
        assert leasing.due() == []
    found = fresh(Job, job.id)
    assert (found.done, found.total) == (5, 10)


def test_what_was_given_back_begins_anew(job):
    first = leasing.take(job.id)
    leasing.prolong(first, done=5, total=10)
    assert leasing.give_back(first)
    assert leasing.due() == [job.id]
    assert leasing.take(job.id) is not None
    assert fresh(Job, job.id).done == 0


def test_it_is_not_tried_for_ever(job):
    for _ in range(leasing.MOST_ATTEMPTS):
        lease = leasing.take(job.id)
        assert leasing.give_back(lease)
    assert leasing.take(job.id) is None
    found = fresh(Job, job.id)
    assert (found.state, found.problem) == (JobState.FAILED, leasing.GIVEN_UP)
    assert leasing.due() == []


def test_a_finished_one_is_never_taken_again(job):
    finish_job(job)
    assert leasing.take(job.id) is None
    assert leasing.take(job.id + 1) is None


def test_of_many_at_once_one_takes_it(committed_app):
    with committed_app.app_context(), writing():
        with acting(make_actor(make_bureau())) as actor:
            key = make_job(actor).id
        db.session.commit()
    barrier = Barrier(8)

    def take(_number):
        with committed_app.app_context(), writing():
            barrier.wait()
            lease = leasing.take(key)
            db.session.commit()
            return lease

    with ThreadPoolExecutor(8) as pool:
        taken = [one for one in pool.map(take, range(8)) if one is not None]
    assert len(taken) == 1
