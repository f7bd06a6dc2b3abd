"""A reviewer or a bureau decides while the clerk saves: what was decided is what was stored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from extensions import db
from models import AuditEntry, CertificateState, ReviewResult, Roster, RosterState
from models.engine import writing
from services import certificates, reviews, rosters, scope
from services.audit import AuditTag
from services.certificates import input_of
from services.errors import DomainError
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.rosters import make_roster
from tests.services.test_certificate_races import ATTEMPTS, prepared, race, story

__all__ = ["story"]

SAVED = {"change": AuditTag.CERTIFICATE_UPDATE, "delete": AuditTag.CERTIFICATE_DELETE}


@pytest.mark.parametrize("attempt", range(ATTEMPTS))
@pytest.mark.parametrize("act", ["change", "delete"])
def test_a_verdict_while_the_clerk_saves(story, act, attempt):
    """相符 is recorded of what stood at that moment, or not at all."""
    app, places = story
    key, code = prepared(app, lambda: printed(places))

    def save():
        one = certificates.find(key)
        if act == "delete":
            certificates.delete(places.clerk, one, "重复录入")
        else:
            data = replace(input_of(one), major="全科医学")
            certificates.update(places.clerk, one, data, one.version)
        return "saved"

    def match():
        return reviews.record(places.city, code, ReviewResult.MATCHES, "").result

    said, saved = race(app, (places.city, match), (places.clerk, save))

    assert saved == "saved"
    # Entries stand in the trail in the order of their commits.
    order = tags_in_order(app)
    if isinstance(said, DomainError):
        assert AuditTag.REVIEW_RECORD not in order
    else:
        # Whoever matched was before the change.
        assert order.index(AuditTag.REVIEW_RECORD) < order.index(SAVED[act])


def printed(places):
    made = make_certificate(places.clerk)
    with acting(places.clerk):
        certificates.mark_printed(places.clerk, [made])
    return made.id, made.submission_code


def tags_in_order(app):
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        return db.session.scalars(select(AuditEntry.tag).order_by(AuditEntry.id)).all()


def test_filed_or_given_back_while_the_clerk_saves(story):
    """While a roster is decided nobody is changed under it."""
    for decide in (rosters.file_roster, lambda *both: rosters.return_roster(*both, "有误")) * 2:
        decide_and_change(*story, decide)


def decide_and_change(app, places, decide):
    def make():
        roster = make_roster(places.clerk, state=RosterState.SUBMITTED)
        return roster.id, roster.entries[0].certificate_id

    with app.app_context(), writing():
        scope.bind(places.clerk)
        roster_key, key = make()
        db.session.commit()

    def change():
        one = certificates.find(key)
        data = replace(input_of(one), major="全科医学")
        certificates.update(places.clerk, one, data, one.version)
        return "saved"

    def decided():
        roster = scope.find(Roster, roster_key)
        decide(places.city, roster)
        return roster.state

    state, saved = race(app, (places.city, decided), (places.clerk, change))

    assert isinstance(state, RosterState)
    with app.app_context():
        scope.bind(places.clerk)
        one = certificates.find(key)
        assert (one.major == "全科医学") is (saved == "saved")
        assert one.submission_code == certificates.code_of(one)
        if state is RosterState.FILED:
            assert isinstance(saved, DomainError)
            assert one.state is CertificateState.FILED
            assert rosters.changed_since(scope.find(Roster, roster_key)) == []
        else:
            assert one.state is CertificateState.COMPLETED
