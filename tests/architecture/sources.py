"""The project's own files, as the laws read them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

PACKAGES: Final = (
    "admin_views",
    "benchmarks",
    "config",
    "exports",
    "forms",
    "jobs",
    "models",
    "services",
)
MODULES: Final = ("app", "cli", "extensions")


def python_files(*places: str) -> list[Path]:
    """Return the Python files of packages and modules named by ``places`` (all ours by default)."""
    found: list[Path] = []
    for place in places or (*MODULES, *PACKAGES):
        module = ROOT / f"{place}.py"
        found += [module] if module.exists() else sorted((ROOT / place).rglob("*.py"))
    return found


def files_of_tests() -> list[Path]:
    """Return the Python files below ``tests``."""
    return sorted((ROOT / "tests").rglob("*.py"))


def page_files(*suffixes: str) -> list[Path]:
    """Return templates and static files whose names end in one of ``suffixes``."""
    return [
        path
        for folder in ("templates", "static")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in suffixes
    ]


def name_of(path: Path) -> str:
    """Return a file's place in the project, with forward slashes."""
    return path.relative_to(ROOT).as_posix()
