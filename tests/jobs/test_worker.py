"""A worker as a process of its own: what it does, and what becomes of its job when it is killed."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from extensions import db
from models import Administrator, Institution, Job, JobState, utc_now
from models.engine import writing
from services import jobs
from services.actor import actor_of
from services.scope import Reason, unscoped
from tests.architecture.sources import ROOT
from tests.databases import KEYS
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau
from tests.factories.jobs import make_job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

#: A worker that tells its standard output what happens, so that nobody need look time and again.
WORKER = """
import sys
from app import create_app
from jobs import worker
from models import JobKind
from services import jobs
from services.jobs import Outcome, running

running.LOOK_EVERY = 0.2
do = jobs.run

def handler(work):
    print("begun", flush=True)
    while "waits" in sys.argv:
        work.progress(1, 2)
    work.file.write(b"result")
    return Outcome("a.xlsx")

def run(job_id, handlers):
    do(job_id, handlers)
    print("over", flush=True)

jobs.run = run
worker.HANDLERS = {JobKind.GRID_EXPORT: handler}
worker.work(create_app(), only_while_parent_lives="child" in sys.argv)
"""


def environ_of(app: Flask) -> dict[str, str]:
    return {
        **os.environ,
        **KEYS,
        "APP_ENV": "test",
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }


@contextmanager
def worker(app: Flask, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments],
        cwd=ROOT,
        env=environ_of(app),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(process):
    return process.stdout.readline().strip()


@pytest.fixture
def job_id(committed_app):
    """The key of a job that waits, in a database of real commits."""
    with committed_app.app_context(), writing():
        with acting(make_actor(make_bureau())) as actor:
            key = make_job(actor).id
        db.session.commit()
    return key


def state_of(app, key):
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        return db.session.execute(select(Job.state, Job.attempts).where(Job.id == key)).one()


def end_lease(app, key):
    """Let the time of the lease be over."""
    with app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        over = utc_now() - dt.timedelta(seconds=1)
        db.session.execute(update(Job).where(Job.id == key).values(leased_until=over))
        db.session.commit()


def cancel(app, key):
    with app.app_context(), writing():
        with unscoped(Reason.MAINTENANCE):
            account = db.session.scalars(select(Administrator)).one()
            home = db.session.scalars(select(Institution)).one()
        with acting(actor_of(account, home)) as actor:
            jobs.cancel(actor, jobs.find(actor, key))
        db.session.commit()


def test_the_job_of_a_killed_worker_is_done_by_the_next_one_once(committed_app, job_id):
    with worker(committed_app, "waits") as first:
        assert heard(first) == "begun"
    assert state_of(committed_app, job_id) == (JobState.RUNNING, 1)
    end_lease(committed_app, job_id)
    with worker(committed_app) as second:
        assert [heard(second), heard(second)] == ["begun", "over"]
    assert state_of(committed_app, job_id) == (JobState.DONE, 2)
    folder = committed_app.config["DATA_DIR"] / "files"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_a_cancelled_job_stops(committed_app, job_id):
    with worker(committed_app, "waits") as process:
        assert heard(process) == "begun"
        cancel(committed_app, job_id)
        assert heard(process) == "over"
    assert state_of(committed_app, job_id) == (JobState.CANCELLED, 1)


def test_it_ends_with_the_process_that_started_it(committed_app, job_id):
    """A shell starts the worker and ends; the worker does not stay behind."""
    script = f'{sys.executable} -c "$0" child & read line'
    with subprocess.Popen(
        ["/bin/sh", "-c", script, WORKER],
        cwd=ROOT,
        env=environ_of(committed_app),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        assert [heard(shell), heard(shell)] == ["begun", "over"]
        shell.kill()
        # There is no end of what it says before the worker has ended, too.
        assert not shell.stdout.read()
    assert state_of(committed_app, job_id) == (JobState.DONE, 1)
