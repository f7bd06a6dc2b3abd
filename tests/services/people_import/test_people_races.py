"""Tables of people that are confirmed while others save, with real commits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import AuditEntry, CertificateDoubt, Doubt, SubmissionCode, TrialCertificate
from services import certificates
from services.certificates import input_of
from services.certificates.importing import DESK
from services.errors import StaleVersionError
from services.importing import desk
from tests.factories.actors import acting
from tests.factories.certificates import certificate_input, make_certificate, make_id_number
from tests.factories.people_tables import people_table, person_row
from tests.services.people_import.people_cases import applied, january, uploaded
from tests.services.test_certificate_races import counted, errors_in, prepared, race, story

__all__ = ["january", "story"]


def waiting(app, actor, rows):
    """Upload a table; return its key."""
    return prepared(app, lambda: uploaded(actor, people_table(rows)))


def confirming(actor, key):
    def confirm():
        done = DESK.apply(actor, key, 1)
        return done.id if done is not None else None

    return actor, confirm


def test_two_confirmations_at_once_import_once(story):
    app, places = story
    key = waiting(app, places.clerk, [person_row() for _ in range(20)])

    found = race(app, *(confirming(places.clerk, key) for _ in range(2)))

    assert [error.message for error in errors_in(found)] == [desk.HANDLED]
    assert counted(app, TrialCertificate) == counted(app, SubmissionCode) == 20
    assert counted(app, AuditEntry, AuditEntry.tag == "certificate:import") == 1


@pytest.mark.parametrize("attempt", range(2))
def test_two_institutions_import_the_same_people_at_once(story, attempt):
    """In turned orders, so that whoever locks row by row would wait in a circle."""
    app, places = story
    rows = [person_row() for _ in range(6)]
    batches = [
        (actor, waiting(app, actor, some))
        for actor, some in ((places.clerk, rows), (places.other_clerk, rows[::-1]))
    ]

    found = race(app, *(confirming(actor, key) for actor, key in batches))

    assert not errors_in(found)
    for (actor, key), done in zip(batches, found, strict=True):
        if done is None:
            # Evaluated after the other's commit, it has doubts that were not shown.
            again = prepared(app, lambda actor=actor, key=key: applied(actor, key))
            assert again is not None
    assert counted(app, TrialCertificate) == 12
    assert counted(app, CertificateDoubt, CertificateDoubt.kind == Doubt.TWO_PLACES) == 12


def test_a_person_comes_by_table_and_by_form_at_once(story):
    app, places = story
    number = make_id_number()
    key = waiting(app, places.clerk, [person_row(id_number=number), person_row()])
    data = certificate_input(id_number=number)

    found = race(
        app,
        confirming(places.clerk, key),
        (places.clerk, lambda: certificates.create(places.clerk, data).id),
    )

    # Either the form was first, and the table is shown again or refused, or it finds the person.
    won_by_form = found[0] is None or isinstance(found[0], StaleVersionError)
    assert won_by_form or len(errors_in(found)) == 1
    assert counted(app, TrialCertificate) == (1 if won_by_form else 2)


def test_a_person_is_changed_by_table_and_by_form_at_once(story):
    app, places = story
    number = make_id_number()
    mine = prepared(app, lambda: make_certificate(places.clerk, id_number=number).id)
    key = waiting(app, places.clerk, [person_row(id_number=number, school="华中科技大学")])

    def change():
        one = certificates.find(mine)
        certificates.update(
            places.clerk, one, replace(input_of(one), school="同济医学院"), one.version
        )
        return mine

    found = race(app, confirming(places.clerk, key), (places.clerk, change))

    by_form = found[1] == mine
    with app.app_context(), acting(places.clerk):
        school = certificates.find(mine).school
    if found[0] is None or isinstance(found[0], StaleVersionError):
        assert (by_form, school) == (True, "同济医学院")
    else:
        # The form read the record before or after; what it would overwrite unseen is refused.
        assert school == ("同济医学院" if by_form else "华中科技大学")
    codes = counted(app, SubmissionCode, SubmissionCode.certificate_id == mine)
    assert codes == counted(app, AuditEntry, AuditEntry.tag == "certificate:update") + 1
