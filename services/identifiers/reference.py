"""The code tables that the checks look into, read once and on first use."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_DIRECTORY = Path(__file__).resolve().parents[2] / "config" / "reference"

# The tables of regions lack the country itself, which stands in codes issued by central bodies.
_WHOLE_COUNTRY = "100000"


def region_known(code: str) -> bool:
    """Tell whether the six-digit division code has ever existed (1980 to 2019).

    Abolished codes count, because numbers issued under them stay valid.  The table is not known to
    be complete: use the answer for a warning only.
    """
    return code in _column("id_region_codes", "code")


def registering_region_known(code: str) -> bool:
    """Tell the same of a code that may also stand for the whole country (``100000``)."""
    return code == _WHOLE_COUNTRY or region_known(code)


def province_known(prefix: str) -> bool:
    """Tell whether the two digits are those of a province."""
    return region_known(f"{prefix}0000")


def certificate_category_known(code: str) -> bool:
    """Tell whether the two digits are a category used inside certificate numbers.

    Categories added after 2005 may be missing from the table: use for a warning only.
    """
    return code in _column("exam_categories", "certificate_category_code")


def institution_category_known(code: str) -> bool:
    """Tell whether the four characters are a category of institutions (WS 218-2002)."""
    return code in _column("institution_categories", "code")


def economic_type_known(code: str) -> bool:
    """Tell whether the two digits are an economic type (GB/T 12402)."""
    return code in _column("economic_types", "code")


def management_type_known(code: str) -> bool:
    """Tell whether the digit is a management type of institutions (WS 218-2002, annex B)."""
    return code in _column("institution_management_types", "code")


@cache
def _column(table: str, column: str) -> frozenset[str]:
    with (_DIRECTORY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row[column] for row in csv.DictReader(file))
