"""Counters of requests in the memory of one process, for the limits library.

Its own storage starts a thread at nearly every request, to look for counters that are over.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from limits.storage import Storage

#: Counters that are over go once in so many seconds.
_SWEEP_EVERY: Final = 60.0


class ProcessStorage(Storage):
    """Counters by key, each until its window is over."""

    STORAGE_SCHEME: Final = ["process"]  # type: ignore[misc]

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False, **_: str) -> None:
        """Start without counters."""
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._lock = threading.Lock()
        #: Key → how many, and when its window is over.
        self._counters: dict[str, tuple[int, float]] = {}
        self._sweep_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what a storage that cannot be reached raises; this one always can."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count ``amount`` more under ``key``; a new counter lives for ``expiry`` seconds."""
        now = time.time()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep(now)
            count, until = self._counters.get(key, (0, 0.0))
            if until <= now:
                count, until = 0, now + expiry
            self._counters[key] = (count + amount, until)
            return count + amount

    def get(self, key: str) -> int:
        """Return how many were counted under ``key``."""
        count, until = self._counters.get(key, (0, 0.0))
        return count if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of ``key`` is over, in seconds since the epoch."""
        return self._counters.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Whether the counters can be reached."""
        return True

    def reset(self) -> int:
        """Forget all counters; return how many there were."""
        with self._lock:
            count = len(self._counters)
            self._counters.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget the counter of ``key``."""
        with self._lock:
            self._counters.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._sweep_at = now + _SWEEP_EVERY
        over = [key for key, (_count, until) in self._counters.items() if until <= now]
        for key in over:
            del self._counters[key]
