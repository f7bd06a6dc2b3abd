"""Run every benchmark of the package: `python -m benchmarks`."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from typing import Final

import benchmarks

SHARED: Final = frozenset(
    {"__main__", "certificate_rows", "measure", "province", "samples", "stock"}
)


def main() -> int:
    """Run each in a process of its own, so that none is measured in the other's leavings."""
    status = 0
    for module in sorted(pkgutil.iter_modules(benchmarks.__path__), key=lambda it: it.name):
        if module.name not in SHARED:
            command = [sys.executable, "-m", f"benchmarks.{module.name}"]
            status |= subprocess.run(command, check=False).returncode  # noqa: S603 - our own
    return status


if __name__ == "__main__":
    sys.exit(main())
