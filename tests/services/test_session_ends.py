"""The matrix of what may happen to an account × its living sessions: dead at the next request."""

from __future__ import annotations

import pytest

from models import AccountRole, Administrator, AuthMethod, Institution
from services import administrators, institutions, sessions
from services.administrators import AdministratorInput
from services.errors import LockedError
from services.own_account import password as own_password
from services.own_account import sessions as own_sessions
from services.permissions import Permission
from services.scope import find
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.sessions import make_origin, make_session, session_key

OLD, NEW = "Shizhi-7204", "Chengqiang-Hulu-88"


@pytest.fixture
def world(session):
    """A province with two cities, and a hospital under the first."""
    province = make_bureau()
    return province, make_bureau(province), make_bureau(province)


@pytest.fixture
def hospital(world):
    return make_institution(world[1])


@pytest.fixture
def account(hospital):
    # A colleague stays, so that the node keeps an account.
    make_administrator(hospital, phone="13900139000")
    return make_administrator(hospital, phone="13800138000", password=OLD)


def form(account, **changes):
    values = {
        "institution_id": account.institution_id,
        "full_name": account.full_name,
        "auth_method": account.auth_method,
        "phone": account.phone,
        "role": account.role,
        **changes,
    }
    return AdministratorInput(**values)


def change(actor, account, **changes):
    administrators.update(actor, account, form(account, **changes), account.version)


def move(actor, account, world):
    institutions.move(actor, find(Institution, account.institution_id), world[2])


EVENTS = {
    "moved": move,
    "disabled": lambda actor, a, w: change(actor, a, is_enabled=False),
    "deleted": lambda actor, a, w: administrators.delete(actor, a),
    "password reset": lambda actor, a, w: administrators.reset_password(actor, a),
    "phone unbound": lambda actor, a, w: administrators.unbind(actor, a),
    "phone changed": lambda actor, a, w: change(actor, a, phone="13700137000"),
    "role changed": lambda actor, a, w: change(actor, a, role=AccountRole.AUDITOR),
    "factor changed": lambda actor, a, w: change(actor, a, auth_method=AuthMethod.PASSWORD_SMS),
    "ended by a superior": lambda actor, a, w: sessions.end_listed(actor, [w[-1]]),
}


@pytest.mark.parametrize("event", EVENTS)
def test_all_sessions_are_dead_at_once(world, account, event):
    tokens = [make_session(account) for _ in range(2)]
    stranger = make_session(make_administrator(world[1]))
    with acting(make_actor(world[0])) as actor:
        mine = find(Administrator, account.id)
        EVENTS[event](actor, mine, [*world, session_key(tokens[0])])
    alive = [sessions.resume(token) is not None for token in tokens]
    assert alive == ([False, True] if event == "ended by a superior" else [False, False])
    assert sessions.resume(stranger) is not None


def test_a_lock_ends_no_session_but_the_next_write(world, hospital, account):
    """The matrix's line "lock": the record is frozen, and its people go on working."""
    tokens = [make_session(account) for _ in range(2)]
    opened = hospital.version
    with acting(make_actor(world[1])) as actor:
        institutions.lock(actor, [find(Institution, hospital.id)])
    for token in tokens:
        with acting(sessions.resume(token).actor) as actor, pytest.raises(LockedError):
            institutions.update(
                actor,
                find(Institution, hospital.id),
                institutions.InstitutionInput(address="新址"),
                opened,
            )
        assert sessions.resume(token).actor.may(Permission.CERTIFICATE_WRITE)


def test_a_new_name_or_mail_ends_nothing(world, account):
    token = make_session(account)
    with acting(make_actor(world[0])) as actor:
        change(actor, find(Administrator, account.id), full_name="李四", email="a@b.cn")
    assert sessions.resume(token).actor.full_name == "李四"


def test_the_own_new_password_ends_all_others(account):
    here, other = make_session(account), make_session(account)
    with acting(sessions.resume(here).actor) as actor:
        own_password.change(actor, make_origin(), OLD, NEW)
    assert sessions.resume(here) is not None
    assert sessions.resume(other) is None


def test_the_owner_ends_one_or_all_others(account):
    here, one, other = (make_session(account) for _ in range(3))
    with acting(sessions.resume(here).actor) as actor:
        own_sessions.end(actor, session_key(one))
        assert [sessions.resume(token) is not None for token in (here, one, other)] == [
            True,
            False,
            True,
        ]
        assert own_sessions.end_others(actor) == 1
    assert [sessions.resume(token) is not None for token in (here, other)] == [True, False]


def test_nobody_ends_the_own_session_as_a_superior(world):
    boss = make_administrator(world[0])
    token = make_session(boss)
    with acting(sessions.resume(token).actor) as actor:
        assert sessions.end_listed(actor, [session_key(token)]) == 0
    assert sessions.resume(token) is not None
