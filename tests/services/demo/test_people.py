"""People of the demo: plausible, and nobody."""

from __future__ import annotations

import csv
import datetime as dt
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from config import REFERENCE_DIR
from services import identifiers
from services.demo.people import (
    ABOLISHED_REGIONS,
    EARLIEST_BIRTH_YEAR,
    FEMALE,
    MALE,
    RARE_NAMES,
    make_name,
    make_person,
)

TODAY = dt.date(2026, 11, 24)
chances = st.randoms(use_true_random=False)


def test_the_regions_were_gone_before_there_were_id_cards() -> None:
    with (REFERENCE_DIR / "id_region_codes.csv").open(encoding="utf-8", newline="") as lines:
        last = {row["code"]: row["last_revision"] for row in csv.DictReader(lines)}
    # Cards were introduced in 1984; who was born later can have no number of these regions.
    assert all(last[code] and last[code] <= "198212" for code in ABOLISHED_REGIONS)
    assert EARLIEST_BIRTH_YEAR == 1985


@given(chances, st.integers(1970, 2000), st.integers(0, 8))
def test_id_numbers_pass_every_check_and_are_nobodys(rng: Random, first: int, more: int) -> None:
    person = make_person(rng, born_from=first, born_to=max(first, 1985) + more)
    checked = identifiers.check_resident_id(person.id_number, today=TODAY)
    assert checked.value == person.id_number
    assert checked.warnings == ()
    assert person.id_number[:6] in ABOLISHED_REGIONS
    assert identifiers.birth_date_of(person.id_number) == person.born_on
    assert person.born_on.year >= EARLIEST_BIRTH_YEAR
    assert identifiers.gender_code_of(person.id_number) == person.gender_code


@given(chances)
def test_phones_are_in_form_and_ring_nowhere(rng: Random) -> None:
    phone = make_person(rng, born_from=1990, born_to=1999).phone
    assert identifiers.check_mobile(phone).value == phone
    assert phone.startswith("160")


@given(chances, st.sampled_from([MALE, FEMALE]))
def test_names_are_names(rng: Random, gender: str) -> None:
    name = make_name(rng, gender)
    assert identifiers.check_person_name(name).value == name
    assert 2 <= len(name) <= 4


@given(chances, st.sampled_from(RARE_NAMES))
def test_rare_names_are_accepted(rng: Random, known: tuple[str, str]) -> None:
    name, gender = known
    assert identifiers.check_person_name(name).value == name
    person = make_person(rng, born_from=1990, born_to=1999, known=known)
    assert (person.name, person.gender_code) == (name, gender)


@given(st.integers(0, 2**32))
def test_the_same_chance_makes_the_same_person(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same person every time is the point
    state = chance.getstate()
    one = make_person(chance, born_from=1990, born_to=1999)
    chance.setstate(state)
    other = make_person(chance, born_from=1990, born_to=1999)
    assert one == other
