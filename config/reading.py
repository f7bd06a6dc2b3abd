"""What reading the environment and judging it have in common."""

from __future__ import annotations

from enum import StrEnum


class Environment(StrEnum):
    """The three ways in which the platform runs."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


def whole_number(text: str) -> int | None:
    """Return a whole number as it is written in an environment, or ``None``."""
    text = text.strip()
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() else None


def lettered(text: str) -> tuple[tuple[str, str], ...]:
    """Return keys with their letters as an environment lists them: ``A:secret,B:secret``."""
    parts = (part.strip().partition(":") for part in text.split(",") if part.strip())
    return tuple((letter.strip(), secret.strip()) for letter, _, secret in parts)
