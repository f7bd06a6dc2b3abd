"""People brought back out of the bin by two at once, and while they are entered anew."""

from __future__ import annotations

from sqlalchemy import select

from extensions import db
from models import CodeState, SubmissionCode, TrialCertificate
from services import certificates
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.certificates import certificate_input, make_certificate, make_id_number
from tests.services.test_certificate_races import (
    counted,
    entering,
    errors_in,
    prepared,
    race,
    story,
)

__all__ = ["story"]


def deleted(places):
    """Delete a new certificate, and return its key."""
    made = make_certificate(places.clerk)
    with acting(places.clerk):
        certificates.delete(places.clerk, made, "重复录入")
    return made.id, made.submission_code


def restoring(places, key):
    return places.clerk, lambda: certificates.restore(places.clerk, key).submission_code


def test_restored_twice_at_once(story):
    app, places = story
    key, old = prepared(app, lambda: deleted(places))

    results = race(app, *(restoring(places, key) for _ in range(3)))

    assert len(errors_in(results)) == 2
    (code,) = [result for result in results if isinstance(result, str)]
    assert code != old
    assert codes_of(app, key) == [(old, CodeState.VOIDED), (code, CodeState.CURRENT)]


def test_restored_while_the_person_is_entered_anew(story):
    for name in ("一", "二", "三"):
        restore_and_enter(*story, name)


def restore_and_enter(app, places, name):
    data = certificate_input(id_number=make_id_number(), name=f"周{name}")

    def delete_first():
        with acting(places.clerk):
            made = certificates.create(places.clerk, data)
            certificates.delete(places.clerk, made, "重复录入")
            return made.id

    key = prepared(app, delete_first)

    results = race(app, restoring(places, key), entering(places.clerk, data))

    assert len(errors_in(results)) == 1
    living = TrialCertificate.deleted_at.is_(None)
    assert counted(app, TrialCertificate, living, TrialCertificate.name == data.name) == 1


def codes_of(app, key):
    statement = (
        select(SubmissionCode.code, SubmissionCode.state)
        .where(SubmissionCode.certificate_id == key)
        .order_by(SubmissionCode.id)
    )
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        return [tuple(row) for row in db.session.execute(statement)]
