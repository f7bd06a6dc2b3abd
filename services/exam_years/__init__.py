"""Exam years (考试年度): their dates, law and texts."""

from __future__ import annotations

from services.exam_years.reading import (
    current_year,
    open_cycle,
    open_years,
    trial_cutoff,
    years,
)

__all__ = ["current_year", "open_cycle", "open_years", "trial_cutoff", "years"]
