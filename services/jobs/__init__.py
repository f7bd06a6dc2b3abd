"""Jobs: what takes longer than a page, done by workers under the scope of who has asked for it.

The table of jobs is the truth; the queue (``waking``) only wakes workers up. A page asks
(``asking``), a worker holds a job by a lease (``leasing``) and does it as its owner (``running``),
whose account is looked at again and again while it runs (``acting``). Results are kept a week.
"""

from __future__ import annotations

from services.jobs.acting import JobStoppedError
from services.jobs.asking import (
    KEPT_DAYS,
    MOST_UNFINISHED,
    ask,
    cancel,
    download,
    find,
    own,
    remove,
    take_asked,
    unfinished,
    visible,
)
from services.jobs.running import Handler, Outcome, Work, run
from services.jobs.waking import JobQueue, queue

__all__ = [
    "KEPT_DAYS",
    "MOST_UNFINISHED",
    "Handler",
    "JobQueue",
    "JobStoppedError",
    "Outcome",
    "Work",
    "ask",
    "cancel",
    "download",
    "find",
    "own",
    "queue",
    "remove",
    "run",
    "take_asked",
    "unfinished",
    "visible",
]
