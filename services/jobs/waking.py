"""The queue that wakes workers up: a file below the data directory, or Redis for many machines.

It holds keys of jobs and nothing else. What is lost in it is found again in the table of jobs
within a minute, so it need not survive anything.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from flask import current_app
from huey import RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from huey import Huey

logger = logging.getLogger(__name__)

_NAME: Final = "platform"
FILE_NAME: Final = "queue.sqlite3"


class JobQueue:
    """Keys of jobs on their way to a worker."""

    def __init__(self, *, redis_url: str, data_dir: Path, secret_key: str) -> None:
        """Use Redis where there is one; nothing is opened before it is needed."""
        self._redis_url = redis_url
        self._path = data_dir / FILE_NAME
        # Huey packs tasks with pickle: only what we have signed is unpacked.
        self._secret = f"jobs:{secret_key}"
        #: What a worker does with a key; a page only puts it into the queue.
        self.perform: Callable[[int], None] = _nobody
        self._task: Any = None

    @cached_property
    def huey(self) -> Huey:
        """Huey itself, for the worker."""
        found = self._open()

        def run_job(job_id: int) -> None:
            # Looked up when it is called: a worker says what it does after this was made.
            self.perform(job_id)

        self._task = found.task(name="run_job")(run_job)
        return found

    def _open(self) -> Huey:
        serializer = SignedSerializer(secret=self._secret, salt=_NAME)
        if self._redis_url:
            return RedisHuey(_NAME, url=self._redis_url, results=False, serializer=serializer)
        return SqliteHuey(_NAME, filename=str(self._path), results=False, serializer=serializer)

    def wake(self, job_id: int) -> None:
        """Tell the workers of a job; call it after the commit. Never raises.

        Without a queue the job waits for the minute in which a worker looks for such ones.
        """
        try:
            self.huey.enqueue(self._task.s(job_id))
        except Exception as error:  # noqa: BLE001 - whatever a queue raises, the request goes on
            logger.warning("the queue of jobs did not answer: %s", type(error).__name__)


def queue() -> JobQueue:
    """Return the queue of the current application."""
    found: JobQueue = current_app.extensions["job_queue"]
    return found


def _nobody(job_id: int) -> None:
    message = f"job {job_id} was given to a process that is no worker"
    raise RuntimeError(message)
