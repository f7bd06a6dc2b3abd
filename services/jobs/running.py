"""Doing a job: as its owner, with progress, to exactly one result or none."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from extensions import db
from models import Job, JobKind
from models.engine import writing
from services import files, scope
from services.errors import DomainError
from services.jobs import acting, leasing
from services.jobs.acting import JobStoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from services.actor import Actor
    from services.jobs.leasing import Lease

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

#: Seconds between two looks at whether a job may go on.
LOOK_EVERY: Final = 1.0
_BEAT: Final = leasing.LEASE.total_seconds() / 3


@dataclass(frozen=True)
class Outcome:
    """What a handler has made: the name of the file that it wrote, and what is to be recorded."""

    #: Empty where there is nothing to fetch: the work itself was all.
    file_name: str = ""
    #: Called in the transaction that finishes the job: no result without its entries.
    record: Callable[[], object] = lambda: None
    #: Called after that transaction, where nothing can be lost any more.
    afterwards: Callable[[], object] = lambda: None


class Work:
    """One job at work, as its handler sees it."""

    def __init__(
        self, lease: Lease, actor: Actor, arguments: Mapping[str, Any], file: BinaryIO
    ) -> None:
        """Hold what a handler needs; ``file`` takes the result."""
        self.actor = actor
        self.arguments = arguments
        self.file = file
        self._lease = lease
        self._looked_at = float("-inf")

    def progress(self, done: int, total: int) -> None:
        """Say how far the work is; raises ``JobStoppedError`` when it must not go on.

        Call it often: most calls cost nothing.
        """
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        # In a session of its own: that of the handler is in the middle of reading.
        with _session(will_write=True):
            acting.require_same(self.actor, self._lease.job_id)
            is_ours = leasing.prolong(self._lease, done=done, total=total)
            db.session.commit()
        _require(is_ours)


Handler = Callable[[Work], Outcome]


def run(job_id: int, handlers: Mapping[JobKind, Handler]) -> None:
    """Do a job if it waits for a worker; never raises for what goes wrong in it.

    A rule that forbids it fails it with the rule's sentence. What nobody has foreseen is logged by
    its type only, since its words may hold personal data, and the job is tried again.
    """
    lease = _step(lambda: leasing.take(job_id))
    if lease is None:
        return
    with _prolonged(lease):
        try:
            _work(lease, handlers)
        except JobStoppedError as stopped:
            if stopped.sentence:
                _settle(lease, stopped.sentence)
        except DomainError as error:
            _settle(lease, error.message)
        except Exception as error:  # noqa: BLE001 - the worker goes on to the next job
            logger.error("job %d was interrupted: %s", job_id, type(error).__name__)  # noqa: TRY400
            _step(lambda: leasing.give_back(lease))


def _work(lease: Lease, handlers: Mapping[JobKind, Handler]) -> None:
    with _session(), TemporaryFile() as file:
        actor = acting.owner_of(lease.job_id)
        scope.bind(actor)
        # The transaction begins anew under the owner's scope.
        db.session.rollback()
        kind, arguments = db.session.execute(
            select(Job.kind, Job.arguments).where(Job.id == lease.job_id)
        ).one()
        outcome = handlers[kind](Work(lease, actor, json.loads(arguments), file))
        file.seek(0)
        stored = files.store_parts(file) if outcome.file_name else None
        try:
            db.session.rollback()
            with writing():
                acting.require_same(actor, lease.job_id)
                outcome.record()
                _require(leasing.finish(lease, stored, outcome.file_name))
                db.session.commit()
        except BaseException:
            db.session.rollback()
            if stored is not None:
                files.discard(stored.name)
            raise
        outcome.afterwards()


def _require(is_ours: bool) -> None:  # noqa: FBT001 - a plain yes or no
    if not is_ours:
        raise JobStoppedError


def _settle(lease: Lease, sentence: str) -> None:
    _step(lambda: leasing.fail(lease, sentence))


def _step(act: Callable[[], ResultT]) -> ResultT:
    """Do one step in a session and a transaction of its own."""
    with _session(will_write=True):
        result = act()
        db.session.commit()
        return result


@contextmanager
def _session(*, will_write: bool = False) -> Iterator[None]:
    """Give a session of its own for the length of a block; it sees nothing until it is bound."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    with app.app_context():
        if not will_write:
            yield
            return
        with writing():
            yield


@contextmanager
def _prolonged(lease: Lease) -> Iterator[None]:
    """Keep the lease while a handler is busy with one long step, by a thread of its own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT):
            try:
                with app.app_context():
                    _step(lambda: leasing.prolong(lease))
            except OperationalError:
                # The database is busy; the lease outlasts two more beats.
                continue

    thread = threading.Thread(target=beat, name=f"lease of job {lease.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
