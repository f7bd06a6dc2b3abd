from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import AccountRole, AuditEntry, InstitutionKind, SignInSession
from services import sessions
from services.actor import actor_of
from services.permissions import Permission, permissions_of
from services.scope import Reason, ScopeError, unscoped
from services.steps import Step
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.sessions import make_origin, make_session

START = dt.datetime(2017, 12, 27, 8, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account(app):
    return make_administrator(make_bureau())


def stored():
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(
            select(SignInSession)
            .order_by(SignInSession.id)
            .execution_options(populate_existing=True)
        ).all()


def change(account, **values):
    with unscoped(Reason.MAINTENANCE):
        for name, value in values.items():
            setattr(account, name, value)
        db.session.flush()


def test_token_opens_and_only_its_hash_is_stored(account):
    token = make_session(account)
    (row,) = stored()
    assert len(token) >= 43
    assert token not in row.token_hash
    assert len(row.token_hash) == 64
    assert (row.administrator_id, row.institution_id) == (account.id, account.institution_id)
    assert sessions.resume(row.token_hash) is None


def test_tokens_differ(account):
    assert len({make_session(account) for _ in range(5)}) == 5


def test_resumed_actor_is_the_account_of_today(account):
    token = make_session(account)
    change(account, role=AccountRole.AUDITOR, must_change_password=True, full_name="李四")
    actor = sessions.resume(token, address="192.0.2.7", request_id="r1").actor
    assert actor.administrator_id == account.id
    assert actor.path == account.institution.path
    assert actor.institution_name == account.institution.name
    assert actor.full_name == "李四"
    assert actor.step is Step.INITIAL_PASSWORD
    assert actor.permissions == permissions_of(InstitutionKind.BUREAU, AccountRole.AUDITOR)
    assert Permission.INSTITUTION_READ not in actor.permissions
    assert (actor.address, actor.request_id) == ("192.0.2.7", "r1")
    assert actor.session_id == stored()[0].id


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 10000, "0" * 43])
def test_unknown_token_opens_nothing(account, token):
    make_session(account)
    assert sessions.resume(token) is None


def test_disabled_or_deleted_account_is_out_at_once(account, clock):
    token = make_session(account)
    change(account, is_enabled=False)
    assert sessions.resume(token) is None
    change(account, is_enabled=True)
    assert sessions.resume(token) is not None
    change(account, deleted_at=START)
    assert sessions.resume(token) is None


@pytest.mark.parametrize(("minutes", "alive"), [(29, True), (30, False)])
def test_idle_session_ends_after_thirty_minutes(account, clock, minutes, alive):
    token = make_session(account)
    clock.shift(dt.timedelta(minutes=minutes))
    assert (sessions.resume(token) is not None) is alive


def test_busy_session_ends_after_twelve_hours(account, clock):
    token = make_session(account)
    for _ in range(36):
        resumed = sessions.resume(token)
        assert resumed is not None
        sessions.touch(resumed.actor)
        clock.shift(dt.timedelta(minutes=20))
    assert sessions.resume(token) is None


def test_activity_is_written_once_a_minute(account, clock):
    token = make_session(account)
    clock.shift(59)
    assert not sessions.resume(token).needs_touch
    clock.shift(1)
    resumed = sessions.resume(token)
    assert resumed.needs_touch
    sessions.touch(resumed.actor)
    assert not sessions.resume(token).needs_touch
    assert stored()[0].last_seen_at == START + dt.timedelta(minutes=1)


def test_activity_does_not_revive_an_ended_session(account, clock):
    token = make_session(account)
    actor = sessions.resume(token).actor
    sessions.end_session(actor)
    clock.shift(60)
    sessions.touch(actor)
    assert stored()[0].last_seen_at == START
    assert sessions.resume(token) is None


def test_signing_out_ends_this_session_only(account):
    token, other = make_session(account), make_session(account)
    sessions.end_session(sessions.resume(token).actor)
    assert sessions.resume(token) is None
    assert sessions.resume(other) is not None


def test_signing_out_is_recorded_once(account, session):
    actor = sessions.resume(make_session(account)).actor
    sessions.end_session(actor)
    sessions.end_session(actor)
    with unscoped(Reason.MAINTENANCE):
        tags = session.scalars(select(AuditEntry.tag)).all()
    assert sorted(tags) == ["session:sign_in", "session:sign_out"]


def test_all_sessions_of_one_account_end(account):
    stranger = make_administrator(account.institution)
    tokens = [make_session(account) for _ in range(3)]
    kept = make_session(stranger)
    with acting(make_actor(account.institution)):
        assert sessions.end_sessions_of(account) == 3
        assert sessions.end_sessions_of(account) == 0
    assert [sessions.resume(token) for token in tokens] == [None] * 3
    assert sessions.resume(kept) is not None


def test_one_session_can_be_spared(account):
    token, other = make_session(account), make_session(account)
    spare = sessions.resume(token).actor.session_id
    assert sessions.end_sessions_of(account, spare=spare) == 1
    assert sessions.resume(token) is not None
    assert sessions.resume(other) is None


def test_ending_sessions_lets_nothing_slip_past_the_wall(account, session):
    stranger = make_administrator(make_institution(make_bureau()))
    with acting(make_actor(make_bureau())):
        stranger.full_name = "越权"
        sessions.end_sessions_of(stranger)
        with pytest.raises(ScopeError):
            session.flush()


def test_rotated_session_goes_on_under_a_new_token(account):
    token = make_session(account)
    actor = sessions.resume(token).actor
    fresh = sessions.rotate(actor)
    assert fresh != token
    assert sessions.resume(token) is None
    assert sessions.resume(fresh).actor.session_id == actor.session_id


def test_sign_in_is_no_edit_of_the_account(account, clock, session):
    session.commit()
    before = (account.version, account.updated_at)
    clock.shift(60)
    make_session(account)
    with unscoped(Reason.MAINTENANCE):
        session.refresh(account)
    assert (account.version, account.updated_at) == before
    assert account.last_signed_in_at == START + dt.timedelta(minutes=1)


def test_long_device_and_address_are_cut(account):
    actor = actor_of(account, account.institution)
    sessions.open_session(actor, make_origin(address="9" * 100, device="长" * 500))
    (row,) = stored()
    assert (len(row.address), len(row.device)) == (45, 200)
