"""Changing and deleting certificates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import (
    CodeState,
    RosterState,
)
from services import certificates
from services.certificates import input_of
from services.errors import (
    DomainError,
    FieldErrors,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import (
    certificate_input,
    make_certificate,
    period_input,
)
from tests.factories.institutions import make_institution
from tests.factories.rosters import make_roster
from tests.services.certificate_cases import clerk, codes_of, january, last_entry, places

__all__ = ["clerk", "january", "places"]


class TestUpdate:
    def test_changed_content_makes_a_new_code(self, clerk):
        made = certificates.create(clerk, certificate_input())
        first = made.submission_code

        certificates.update(clerk, made, replace(input_of(made), major="全科医学"), made.version)

        assert made.content_version == 2
        assert made.submission_code.endswith("-02")
        assert codes_of(made) == [
            (first, 1, CodeState.SUPERSEDED),
            (made.submission_code, 2, CodeState.CURRENT),
        ]
        assert made.submission_code == certificates.code_of(made)

    def test_changed_back_content_still_makes_a_new_code(self, clerk):
        made = certificates.create(clerk, certificate_input())
        first, original = made.submission_code, input_of(made)
        certificates.update(clerk, made, replace(original, major="全科医学"), made.version)

        certificates.update(clerk, made, original, made.version)

        assert made.content_version == 3
        assert made.submission_code != first

    def test_nothing_changed_keeps_code_and_version(self, clerk):
        made = certificates.create(clerk, certificate_input())
        before = (made.submission_code, made.version, last_entry().id)

        certificates.update(clerk, made, input_of(made), made.version)

        assert (made.submission_code, made.version, last_entry().id) == before

    def test_phone_is_no_content(self, clerk):
        made = certificates.create(clerk, certificate_input())
        code = made.submission_code

        certificates.update(clerk, made, replace(input_of(made), phone="13900139000"), made.version)

        assert made.phone == "13900139000"
        assert made.submission_code == code
        assert last_entry().changes == [{"label": "手机号", "old": "", "new": "已更改"}]

    def test_period_alone_is_content(self, clerk, session):
        made = certificates.create(clerk, certificate_input())
        code, version = made.submission_code, made.version
        periods = (period_input(department="急诊科"), period_input(place_name="另一家医院"))

        certificates.update(clerk, made, replace(input_of(made), periods=periods), version)
        session.commit()
        session.expire_all()

        assert made.submission_code != code
        assert made.version > version
        assert [period.department for period in made.periods] == ["急诊科", "内科"]
        labels = {change["label"]: change for change in last_entry().changes}
        assert labels["试用信息第1段 试用科室"]["old"] == "内科"
        assert labels["试用信息第1段 试用科室"]["new"] == "急诊科"
        assert labels["试用信息第2段"]["new"].startswith("另一家医院 内科 2016-09-01至2017-08-31")

    def test_periods_taken_out_are_gone(self, clerk, session):
        made = certificates.create(
            clerk, certificate_input(periods=(period_input(), period_input(department="外科")))
        )

        certificates.update(
            clerk, made, replace(input_of(made), periods=(period_input(),)), made.version
        )
        session.commit()
        session.expire_all()

        assert [period.department for period in made.periods] == ["内科"]
        assert made.submission_code == certificates.code_of(made)

    def test_codes_are_shown_as_names_in_the_audit_trail(self, clerk):
        made = certificates.create(clerk, certificate_input())

        certificates.update(clerk, made, replace(input_of(made), education_code="14"), made.version)

        assert {"label": "学历", "old": "大学本科毕业", "new": "硕士研究生毕业"} in (
            last_entry().changes
        )

    def test_stale_form_is_refused(self, clerk):
        made = certificates.create(clerk, certificate_input())
        version = made.version
        certificates.update(clerk, made, replace(input_of(made), major="全科医学"), version)

        with pytest.raises(StaleVersionError):
            certificates.update(clerk, made, replace(input_of(made), major="口腔医学"), version)

        assert made.major == "全科医学"

    def test_errors_leave_everything_as_it_was(self, clerk, session):
        made = certificates.create(clerk, certificate_input())

        with pytest.raises(FieldErrors):
            certificates.update(
                clerk, made, replace(input_of(made), name="周大", major=""), made.version
            )

        assert not session.dirty
        assert made.name == "周晓燕"

    def test_becoming_somebody_else_who_is_there_already_is_refused(self, clerk):
        other = certificates.create(clerk, certificate_input())
        made = certificates.create(clerk, certificate_input())

        with pytest.raises(FieldErrors) as caught:
            certificates.update(
                clerk, made, replace(input_of(made), id_number=other.id_number), made.version
            )

        assert set(caught.value.errors) == {"id_number"}

    def test_superiors_and_neighbours_change_nothing(self, places):
        made = make_certificate(places.clerk)
        for actor in (places.city, places.province, places.other_clerk):
            with acting(actor), pytest.raises(NotAllowedError):
                certificates.update(actor, made, input_of(made), made.version)

    def test_institution_above_another_changes_nothing_there(self, places):
        below = make_actor(make_institution(places.hospital))
        made = make_certificate(below)
        with acting(places.clerk):
            found = certificates.find(made.id)
            with pytest.raises(NotAllowedError, match="填报的试用机构"):
                certificates.update(places.clerk, found, input_of(found), found.version)

    @pytest.mark.parametrize("state", [RosterState.SUBMITTED, RosterState.FILED])
    def test_handed_in_certificate_is_fixed(self, places, state):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made], state=state, bureau=places.city)
        with acting(places.clerk):
            with pytest.raises(DomainError, match="不能修改"):
                certificates.update(places.clerk, made, input_of(made), made.version)
            with pytest.raises(DomainError, match="不能修改"):
                certificates.delete(places.clerk, made, "误录")

    def test_returned_certificate_can_be_changed(self, places):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made], state=RosterState.RETURNED, bureau=places.city)
        with acting(places.clerk):
            certificates.update(
                places.clerk, made, replace(input_of(made), major="全科医学"), made.version
            )
        assert made.major == "全科医学"


class TestDelete:
    def test_keeps_the_row_out_of_sight_and_voids_the_code(self, clerk, session):
        made = certificates.create(clerk, certificate_input())

        certificates.delete(clerk, made, "误录")
        session.commit()

        assert made.deleted_at is not None
        assert codes_of(made) == [(made.submission_code, 1, CodeState.VOIDED)]
        assert session.scalars(certificates.visible()).all() == []
        with pytest.raises(NotFoundError):
            certificates.find(made.id)
        assert last_entry().tag == "certificate:delete"

    def test_once_only(self, clerk):
        made = certificates.create(clerk, certificate_input())
        certificates.delete(clerk, made, "误录")

        with pytest.raises(DomainError, match="已被删除"):
            certificates.delete(clerk, made, "误录")

    def test_person_of_a_draft_may_go(self, places):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made])
        with acting(places.clerk):
            certificates.delete(places.clerk, made, "误录")
        assert made.deleted_at is not None

    def test_person_of_a_printed_roster_stays(self, places):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made], state=RosterState.PRINTED)
        with acting(places.clerk), pytest.raises(DomainError, match="花名册"):
            certificates.delete(places.clerk, made, "误录")
        assert made.deleted_at is None

    def test_superior_deletes_nothing(self, places):
        made = make_certificate(places.clerk)
        with acting(places.city), pytest.raises(NotAllowedError):
            certificates.delete(places.city, made, "误录")
