"""Numbers are drawn once, in order, and the tree's places fit the path."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from extensions import db
from models import Counter, Institution, InstitutionKind
from models.engine import writing
from services import numbering
from services.errors import DomainError, NotFoundError
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution

BUREAU, HEALTHCARE = InstitutionKind.BUREAU, InstitutionKind.HEALTHCARE


def test_counters_count_from_one_each_by_itself(session):
    assert [numbering.next_number("test:a") for _ in range(3)] == [1, 2, 3]
    assert numbering.next_number("test:b") == 1


def test_a_counter_advances_but_never_goes_back(session):
    numbering.advance("test:a", 40)
    assert numbering.next_number("test:a") == 41
    numbering.advance("test:a", 7)
    assert numbering.next_number("test:a") == 42


@pytest.mark.parametrize(
    ("kind", "ordinal", "number"),
    [
        (BUREAU, 1, 20001),
        (BUREAU, 9999, 29999),
        (BUREAU, 10_000, 200_000),
        (HEALTHCARE, 1, 30001),
        (HEALTHCARE, 9999, 39999),
        (HEALTHCARE, 10_000, 300_000),
        (HEALTHCARE, 10_001, 300_001),
        (HEALTHCARE, 109_999, 399_999),
        (HEALTHCARE, 110_000, 3_000_000),
    ],
)
def test_unit_numbers_grow_by_a_digit_when_all_are_used(kind, ordinal, number):
    assert numbering.unit_number(kind, ordinal) == number


def test_unit_numbers_given_by_hand_are_passed_over(session):
    root = make_bureau()
    drawn = numbering.next_unit_number(HEALTHCARE)
    make_institution(root, unit_number=drawn + 1)
    make_institution(root, unit_number=drawn + 2)
    assert numbering.next_unit_number(HEALTHCARE) == drawn + 3


@pytest.mark.parametrize(
    ("number", "segment"),
    [(1, "0001"), (10, "000A"), (35, "000Z"), (36, "0010"), (36**4 - 1, "ZZZZ")],
)
def test_segments_are_base_36_in_four_places(number, segment):
    assert numbering.segment_of(number) == segment


@pytest.mark.parametrize("number", [0, -1, 36**4])
def test_a_number_that_does_not_fit_is_refused(number):
    with pytest.raises(DomainError):
        numbering.segment_of(number)


def test_children_are_numbered_by_their_parent(session):
    root = make_bureau()
    version = root.version
    with unscoped(Reason.MAINTENANCE):
        paths = [numbering.next_path(root) for _ in range(3)]
        session.refresh(root)
    assert paths == [root.path + segment for segment in ("0001", "0002", "0003")]
    assert root.version == version, "getting a child is no change of the record"


def test_roots_are_numbered_by_a_counter(session):
    first, second = numbering.next_path(None), numbering.next_path(None)
    assert len(first) == len(second) == 4
    assert first < second


def test_no_place_is_drawn_below_a_parent_outside_of_the_scope(session):
    root = make_bureau()
    neighbour = make_bureau(root)
    with acting(make_actor(make_bureau(root))), pytest.raises(NotFoundError):
        numbering.next_path(neighbour)


def test_two_transactions_never_draw_the_same_number(committed_app):
    drawn, wrong = [], []

    def draw():
        try:
            with committed_app.app_context(), writing():
                for _ in range(10):
                    number = numbering.next_number("test:race")
                    db.session.commit()
                    drawn.append(number)
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
            wrong.append(error)

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert sorted(drawn) == list(range(1, 41))
    with committed_app.app_context():
        assert db.session.scalar(select(Counter.value).where(Counter.name == "test:race")) == 40


def test_the_tests_own_tree_has_right_paths(session):
    root = make_bureau()
    child = make_institution(make_bureau(root))
    with unscoped(Reason.MAINTENANCE):
        parent = session.scalars(select(Institution).where(Institution.id == child.parent_id)).one()
    assert child.path == parent.path + "0001"
    assert parent.path.startswith(root.path)
