from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from extensions import db
from models import Administrator, AuditResult
from services import sessions, sign_in
from services.errors import DomainError, FieldErrors
from services.own_account import password as own_password
from services.scope import Reason, unscoped
from services.throttle import TooManyAttemptsError
from tests.factories.actors import acting
from tests.factories.sessions import make_origin, make_session
from tests.services.sign_in_cases import (
    NEW,
    PASSWORD,
    START,
    WRONG,
    account,
    ask_for_code,
    audit_entries,
    by_password,
    by_sms,
    change,
    clock,
    refusal,
)

__all__ = ["account", "clock"]


class TestOwnPassword:
    @pytest.fixture
    def actor(self, account):
        change(
            account, must_change_password=True, initial_password_until=START + dt.timedelta(days=7)
        )
        token = make_session(account)
        with acting(sessions.resume(token, address="192.0.2.1").actor) as actor:
            yield actor

    def test_new_password_holds(self, account, actor):
        own_password.change(actor, make_origin(), PASSWORD, NEW)
        assert not account.must_change_password
        assert account.initial_password_until is None
        assert refusal(by_password) == (sign_in.REFUSED, None)
        assert by_password(password=NEW)

    def test_other_sessions_end_and_this_one_goes_on(self, account, actor):
        others = [make_session(account) for _ in range(2)]
        own_password.change(actor, make_origin(), PASSWORD, NEW)
        assert [sessions.resume(token) for token in others] == [None, None]
        with unscoped(Reason.MAINTENANCE):
            session_id = sessions.SignInSession
            alive = db.session.scalars(
                select(session_id.id).where(session_id.ended_at.is_(None))
            ).all()
        assert alive == [actor.session_id]

    def test_codes_on_their_way_are_void(self, account, actor):
        code = ask_for_code()
        own_password.change(actor, make_origin(), PASSWORD, NEW)
        assert refusal(by_sms, code, password=NEW) == (sign_in.REFUSED, None)

    @pytest.mark.parametrize(
        ("old", "new", "errors"),
        [
            (WRONG, NEW, {"old_password": "原密码不正确。"}),
            ("", NEW, {"old_password": "原密码不正确。"}),
            (PASSWORD, PASSWORD, {"new_password": "新密码不能与原密码相同。"}),
            (PASSWORD, "short", {"new_password": "密码至少10个字符。"}),
            (PASSWORD, "My-hb2000201-1", {"new_password": "密码不能包含用户名。"}),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, account, actor, old, new, errors):
        with pytest.raises(FieldErrors) as caught:
            own_password.change(actor, make_origin(), old, new)
        assert caught.value.errors == errors
        assert account.must_change_password

    def test_old_password_cannot_be_guessed_from_an_open_session(self, account, actor):
        for _ in range(5):
            with pytest.raises(FieldErrors):
                own_password.change(actor, make_origin(), WRONG, NEW)
        with pytest.raises(TooManyAttemptsError, match="15分钟"):
            own_password.change(actor, make_origin(), PASSWORD, NEW)

    def test_it_is_recorded(self, account, actor):
        with pytest.raises(DomainError):
            own_password.change(actor, make_origin(), WRONG, NEW)
        own_password.change(actor, make_origin(), PASSWORD, NEW)
        entries = [e for e in audit_entries() if e.tag == "session:password"]
        assert [e.result for e in entries] == [AuditResult.FAILED, AuditResult.DONE]
        assert {"label": "密码", "old": "", "new": "已更改"} in entries[1].changes

    def test_second_change_from_the_same_state_is_refused(self, account, actor):
        # Behind the session's back, as another server would.
        db.session.execute(
            update(Administrator).values(version=Administrator.version + 1),
            execution_options={"synchronize_session": False},
        )
        with pytest.raises(DomainError, match="已被他人修改"):
            own_password.change(actor, make_origin(), PASSWORD, NEW)
