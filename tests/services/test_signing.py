"""Printed codes: made from content, read however they were typed, refused when mistyped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from flask import Flask, current_app
from hypothesis import assume, given
from hypothesis import strategies as st

from config.mistakes import KEY_LETTERS
from services import signing
from services.signing import (
    ALPHABET,
    CodeKey,
    CodeKeys,
    canonical,
    read_code,
    roster_code,
    submission_code,
)

CONTENT = {"name": "周晓燕", "periods": [{"department": "内科"}, {"department": "外科"}]}
LOOK_ALIKES = {"0": "O", "1": "IL", "V": "U"}


@pytest.fixture(autouse=True, scope="module")
def keyed():
    """An application with nothing but a key."""
    app = Flask("codes")
    app.extensions["code_keys"] = CodeKeys(CodeKey("c" * 32))
    with app.app_context():
        yield


versions = st.integers(1, 9999)
contents = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)
codes = st.one_of(
    st.builds(
        lambda content, year, version: submission_code(content, exam_year=year, version=version),
        contents,
        st.integers(2000, 2099),
        versions,
    ),
    st.builds(
        lambda content, members: roster_code(content, members, exam_year=2018),
        contents,
        st.lists(st.text(max_size=3), max_size=3),
    ),
)


def test_code_reads_as_the_paper_shows_it():
    code = submission_code(CONTENT, exam_year=2018, version=3)

    assert code.startswith("18A-")
    assert code.endswith("-03")
    assert [len(group) for group in code.split("-")] == [3, 4, 4, 4, 1, 2]
    assert len(code) <= 32


def test_roster_code_says_what_it_is_the_code_of():
    code = roster_code(CONTENT, [], exam_year=2018)

    assert code.startswith("HMC-18A-")
    assert [len(group) for group in code.split("-")] == [3, 3, 4, 4, 4, 1]


def test_key_decides_the_code():
    assert CodeKey("a" * 32).letters("x", b"y") != CodeKey("b" * 32).letters("x", b"y")


class TestRotation:
    """The present key makes codes; a code is checked by the key whose letter it carries."""

    @pytest.fixture
    def rotated(self):
        """Codes of the present key, then another key that takes its place."""
        old = signing._keys()
        codes = (
            submission_code(CONTENT, exam_year=2018, version=3),
            roster_code(CONTENT, ["a"], exam_year=2018),
        )
        new = CodeKeys(CodeKey("n" * 32, "B"), [old.present])
        current_app.extensions["code_keys"] = new
        yield codes
        current_app.extensions["code_keys"] = old

    def test_new_codes_carry_the_letter_of_the_present_key(self, rotated):
        assert submission_code(CONTENT, exam_year=2018, version=3).startswith("18B-")
        assert roster_code(CONTENT, ["a"], exam_year=2018).startswith("HMC-18B-")

    def test_old_codes_are_checked_by_the_key_that_made_them(self, rotated):
        certificate, roster = rotated
        assert certificate.startswith("18A-")
        assert signing.is_submission_code(certificate, CONTENT, exam_year=2018, version=3)
        assert not signing.is_submission_code(certificate, CONTENT, exam_year=2018, version=4)
        assert not signing.is_submission_code(certificate, {}, exam_year=2018, version=3)
        assert signing.is_roster_code(roster, CONTENT, ["a"], exam_year=2018)
        assert not signing.is_roster_code(roster, CONTENT, ["b"], exam_year=2018)

    def test_a_key_that_was_taken_away_checks_nothing(self, rotated):
        certificate, roster = rotated
        current_app.extensions["code_keys"] = CodeKeys(CodeKey("n" * 32, "B"))
        assert not signing.has_key_of(certificate)
        assert not signing.has_key_of(roster)
        assert not signing.is_submission_code(certificate, CONTENT, exam_year=2018, version=3)
        assert not signing.is_roster_code(roster, CONTENT, ["a"], exam_year=2018)

    def test_the_same_letter_with_another_key_checks_nothing(self, rotated):
        certificate, _ = rotated
        current_app.extensions["code_keys"] = CodeKeys(CodeKey("x" * 32, "A"))
        assert signing.has_key_of(certificate)
        assert not signing.is_submission_code(certificate, CONTENT, exam_year=2018, version=3)


def test_letters_of_keys_can_stand_in_a_code():
    assert set(KEY_LETTERS) == {letter for letter in ALPHABET if letter.isalpha()}


def test_purpose_decides_the_code():
    key = CodeKey("a" * 32)

    assert key.letters("certificate", b"y") != key.letters("roster", b"y")


def test_order_of_keys_and_form_of_unicode_do_not_matter():
    assert canonical({"b": "e\u0301", "a": 1}) == canonical({"a": 1, "b": "\u00e9"})


@given(st.lists(st.text(min_size=1, max_size=3), min_size=2, max_size=5, unique=True))
def test_order_of_members_matters(members):
    code = roster_code({}, members, exam_year=2018)

    assert roster_code({}, members[::-1], exam_year=2018) != code
    assert roster_code({}, members[1:], exam_year=2018) != code


@given(contents, versions, versions)
def test_each_version_has_its_own_code(content, first, second):
    assume(first != second)
    codes = [submission_code(content, exam_year=2018, version=v) for v in (first, second)]

    assert codes[0].split("-")[1:4] != codes[1].split("-")[1:4]


@given(codes)
def test_code_is_read_back(code):
    assert read_code(code) == code


@given(codes, st.data())
def test_code_is_read_however_it_was_typed(code, data):
    typed = ""
    prefix, rest = (code[:3], code[3:]) if code.startswith("HMC") else ("", code)
    for letter in rest:
        if letter == "-":
            typed += data.draw(st.sampled_from(["-", "", " ", "－", "—", " - "]))
            continue
        likeness = data.draw(st.sampled_from([letter, *LOOK_ALIKES.get(letter, "")]))
        likeness = data.draw(st.sampled_from([likeness, likeness.lower()]))
        wide = chr(ord(likeness) + 0xFEE0)
        typed += data.draw(st.sampled_from([likeness, wide]))

    assert read_code(f" {prefix.lower()}{typed}\n") == code


@given(codes, st.data())
def test_every_single_wrong_letter_is_caught(code, data):
    place = data.draw(
        st.sampled_from([place for place, letter in enumerate(code) if letter != "-"])
    )
    alike = {code[place], *LOOK_ALIKES.get(code[place], "")}
    wrong = data.draw(
        st.sampled_from([c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in alike])
    )
    typed = code[:place] + wrong + code[place + 1 :]

    assert read_code(typed) is None


@given(codes, st.data())
def test_every_swap_of_neighbours_is_caught(code, data):
    letters = [place for place, letter in enumerate(code) if letter != "-"]
    first, second = data.draw(st.sampled_from(list(pairwise(letters))))
    assume(code[first] != code[second])
    typed = list(code)
    typed[first], typed[second] = typed[second], typed[first]

    assert read_code("".join(typed)) is None


def test_every_single_wrong_letter_of_one_code_is_caught_without_exception():
    code = submission_code(CONTENT, exam_year=2018, version=12)
    bodies = [
        code[:place] + wrong + code[place + 1 :]
        for place, letter in enumerate(code)
        if letter != "-"
        for wrong in ALPHABET
        if wrong != letter
    ]

    assert [typed for typed in bodies if read_code(typed) is not None] == []


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "HMC",
        "HMC-",
        "18A",
        "18A-7K3F-9QXW-B2MD-C",
        "٣٣A-7K3F-9QXW-B2MD-C-03",
        "18甲-7K3F-9QXW-B2MD-C-03",
        "18A-7K3F-9QXW-B2MD-C-03\0",
        "18A-7K3F-9QXW-B2MD-C-03" * 50,
        "'; DROP TABLE submission_codes; --",
        "½" * 20,
    ],
)
def test_what_cannot_be_a_code_is_not_one(typed):
    assert read_code(typed) is None


@given(st.text(max_size=80))
def test_reading_never_fails(typed):
    code = read_code(typed)

    assert code is None or read_code(code) == code


def test_no_code_holds_a_look_alike():
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32
    powers = [1]
    for _ in range(30):
        powers.append(signing._times_two(powers[-1]))
    assert len(set(powers)) == 31
