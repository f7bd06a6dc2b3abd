"""Ours and other ways in turn: other libraries in a virtual environment of theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENTS: Final = ROOT / "benchmarks" / "peers" / "requirements.txt"


def environment() -> Path:
    """Return the Python of the peers' environment; it is made when it is not there as required.

    ``BENCH_VENV`` puts it elsewhere than into the checkout.
    """
    folder = Path(os.environ.get("BENCH_VENV") or ROOT / ".venv-bench")
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603
        install = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run(  # noqa: S603 - our own list
            [str(python), *install, "--requirement", str(REQUIREMENTS)], check=True
        )
        stamp.write_text(wanted, encoding="utf-8")
    return python


class Peer:
    """A process of the peers' environment; see ``benchmarks/peers/serving.py``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Speak to a process that was started."""
        self._process = process

    def tell(self, act: str, **arguments: Any) -> Any:
        """Let it do something and return its answer; raises ``RuntimeError`` when it has died."""
        to, back = self._process.stdin, self._process.stdout
        assert to is not None
        assert back is not None
        to.write(f"{json.dumps({'act': act, **arguments})}\n")
        to.flush()
        answer = back.readline()
        if not answer:
            raise RuntimeError(f"the peer died of {act}")
        return json.loads(answer)


@contextmanager
def peer(module: str) -> Iterator[Peer]:
    """Start the module ``benchmarks.peers.<module>`` for the length of a block."""
    command = [str(environment()), "-m", f"benchmarks.peers.{module}"]
    with subprocess.Popen(  # noqa: S603 - our own
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Peer(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = perf_counter()
    act()
    return perf_counter() - start


def in_turn(ways: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """Let all ways take turns, each telling its own seconds, and return the median of each.

    One turn more comes first and is not counted, unless there is only one at all.
    """
    found: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(repetitions + (repetitions > 1)):
        order = list(ways.items())
        for way, run in order if turn % 2 else reversed(order):
            found[way].append(run())
    return {way: median(values[repetitions > 1 :]) for way, values in found.items()}
