"""Reviews on site (现场审核): a code is looked up, the paper compared, a verdict recorded."""

from __future__ import annotations

from services.reviews.desk import Content, Filed, LicenceSeen, Seen, look_up
from services.reviews.reading import (
    Told,
    by_reviewer,
    counts,
    counts_of,
    latest_of,
    of_certificate,
    reviewers,
    search_condition,
    shown_reviewer,
    today,
    with_certificate,
)
from services.reviews.verdicts import record, record_forgery

__all__ = [
    "Content",
    "Filed",
    "LicenceSeen",
    "Seen",
    "Told",
    "by_reviewer",
    "counts",
    "counts_of",
    "latest_of",
    "look_up",
    "of_certificate",
    "record",
    "record_forgery",
    "reviewers",
    "search_condition",
    "shown_reviewer",
    "today",
    "with_certificate",
]
