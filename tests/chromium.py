"""The system's Chromium, driven by Playwright; no browser is ever downloaded."""

from __future__ import annotations

import os
import shutil
from typing import Any, Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
"""Programs looked for on the PATH, when the environment variable CHROMIUM names none."""

ARGUMENTS: Final = (
    "--no-sandbox",  # The tests may run as root.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The network is closed: a page that asks another host for anything gets an error.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def find() -> str | None:
    """Return the path of a Chromium, or ``None`` when the system has none.

    Raises ``RuntimeError`` when CHROMIUM names a program that does not exist.
    """
    if named := os.environ.get("CHROMIUM"):
        path = shutil.which(named)
        if path is None:
            message = f"CHROMIUM={named} is no program"
            raise RuntimeError(message)
        return path
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch_options(path: str) -> dict[str, Any]:
    """Return what ``playwright.chromium.launch`` is to be given for the Chromium at ``path``."""
    return {"executable_path": path, "headless": True, "args": list(ARGUMENTS)}
