"""What the benchmarks share: alternating runs, medians, memory in a process of its own, a table."""

from __future__ import annotations

import gc
import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Comparison:
    """Median seconds of our way and of the bare way."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """How many times as long ours takes."""
        return self.ours / self.bare


def compare(ours: Callable[[], object], bare: Callable[[], object], repetitions: int) -> Comparison:
    """Run both in turn, after one run of each that is not counted, and take the medians.

    The turns alternate so that whatever else the machine does hits both.
    """
    ours()
    bare()
    seconds: tuple[list[float], list[float]] = ([], [])
    for repetition in range(repetitions):
        pair = [(0, ours), (1, bare)]
        for index, run in pair if repetition % 2 else reversed(pair):
            gc.collect()
            start = perf_counter()
            run()
            seconds[index].append(perf_counter() - start)
    return Comparison(median(seconds[0]), median(seconds[1]))


@dataclass(frozen=True, slots=True)
class Fresh:
    """What something took in a process that had done nothing else: seconds, and MB of growth."""

    seconds: float
    growth: float


def in_fresh_process(run: Callable[[], object], warm_up: Callable[[], object]) -> Fresh:
    """Run `run` in a fresh process, whose memory may grow at its peak only for it.

    `warm_up` runs there before, so that imports and caches are not counted.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_grow, args=(sender, run, warm_up))
    process.start()
    sender.close()
    seconds, growth = receiver.recv()
    process.join()
    return Fresh(seconds, growth)


def memory_growth(run: Callable[[], object], warm_up: Callable[[], object]) -> float:
    """Return by how many MB a fresh process grows at its peak while it runs `run`."""
    return in_fresh_process(run, warm_up).growth


def _grow(sender: Connection, run: Callable[[], object], warm_up: Callable[[], object]) -> None:
    warm_up()
    gc.collect()
    before = _resident("VmRSS")
    start = perf_counter()
    run()
    sender.send((perf_counter() - start, _resident("VmHWM") - before))


def _resident(which: str) -> float:
    """MB of the process now (VmRSS) or at its peak (VmHWM), as Linux counts them.

    `getrusage` will not do: a process inherits the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(which))
    return int(line.split()[1]) / 1024


def report_growth(title: str, growth: float, limit: float) -> int:
    """Print the growth of memory in MB under its limit; return the exit status."""
    kept = growth <= limit
    return report(title, [("growth of memory", f"{growth:.1f} MB", f"<= {limit:.0f} MB", kept)])


def report(title: str, rows: list[tuple[str, str, str, bool]]) -> int:
    """Print (what, measured, limit, kept) as a table; return the exit status."""
    print(title)
    for what, measured, limit, kept in rows:
        print(f"  {what:<34}{measured:>12}{limit:>14}  {'ok' if kept else 'BROKEN'}")
    return 0 if all(row[-1] for row in rows) else 1
