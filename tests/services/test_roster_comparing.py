"""What differs between a roster that was given back and the one made anew."""

from __future__ import annotations

from models import RosterState
from services import certificates, rosters
from services.rosters.comparing import Difference, Printed, compare
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.rosters import make_roster
from tests.services.roster_cases import clerk, edit, january, places

__all__ = ["clerk", "january", "places"]

NUMBER = "110101199003074477"


def person(key, position=1, **values):
    return Printed(key, position, {"name": f"人{key}", "id_number": NUMBER, **values})


class TestCompare:
    def test_nothing_is_different(self):
        found = compare([person(1), person(2, 2)], [person(2, 1), person(1, 2)])
        assert found.is_same
        assert found.unchanged == 2

    def test_who_is_new_and_who_is_gone(self):
        found = compare(
            [person(1, id_number="A1"), person(2, 2, id_number="A2")],
            [person(2, 1, id_number="A2"), person(3, 2, id_number="A3")],
        )
        assert [one.certificate_id for one in found.new] == [3]
        assert [one.certificate_id for one in found.gone] == [1]
        assert (found.changed, found.unchanged) == ((), 1)

    def test_what_was_changed_by_name_of_the_field(self):
        found = compare(
            [person(1, major="临床", education="本科")], [person(1, major="口腔", education="本科")]
        )
        (changed,) = found.changed
        assert (changed.position, changed.name) == (1, "人1")
        assert changed.differences == (Difference("所学专业", "临床", "口腔"),)
        assert found.unchanged == 0

    def test_who_was_entered_anew_is_the_same_person(self):
        found = compare([person(1, major="临床")], [person(9, major="口腔")])
        assert [one.label for one in found.changed[0].differences] == ["姓名", "所学专业"]
        assert not found.new
        assert not found.gone

    def test_numbers_are_masked(self):
        (changed,) = compare([person(1)], [person(1, id_number="420101199003074412")]).changed
        assert changed.differences == (
            Difference("证件号码", "110101**********77", "420101**********12"),
        )
        (changed,) = compare([person(1)], [person(1, id_number="110101199103074477")]).changed
        assert changed.differences[0].new == "110101**********77（中间数字有改动）"

    def test_values_that_older_rosters_did_not_print(self):
        old = Printed(1, 1, {"name": "人1"})
        (changed,) = compare([old], [Printed(1, 1, {"name": "人1", "remark": "新"})]).changed
        assert changed.differences == (Difference("备注", "", "新"),)


class TestWithFormer:
    def test_the_one_before_is_the_last_that_the_bureau_has_seen(self, places, clerk):
        kept, mended, gone = (make_certificate(clerk) for _ in range(3))
        first = make_roster(
            clerk, [kept, mended, gone], state=RosterState.RETURNED, bureau=places.city
        )
        with acting(clerk):
            edit(clerk, mended, major="全科医学")
            between = rosters.remake(clerk, first)
            certificates.delete(clerk, gone, "重复录入")
            last = rosters.remake(clerk, between)
            assert rosters.with_former(first) is None
            former, comparison = rosters.with_former(last)
        assert former is first
        assert [one.name for one in comparison.changed] == [mended.name]
        assert [one.certificate_id for one in comparison.gone] == [gone.id]
        assert comparison.unchanged == 1

    def test_what_no_bureau_has_seen_is_compared_with_nothing(self, clerk):
        assert rosters.with_former(rosters.remake(clerk, make_roster(clerk))) is None
