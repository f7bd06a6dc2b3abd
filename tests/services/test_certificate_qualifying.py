"""批量合格: several people pass at once, or none of them does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from extensions import db
from models import AuditEntry, CodeState, Conclusion, RosterState
from services import certificates, scope
from services.certificates import doubts, qualifying
from services.errors import DomainError, NotAllowedError, StaleVersionError
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate, make_id_number, period_input
from tests.factories.rosters import make_roster
from tests.services.certificate_cases import clerk, codes_of, january, places

__all__ = ["clerk", "january", "places"]


@pytest.fixture
def waiting(clerk):
    """Three people who are 考核中."""
    return [
        make_certificate(clerk, name=name, conclusion=Conclusion.PENDING)
        for name in ("周晓燕", "钱多多", "孙小圣")
    ]


def versions(rows):
    return {row.id: row.version for row in rows}


def conclusions(rows):
    for row in rows:
        db.session.refresh(row)
    return {row.conclusion for row in rows}


def test_each_passes_with_a_new_code_and_an_entry(clerk, waiting):
    codes = [row.submission_code for row in waiting]

    certificates.qualify(clerk, waiting, versions(waiting))

    assert conclusions(waiting) == {Conclusion.QUALIFIED}
    for row, old in zip(waiting, codes, strict=True):
        assert row.submission_code != old
        assert codes_of(row) == [
            (old, 1, CodeState.SUPERSEDED),
            (row.submission_code, 2, CodeState.CURRENT),
        ]
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.tag == "certificate:update")
        .order_by(AuditEntry.sequence)
    ).all()
    assert [entry.object_id for entry in entries] == [row.id for row in waiting]
    told = {"label": "考核结论", "old": "考核中", "new": "合格"}
    assert all(told in entry.changes for entry in entries)


def test_one_that_does_not_suit_keeps_all_back(clerk, waiting):
    passed = make_certificate(clerk, name="李及格")
    handed_in = make_certificate(clerk, name="吴已报")
    make_roster(clerk, [handed_in], state=RosterState.SUBMITTED)
    for odd, words in ((passed, "“李及格”的考核结论是合格"), (handed_in, "已上报")):
        rows = [*waiting, odd]
        with pytest.raises(DomainError, match=words):
            certificates.qualify(clerk, rows, versions(rows))
    assert conclusions(waiting) == {Conclusion.PENDING}


def test_who_was_changed_meanwhile_is_named(clerk, waiting):
    seen = versions(waiting)
    data = replace(certificates.input_of(waiting[1]), school="别的大学")
    certificates.update(clerk, waiting[1], data, waiting[1].version)
    with pytest.raises(StaleVersionError, match="“钱多多”的信息刚刚被他人修改"):
        certificates.qualify(clerk, waiting, seen)
    with pytest.raises(StaleVersionError):
        certificates.qualify(clerk, [waiting[2]], {})


def test_what_was_entered_wrongly_is_mended_first(clerk, waiting):
    waiting[0].school = ""
    db.session.flush()
    with pytest.raises(DomainError, match=r"“周晓燕”的信息有误.*请填写毕业学校"):
        certificates.qualify(clerk, waiting[:1], versions(waiting))


def test_doubts_are_kept(clerk):
    short = (period_input(department="外科", ended_on=period_input().started_on.replace(day=30)),)
    row = make_certificate(
        clerk, id_number=make_id_number(), conclusion=Conclusion.PENDING, periods=short
    )
    told = [one.kind for one in doubts.of_certificates([row.id])[row.id]]
    assert told

    certificates.qualify(clerk, [row], versions([row]))

    assert [one.kind for one in doubts.of_certificates([row.id])[row.id]] == told


def test_a_hundred_at_the_most(clerk, waiting, monkeypatch):
    monkeypatch.setattr(qualifying, "MOST_AT_ONCE", 2)
    with pytest.raises(DomainError, match="一次最多选择2人"):
        certificates.qualify(clerk, waiting, versions(waiting))


def test_only_those_who_entered_them(places, waiting):
    scope.bind(places.city)
    with pytest.raises(NotAllowedError):
        certificates.qualify(places.city, waiting, versions(waiting))
    with acting(places.other_clerk), pytest.raises(NotAllowedError):
        certificates.qualify(places.other_clerk, waiting, versions(waiting))
