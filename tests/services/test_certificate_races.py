"""Two people at once, on both databases, with real commits: of each pair exactly one succeeds."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from extensions import db
from models import (
    CertificateState,
    CodeState,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
)
from models.engine import writing
from services import certificates, rosters, scope
from services.certificates import input_of
from services.errors import DomainError, FieldErrors, StaleVersionError
from services.scope import Reason, unscoped
from tests.factories.certificates import certificate_input, make_certificate
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.factories.places import make_places
from tests.factories.rosters import make_roster

#: Who comes first is left to chance.
ATTEMPTS = 3


@pytest.fixture
def story(committed_app):
    """The application and the places, committed."""
    with committed_app.app_context(), writing():
        places = make_places()
        make_exam_cycle()
        db.session.commit()
    return committed_app, places


def prepared(app, make):
    """Run ``make`` in a transaction of its own and return what it returns (keys, not rows)."""
    with app.app_context(), writing():
        result = make()
        db.session.commit()
    return result


def race(app, *acts):
    """Run ``(actor, act)`` pairs at the same time; return each one's result or error, in order."""
    start = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(number, actor, act):
        with app.app_context():
            start.wait(timeout=10)
            # As in a request: a writer says so before its transaction begins.
            with writing():
                scope.bind(actor)
                try:
                    results[number] = act()
                    db.session.commit()
                except DomainError as error:
                    db.session.rollback()
                    results[number] = error

    threads = [
        threading.Thread(target=run, args=(number, *pair)) for number, pair in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    return results


def errors_in(results):
    return [result for result in results if isinstance(result, DomainError)]


def counted(app, model, *conditions):
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


def entering(actor, data):
    return actor, lambda: certificates.create(actor, data).id


def test_same_form_sent_twice_at_once(story):
    app, places = story
    data = certificate_input(form_key="0f4c9a2e-form")

    results = race(app, *(entering(places.clerk, data) for _ in range(3)))

    assert len(set(results)) == 1
    assert counted(app, TrialCertificate) == 1
    assert counted(app, SubmissionCode) == 1


def test_same_person_entered_by_two_clerks_at_once(story):
    app, places = story
    data = certificate_input()

    results = race(app, *(entering(places.clerk, data) for _ in range(3)))

    errors = errors_in(results)
    assert len(errors) == 2
    assert all(isinstance(one, FieldErrors) and set(one.errors) == {"id_number"} for one in errors)
    assert counted(app, TrialCertificate) == 1


def test_two_clerks_change_one_certificate(story):
    app, places = story
    key, version = prepared(
        app, lambda: ((made := make_certificate(places.clerk)).id, made.version)
    )
    opened = threading.Barrier(2)

    def change(major):
        certificate = certificates.find(key)
        # SQLite has one writer, who reads alone; PostgreSQL lets both read before either writes.
        if db.session.get_bind().dialect.name == "postgresql":
            opened.wait(timeout=10)
        data = replace(input_of(certificate), major=major)
        certificates.update(places.clerk, certificate, data, version)
        return major

    results = race(app, *((places.clerk, lambda m=major: change(m)) for major in ("甲", "乙")))

    (error,) = errors_in(results)
    assert isinstance(error, StaleVersionError)
    (won,) = [result for result in results if isinstance(result, str)]
    with app.app_context():
        scope.bind(places.clerk)
        certificate = certificates.find(key)
        assert certificate.major == won
        assert certificate.submission_code == certificates.code_of(certificate)
    assert counted(app, SubmissionCode, SubmissionCode.state == CodeState.CURRENT) == 1
    assert counted(app, SubmissionCode) == 2


def test_two_rosters_of_the_same_people_at_once(story):
    app, places = story
    keys = prepared(app, lambda: [make_certificate(places.clerk).id for _ in range(3)])

    results = race(
        app,
        *((places.clerk, lambda: rosters.create(places.clerk, YEAR, keys).id) for _ in range(3)),
    )

    assert len(errors_in(results)) == 2
    assert counted(app, Roster) == 1
    assert counted(app, RosterEntry, RosterEntry.is_living) == 3


def test_rosters_of_different_people_at_once_have_batches_of_their_own(story):
    app, places = story
    keys = prepared(app, lambda: [make_certificate(places.clerk).id for _ in range(4)])

    results = race(
        app,
        *(
            (places.clerk, lambda k=key: rosters.create(places.clerk, YEAR, [k]).batch)
            for key in keys
        ),
    )

    assert sorted(results) == [1, 2, 3, 4]


def test_same_roster_form_sent_twice_at_once(story):
    app, places = story
    key = prepared(app, lambda: make_certificate(places.clerk).id)

    results = race(
        app,
        *(
            (
                places.clerk,
                lambda: rosters.create(places.clerk, YEAR, [key], form_key="roster-form-1").id,
            )
            for _ in range(3)
        ),
    )

    assert len(set(results)) == 1
    assert counted(app, Roster) == 1


def test_file_and_return_at_once(story):
    for _ in range(ATTEMPTS):
        file_and_return(*story)


def file_and_return(app, places):
    key = prepared(app, lambda: make_roster(places.clerk, state=RosterState.SUBMITTED).id)

    def file_it():
        rosters.file_roster(places.city, scope.find(Roster, key))
        return RosterState.FILED

    def return_it():
        rosters.return_roster(places.city, scope.find(Roster, key), "有误")
        return RosterState.RETURNED

    results = race(app, (places.city, file_it), (places.city, return_it), (places.city, file_it))

    assert len(errors_in(results)) == 2
    (won,) = [result for result in results if isinstance(result, RosterState)]
    with app.app_context():
        scope.bind(places.clerk)
        roster = scope.find(Roster, key)
        assert roster.state is won
        state = roster.entries[0].certificate.state
    expected = CertificateState.FILED if won is RosterState.FILED else CertificateState.COMPLETED
    assert state is expected


def test_hand_in_and_change_at_once(story):
    """Whatever comes first, what the bureau gets is what is stored."""
    for _ in range(ATTEMPTS):
        hand_in_and_change(*story)


def hand_in_and_change(app, places):
    def make():
        roster = make_roster(places.clerk, state=RosterState.PRINTED)
        return roster.id, roster.entries[0].certificate_id

    with app.app_context(), writing():
        scope.bind(places.clerk)
        roster_key, key = make()
        db.session.commit()

    def hand_in():
        rosters.submit(places.clerk, scope.find(Roster, roster_key))

    def change():
        certificate = certificates.find(key)
        certificates.update(
            places.clerk,
            certificate,
            replace(input_of(certificate), major="全科医学"),
            certificate.version,
        )

    results = race(app, (places.clerk, hand_in), (places.clerk, change))

    assert len(errors_in(results)) == 1
    with app.app_context():
        scope.bind(places.clerk)
        roster, certificate = scope.find(Roster, roster_key), certificates.find(key)
        handed_in = roster.state is RosterState.SUBMITTED
        assert handed_in == (certificate.state is CertificateState.SUBMITTED)
        assert handed_in == (rosters.changed_since(roster) == [])


def test_hand_in_and_void_at_once(story):
    app, places = story
    key = prepared(app, lambda: make_roster(places.clerk, state=RosterState.PRINTED).id)

    results = race(
        app,
        (places.clerk, lambda: rosters.submit(places.clerk, scope.find(Roster, key))),
        (places.clerk, lambda: rosters.void(places.clerk, scope.find(Roster, key))),
    )

    assert len(errors_in(results)) == 1
