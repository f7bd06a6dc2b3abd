"""Exam years (考试年度): their dates, law and texts."""

from __future__ import annotations

from services.exam_years.reading import (
    current_year,
    cycle_of,
    successor_of,
    trial_cutoff,
    years,
)
from services.exam_years.windows import (
    Window,
    open_years,
    whom_to_ask,
    why_closed,
    why_late,
    why_no_entry,
    window,
    windows,
)

__all__ = [
    "Window",
    "current_year",
    "cycle_of",
    "open_years",
    "successor_of",
    "trial_cutoff",
    "whom_to_ask",
    "why_closed",
    "why_late",
    "why_no_entry",
    "window",
    "windows",
    "years",
]
