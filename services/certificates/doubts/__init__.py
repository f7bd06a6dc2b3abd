"""Doubts about certificates (风险提示): found, kept with the record, and read for the screens."""

from __future__ import annotations

from services.certificates.doubts.across import trainees_at_once
from services.certificates.doubts.content import of_content, of_time
from services.certificates.doubts.finding import Finding
from services.certificates.doubts.foreseeing import Foreseen, foresee
from services.certificates.doubts.grounds import Grounds
from services.certificates.doubts.keeping import (
    keep,
    keep_licence,
    keep_many,
    keep_year,
    recount,
    recount_these,
    recount_year,
)
from services.certificates.doubts.reading import (
    Told,
    has_doubt,
    of_certificates,
    of_roster,
    other_institutions,
    summary,
)
from services.certificates.doubts.turns import hold_certificate, hold_licence, ties_of

__all__ = [
    "Finding",
    "Foreseen",
    "Grounds",
    "Told",
    "foresee",
    "has_doubt",
    "hold_certificate",
    "hold_licence",
    "keep",
    "keep_licence",
    "keep_many",
    "keep_year",
    "of_certificates",
    "of_content",
    "of_roster",
    "of_time",
    "other_institutions",
    "recount",
    "recount_these",
    "recount_year",
    "summary",
    "ties_of",
    "trainees_at_once",
]
