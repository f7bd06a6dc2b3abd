"""What the tests of the identifiers share: the checks by kind, made-up numbers, refusals."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from services import identifiers
from services.identifiers import Checked, InvalidIdentifierError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2018, 3, 1)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

CHECKS: dict[str, Callable[[str], Checked]] = {
    "resident_id": lambda value: identifiers.check_resident_id(value, today=TODAY),
    "hmt_residence_permit": lambda v: identifiers.check_hmt_residence_permit(v, today=TODAY),
    "foreigner_pr_2023": lambda v: identifiers.check_foreigner_residence_card(v, today=TODAY),
    "qualification_cert": lambda v: identifiers.check_qualification_certificate(v, today=TODAY),
    "org_code": identifiers.check_org_code,
    "uscc": identifiers.check_uscc,
    "practice_cert": identifiers.check_practice_certificate,
    "institution_reg_no": identifiers.check_institution_registration,
    "mobile": identifiers.check_mobile,
    "postcode": identifiers.check_postcode,
}


def rows(path: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the project."""
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


resident_ids = st.builds(
    lambda region, day, serial: identifiers.resident_id_with_check_character(
        f"{region}{day:%Y%m%d}{serial:03d}"
    ),
    st.sampled_from(["422222", "422321", "420211"]),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
org_codes = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8).map(
    identifiers.org_code_with_check_character
)
usccs = st.text(USCC_ALPHABET, min_size=17, max_size=17).map(identifiers.uscc_with_check_character)
checked_numbers = st.one_of(
    st.tuples(st.just("resident_id"), resident_ids),
    st.tuples(st.just("org_code"), org_codes),
    st.tuples(st.just("uscc"), usccs),
)


def refusal(check: Callable[[], object]) -> str:
    """Return the message with which a check refuses."""
    with pytest.raises(InvalidIdentifierError) as caught:
        check()
    assert caught.value.__cause__ is None
    return str(caught.value)


def document(type_code: str, value: str, today: date = TODAY) -> Checked:
    """Check an identity document on the day of the tests."""
    return identifiers.check_identity_document(type_code, value, today=today)


def resident(born: date, region: str = "420211", serial: str = "001") -> str:
    """Return a number of somebody born on that day."""
    return identifiers.resident_id_with_check_character(f"{region}{born:%Y%m%d}{serial}")
