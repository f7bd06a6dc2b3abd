"""Each print is kept with the version that was printed, and by whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from models import CodePrint, CodeState
from services import certificates
from services.certificates import codes, input_of, printing
from services.errors import DomainError, NotFoundError
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import make_exam_cycle
from tests.services.certificate_cases import NOW, clerk, january, last_entry, places

__all__ = ["clerk", "january", "places"]

FIRST, SECOND = dt.date(2018, 1, 15), dt.date(2018, 1, 16)


def on_the_next_day(act):
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=True):
        return act()


def day_of(certificate):
    return printing.printed_on([certificate]).get(certificate.id)


def test_every_version_is_shown_with_its_prints(clerk):
    made = make_certificate(clerk)
    first = made.submission_code
    certificates.mark_printed(clerk, [made])
    certificates.mark_printed(clerk, [made])
    certificates.update(clerk, made, replace(input_of(made), school="同济大学"), made.version)
    certificates.mark_printed(clerk, [made])

    new, old = certificates.versions_of(clerk, made)

    assert (new.code, new.number, new.state) == (made.submission_code, 2, CodeState.CURRENT)
    assert (old.code, old.number, old.state) == (first, 1, CodeState.SUPERSEDED)
    assert (len(new.prints), len(old.prints)) == (1, 2)
    assert {one.who for one in old.prints} == {f"{clerk.username} {clerk.full_name}"}
    assert last_entry().changes == [{"label": "提交编码", "old": "", "new": made.submission_code}]


def test_what_was_changed_while_its_paper_was_drawn_is_not_printed(clerk, session):
    made, other = make_certificate(clerk), make_certificate(clerk)
    # Somebody else has saved since both were read.
    codes.retire_code(other.submission_code, CodeState.SUPERSEDED, other)
    with pytest.raises(DomainError, match=f"“{other.name}”的信息刚刚被修改或删除"):
        certificates.mark_printed(clerk, [made, other])
    assert session.scalars(select(CodePrint)).all() == []


def test_whoever_printed_from_above_is_named_by_the_office(places, clerk):
    made = make_certificate(clerk)
    with acting(places.city):
        certificates.mark_printed(places.city, [made])
        (seen,) = certificates.versions_of(places.city, made)
    with acting(clerk):
        (shown,) = certificates.versions_of(clerk, made)
    assert seen.prints[0].who == f"{places.city.username} {places.city.full_name}"
    assert shown.prints[0].who == places.city.institution_name


def test_the_day_is_that_of_the_first_print_of_the_same_paper(clerk):
    made, other = make_certificate(clerk), make_certificate(clerk)
    assert printing.printed_on([made, other]) == {}
    certificates.mark_printed(clerk, [made])
    on_the_next_day(lambda: certificates.mark_printed(clerk, [made, other]))
    assert printing.printed_on([made, other]) == {made.id: FIRST, other.id: SECOND}


@pytest.mark.parametrize("change", ["content", "institution", "notes"])
def test_another_paper_has_a_day_of_its_own(places, clerk, session, change):
    made = make_certificate(clerk)
    certificates.mark_printed(clerk, [made])
    if change == "content":
        certificates.update(clerk, made, replace(input_of(made), school="同济大学"), made.version)
    elif change == "institution":
        places.hospital.address = "新址1号"
    else:
        make_exam_cycle(certificate_notes="改过的一条。")
    session.flush()
    assert day_of(made) is None
    on_the_next_day(lambda: certificates.mark_printed(clerk, [made]))
    assert day_of(made) == SECOND


class TestFinding:
    def test_in_the_order_given(self, clerk):
        made = [make_certificate(clerk) for _ in range(3)]
        keys = [str(made[index].id) for index in (2, 0, 1)]
        assert [str(row.id) for row in certificates.find_to_print(keys)] == keys

    def test_none_that_is_not_there(self, places, clerk):
        made, gone = make_certificate(clerk), make_certificate(clerk)
        foreign = make_certificate(places.other_clerk)
        certificates.delete(clerk, gone, "误录")
        with acting(clerk):
            for key in (gone.id, foreign.id, 0, "x"):
                with pytest.raises(NotFoundError):
                    certificates.find_to_print([made.id, key])

    def test_no_more_than_a_paper_holds(self, clerk):
        with pytest.raises(DomainError, match=f"一次最多打印{printing.MOST_AT_ONCE}份"):
            certificates.find_to_print(range(1, printing.MOST_AT_ONCE + 2))
