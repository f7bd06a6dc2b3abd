"""Drafts: what was typed and not saved, kept for the institution's own people only."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select, text

from extensions import db
from models import AuditEntry, CertificateDraft
from services import certificates, scope
from services.certificates import drafts
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import make_certificate
from tests.services.certificate_cases import NOW, clerk, january, places

__all__ = ["clerk", "january", "places"]

TYPED = [("name", "周晓燕"), ("id_number", "42222219850101"), ("periods-0-started_on", "去年")]
KEY = "form-key-0001"


def save(actor, typed=TYPED, **named):
    named.setdefault("form_key", KEY)
    return drafts.save(actor, typed, **named)


def stored():
    with unscoped(Reason.MAINTENANCE):
        return list(
            db.session.scalars(select(CertificateDraft).order_by(CertificateDraft.id)).unique()
        )


def test_it_is_kept_as_typed_and_read_by_nobody_in_the_database(clerk):
    made = save(clerk)
    assert drafts.open_draft(clerk, made.id).typed == TYPED
    raw = db.session.connection().execute(text("SELECT content FROM certificate_drafts")).scalar()
    assert raw.startswith("v1.")
    assert "周" not in raw


def test_the_same_form_has_one_draft(clerk):
    first = save(clerk)
    again = save(clerk, [("name", "周晓")], expected_version=first.version)
    assert again.id == first.id
    assert again.version == 2
    with pytest.raises(StaleVersionError, match="另一份草稿"):
        save(clerk, [("name", "旧")], expected_version=1)
    with pytest.raises(StaleVersionError):
        save(clerk, [("name", "旧")])
    assert drafts.open_draft(clerk, first.id).typed == [("name", "周晓")]


def test_a_colleague_sees_it_goes_on_and_nobody_else(places, clerk):
    made = save(clerk)
    colleague = make_actor(scope.find(type(made.institution), clerk.institution_id))
    with acting(colleague):
        (seen,) = drafts.told(colleague)
        assert (seen.name, seen.is_own, seen.certificate_id) == ("周晓燕", False, None)
        opened = drafts.open_draft(colleague, made.id)
        save(colleague, TYPED[:1], expected_version=opened.version)
    (seen,) = drafts.told(clerk)
    assert not seen.is_own
    for other in (places.city, places.other_clerk):
        with acting(other):
            with pytest.raises((NotFoundError, NotAllowedError)):
                drafts.open_draft(other, made.id)
            with pytest.raises((NotFoundError, NotAllowedError)):
                drafts.discard(other, made.id)
    with acting(places.other_clerk):
        assert drafts.told(places.other_clerk) == []
        # The key of a form of others gives nothing away, and takes nothing.
        with pytest.raises(StaleVersionError):
            save(places.other_clerk)
    with acting(places.city), pytest.raises(NotAllowedError):
        drafts.told(places.city)


def test_a_form_that_was_saved_needs_no_draft(clerk):
    made = make_certificate(clerk, form_key=KEY)
    assert save(clerk) is None
    # Saved in the same moment as the draft, before it.
    made.form_key = None
    db.session.flush()
    save(clerk)
    made.form_key = KEY
    db.session.flush()
    assert drafts.told(clerk) == []


def test_the_draft_of_a_change(places, clerk):
    row = make_certificate(clerk)
    made = save(clerk, certificate=row)
    assert made.form_key is None
    (seen,) = drafts.told(clerk)
    assert seen.certificate_id == row.id
    colleague = make_actor(scope.find(type(made.institution), clerk.institution_id))
    with acting(colleague):
        opened = drafts.open_draft(colleague, made.id)
        assert opened.version == 0
        mine = save(colleague, certificate=row, expected_version=opened.version)
        assert mine.id != made.id
        drafts.forget(colleague, certificate_id=row.id)
    assert [one.id for one in stored()] == [made.id]
    drafts.forget(clerk, certificate_id=row.id)
    assert stored() == []
    with acting(places.other_clerk), pytest.raises(NotAllowedError):
        drafts.save(places.other_clerk, TYPED, certificate=row)


def test_the_one_opened_goes_with_what_is_saved(clerk):
    row = make_certificate(clerk)
    made = save(clerk, certificate=row)
    colleague = make_actor(scope.find(type(made.institution), clerk.institution_id))
    with acting(colleague):
        drafts.forget(colleague, certificate_id=row.id, opened=made.id)
    assert stored() == []


def test_what_was_deleted_is_changed_no_more(clerk):
    row = make_certificate(clerk)
    made = save(clerk, certificate=row)
    certificates.delete(clerk, row, "误录")
    assert drafts.told(clerk) == []
    with pytest.raises(NotFoundError):
        drafts.open_draft(clerk, made.id)


def test_after_thirty_days_it_is_over_and_cleared_away(places, clerk):
    made = save(clerk)
    key = made.id
    # A database may give the key again.
    db.session.expunge(made)
    with time_machine.travel(NOW + dt.timedelta(days=30, minutes=1), tick=False):
        assert drafts.told(clerk) == []
        with pytest.raises(NotFoundError):
            drafts.open_draft(clerk, key)
        # Whoever saves next clears away what others have left.
        with acting(places.other_clerk):
            save(places.other_clerk, form_key="form-key-0002")
        assert [one.form_key for one in stored()] == ["form-key-0002"]


def test_there_are_no_more_than_so_many(clerk, monkeypatch):
    monkeypatch.setattr(drafts, "MOST", 2)
    first = save(clerk, form_key="form-key-0001")
    save(clerk, form_key="form-key-0002")
    with pytest.raises(DomainError, match="已有2份草稿"):
        save(clerk, form_key="form-key-0003")
    save(clerk, form_key="form-key-0001", expected_version=first.version)


@pytest.mark.parametrize("key", [None, "", "x", "' OR 1=1 --", "k" * 37])
def test_what_is_no_key(clerk, key):
    with pytest.raises(DomainError, match="已失效"):
        save(clerk, form_key=key)


def test_it_is_not_longer_than_a_form(clerk):
    with pytest.raises(DomainError, match="过长"):
        save(clerk, [("content", "长" * drafts.LONGEST)])
    assert stored() == []


def test_opening_and_throwing_away_are_on_record_without_what_was_typed(clerk):
    made = save(clerk)
    drafts.open_draft(clerk, made.id)
    drafts.discard(clerk, made.id)
    assert stored() == []
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.object_type == "CertificateDraft")
        .order_by(AuditEntry.sequence)
    ).all()
    assert [(one.tag, one.object_label, one.changes) for one in entries] == [
        ("certificate:draft_open", "草稿", []),
        ("certificate:draft_discard", "草稿", []),
    ]


def test_an_auditor_of_the_institution_sees_none(clerk):
    made = save(clerk)
    watcher = replace(clerk, permissions=frozenset())
    for act in (drafts.told, lambda actor: drafts.open_draft(actor, made.id)):
        with pytest.raises(NotAllowedError):
            act(watcher)
