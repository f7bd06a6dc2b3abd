"""Run the benchmarks one after the other and write `docs/performance.md`: `python -m benchmarks`.

``BENCH_SIZE`` is ``M`` (half an hour on a quiet machine) or ``S`` (some minutes).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks import figures, performance
from benchmarks.beside import ROOT, environment
from benchmarks.machine import description
from benchmarks.performance import Run
from benchmarks.plan import PLAN


def main() -> int:
    """Run each in a process of its own, so that none is measured in the other's leavings."""
    size = os.environ.get("BENCH_SIZE") or "M"
    if size not in PLAN:
        sys.exit(f"BENCH_SIZE must be one of {', '.join(PLAN)}")
    environment()
    machine = description()
    runs = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        file = Path(folder) / "figures"
        file.touch()
        environ = {**os.environ, figures.FILE: str(file)}
        for module, *arguments in PLAN[size]:
            print(f"\n{module} {' '.join(arguments)}".rstrip(), flush=True)
            command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
            start = perf_counter()
            code = subprocess.run(command, env=environ, check=False).returncode  # noqa: S603 - our own
            runs.append(Run(" ".join([module, *arguments]), perf_counter() - start, code == 0))
        found = figures.read(file)
    docs = ROOT / "docs"
    text = performance.document(found, runs, machine, size)
    (docs / "performance.md").write_text(text, encoding="utf-8")
    if performance.growing(found):
        picture = docs / performance.GROWTH
        picture.write_text(performance.growth_picture(found), encoding="utf-8")
    print(f"\n{docs / 'performance.md'}")
    return 0 if all(run.kept for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
