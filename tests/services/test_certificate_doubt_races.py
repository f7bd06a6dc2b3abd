"""Doubts between certificates that are saved at the same time, with real commits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from extensions import db
from models import CertificateDoubt, Doubt
from models.engine import writing
from services import certificates
from services.certificates import input_of
from services.scope import Reason, unscoped
from tests.factories.certificates import (
    PHYSICIAN,
    certificate_input,
    make_certificate,
    make_id_number,
    period_input,
)
from tests.factories.exam_cycles import make_exam_cycle
from tests.services.test_certificate_races import errors_in, prepared, race, story

__all__ = ["story"]

OTHER_MENTOR = "110420102000002"


def kept(app, kind):
    """Return the certificates with a doubt of ``kind``, once for each, and all the sentences."""
    columns = CertificateDoubt.certificate_id, CertificateDoubt.sentence
    statement = select(*columns).where(CertificateDoubt.kind == kind)
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        rows = db.session.execute(statement).all()
    return sorted(key for key, _said in rows), sorted(said for _key, said in rows)


def entering(actor, **values):
    data = certificate_input(**values)
    return actor, lambda: certificates.create(actor, data).id


@pytest.mark.parametrize("attempt", range(3))
def test_two_institutions_enter_one_person_at_once(story, attempt):
    app, places = story
    number = make_id_number()

    found = race(app, *(entering(a, id_number=number) for a in (places.clerk, places.other_clerk)))

    assert not errors_in(found)
    assert kept(app, Doubt.TWO_PLACES)[0] == sorted(found)


def test_one_leaves_while_the_other_enters(story):
    app, places = story
    number = make_id_number()
    mine = prepared(app, lambda: make_certificate(places.clerk, id_number=number).id)

    found = race(
        app,
        (places.clerk, lambda: certificates.delete(places.clerk, certificates.find(mine), "误录")),
        entering(places.other_clerk, id_number=number),
    )

    assert not errors_in(found)
    assert kept(app, Doubt.TWO_PLACES) == ([], [])


def test_mentors_shared_crosswise(story):
    """One that is saved now shares a mentor with each of two others, which share none."""
    app, places = story
    with app.app_context(), writing():
        make_exam_cycle(most_trainees=1)
        db.session.commit()
    by_mentor = {
        one: period_input(mentor_practice_certificate_number=one)
        for one in (PHYSICIAN, OTHER_MENTOR)
    }
    both = tuple(by_mentor.values())
    mine = prepared(app, lambda: make_certificate(places.clerk, periods=both).id)

    def change():
        one = certificates.find(mine)
        data = replace(input_of(one), major="全科医学")
        certificates.update(places.clerk, one, data, one.version)

    found = race(
        app,
        *(entering(places.other_clerk, periods=(one,)) for one in both),
        (places.clerk, change),
    )

    assert not errors_in(found)
    keys, said = kept(app, Doubt.MENTOR_BUSY)
    assert keys == sorted([mine, mine, *found[:2]])
    assert all("同时带教2人" in one for one in said)


def test_many_at_once_under_one_mentor(story):
    app, places = story

    found = race(app, *(entering(a) for a in (places.clerk, places.other_clerk) * 3))

    assert not errors_in(found)
    keys, said = kept(app, Doubt.MENTOR_BUSY)
    assert keys == sorted(found)
    assert all("同时带教6人" in one for one in said)
