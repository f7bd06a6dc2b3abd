"""The worker: waits for keys of jobs, looks for those that nobody took, and clears away."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from huey import crontab
from sqlalchemy.exc import OperationalError

from extensions import db
from jobs import HANDLERS
from models.engine import writing
from services import jobs
from services.jobs import keeping, leasing, waking

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from huey.consumer import Consumer

logger = logging.getLogger(__name__)

_LOOK_FOR_PARENT_EVERY: Final = 2.0


def work(app: Flask, *, only_while_parent_lives: bool = False) -> None:
    """Do jobs until the process is told to end.

    One at a time: what is to be done at once is done by several workers, on as many machines as
    one likes. With ``only_while_parent_lives`` it ends with the process that has started it.
    """
    with app.app_context():
        queue = waking.queue()
    queue.perform = lambda job_id: _in_context(app, lambda: jobs.run(job_id, HANDLERS))
    huey = queue.huey
    huey.periodic_task(crontab(minute="*"), name="every_minute")(lambda: _look_after(app, queue))
    consumer: Consumer = huey.create_consumer(
        workers=1, periodic=True, initial_delay=0.1, max_delay=1.0, check_worker_health=True
    )
    if only_while_parent_lives:
        _end_with(os.getppid(), consumer)
    _look_after(app, queue)
    consumer.run()


def _look_after(app: Flask, queue: jobs.JobQueue) -> None:
    """Wake up for jobs that wait, those of dead workers among them; clear away what is over."""

    def look() -> None:
        with writing():
            expired = keeping.expire()
        if expired:
            logger.info("%d jobs were over and are gone", expired)
        for key in leasing.due():
            queue.wake(key)
        db.session.rollback()

    try:
        _in_context(app, look)
    except OperationalError as error:
        # The database is busy or away; the next minute comes.
        logger.warning("jobs were not looked after: %s", type(error.orig).__name__)


def _in_context(app: Flask, act: Callable[[], None]) -> None:
    with app.app_context():
        act()


def _end_with(parent: int, consumer: Consumer) -> None:
    """Stop the consumer once the process ``parent`` has ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_FOR_PARENT_EVERY)
        consumer.stop()

    threading.Thread(target=watch, name="parent", daemon=True).start()
