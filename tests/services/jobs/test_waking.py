"""The queue that wakes workers up."""

from __future__ import annotations

import pytest
from huey import RedisHuey

from services import jobs
from services.jobs import JobQueue
from services.jobs.waking import FILE_NAME


@pytest.fixture
def queue(tmp_path):
    return JobQueue(redis_url="", data_dir=tmp_path, secret_key="s" * 32)


def take(queue):
    task = queue.huey.dequeue()
    return None if task is None else queue.huey.execute(task)


def test_a_worker_hears_of_what_a_page_asked_for(queue, tmp_path):
    heard = []
    queue.wake(7)
    worker = JobQueue(redis_url="", data_dir=tmp_path, secret_key="s" * 32)
    worker.perform = heard.append
    take(worker)
    assert heard == [7]
    assert worker.huey.dequeue() is None


def test_what_we_have_not_signed_is_not_unpacked(queue, tmp_path):
    queue.wake(7)
    stranger = JobQueue(redis_url="", data_dir=tmp_path, secret_key="t" * 32)
    with pytest.raises(ValueError, match="ignature"):
        stranger.huey.dequeue()


def test_a_queue_that_is_away_keeps_nobody_from_asking(tmp_path, caplog):
    queue = JobQueue(redis_url="redis://127.0.0.1:1/0", data_dir=tmp_path, secret_key="s" * 32)
    queue.wake(7)
    assert "the queue of jobs did not answer" in caplog.text
    assert isinstance(queue.huey, RedisHuey)


def test_nothing_is_opened_before_it_is_needed(queue, tmp_path):
    assert not (tmp_path / FILE_NAME).exists()


def test_a_page_performs_nothing(queue):
    with pytest.raises(RuntimeError):
        queue.perform(7)


def test_the_application_has_one(app):
    assert jobs.queue() is app.extensions["job_queue"]
