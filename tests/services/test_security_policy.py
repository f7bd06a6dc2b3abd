from __future__ import annotations

import pytest

from models import AccountRole, AuthMethod, InstitutionKind, PasswordProfile, SignInSession
from services import policy_impact, security_policy, sessions
from services.actor import actor_of
from services.errors import DomainError, NotAllowedError, StaleVersionError
from services.scope import Reason, unscoped
from services.security_policy import Policy
from tests.factories.actors import acting
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.sessions import make_origin
from tests.services.factor_cases import add_app, add_key

DENGBAO, NIST = PasswordProfile.DENGBAO, PasswordProfile.NIST
PASSWORD, SMS, TOTP, KEY = AuthMethod


@pytest.fixture
def root(session):
    return make_bureau()


def open_as(account, method):
    with unscoped(Reason.MAINTENANCE):
        actor = actor_of(account, account.institution)
        return sessions.open_session(actor, make_origin(), method)


@pytest.fixture
def officer(root):
    """The 安全管理员, signed in with a security key."""
    account = make_administrator(root, role=AccountRole.SECURITY_ADMIN)
    token = open_as(account, KEY)
    with acting(sessions.resume(token).actor) as actor:
        yield actor


def test_without_a_setting_the_installation_decides(app, monkeypatch):
    assert security_policy.current() == Policy(DENGBAO, PASSWORD, PASSWORD, 0)
    monkeypatch.setitem(app.config, "LEAST_AUTH_METHOD", "password_sms")
    assert security_policy.current() == Policy(DENGBAO, SMS, SMS, 0)


def test_setting_and_setting_again(officer):
    security_policy.change(officer, Policy(NIST, TOTP, SMS, 0))
    found = security_policy.current()
    assert (found.password_profile, found.bureau_method, found.institution_method) == (
        NIST,
        TOTP,
        SMS,
    )
    security_policy.change(officer, Policy(DENGBAO, SMS, PASSWORD, found.version))
    assert security_policy.current().least(InstitutionKind.BUREAU) is SMS


def test_raising_ends_the_sessions_that_have_shown_less(root, officer):
    clinic = make_institution(root)
    tokens = {
        (node, method): open_as(make_administrator(place), method)
        for node, place in (("bureau", root), ("clinic", clinic))
        for method in AuthMethod
    }
    ended = security_policy.change(officer, Policy(DENGBAO, TOTP, SMS, 0))
    alive = {key for key, token in tokens.items() if sessions.resume(token) is not None}
    assert alive == {
        ("bureau", TOTP),
        ("bureau", KEY),
        ("clinic", SMS),
        ("clinic", TOTP),
        ("clinic", KEY),
    }
    assert ended == 3


def test_it_is_recorded_old_and_new(officer, session):
    security_policy.change(officer, Policy(DENGBAO, TOTP, PASSWORD, 0))
    from tests.services.sign_in_cases import audit_entries  # noqa: PLC0415

    entry = next(e for e in audit_entries() if e.tag == "security:policy")
    assert {"label": "管理机构最低要求", "old": PASSWORD.label, "new": TOTP.label} in (
        entry.changes
    )


def test_saving_what_is_there_changes_nothing(officer):
    assert security_policy.change(officer, Policy(DENGBAO, PASSWORD, PASSWORD, 0)) == 0


def test_who_saw_an_older_one_is_refused(officer):
    security_policy.change(officer, Policy(NIST, SMS, SMS, 0))
    for version in (0, 99):
        with pytest.raises(StaleVersionError):
            security_policy.change(officer, Policy(DENGBAO, SMS, SMS, version))


def test_nobody_asks_for_more_than_he_has_shown(root):
    account = make_administrator(root, role=AccountRole.SECURITY_ADMIN)
    with acting(sessions.resume(open_as(account, SMS)).actor) as actor:
        with pytest.raises(DomainError, match="重新登录"):
            security_policy.change(actor, Policy(DENGBAO, TOTP, PASSWORD, 0))
        security_policy.change(actor, Policy(DENGBAO, SMS, KEY, 0))


@pytest.mark.parametrize(
    "role", [role for role in AccountRole if role is not AccountRole.SECURITY_ADMIN]
)
def test_others_may_not(root, role):
    account = make_administrator(root, role=role)
    with acting(actor_of(account, root)) as actor, pytest.raises(NotAllowedError):
        security_policy.change(actor, Policy(NIST, SMS, SMS, 0))


def test_methods_go_from_weak_to_strong():
    assert [method.strength for method in (PASSWORD, SMS, TOTP, KEY)] == [0, 1, 2, 3]
    assert AuthMethod.stronger(SMS, KEY, PASSWORD) is KEY
    assert SignInSession.method.type.enums == [method.value for method in AuthMethod]


class TestImpact:
    """Who would have to register what, and who is signed out."""

    def test_it_counts_who_lacks_the_factor_and_what_ends(self, root, officer):
        clinic = make_institution(root)
        bare, phone, app, key = (
            make_administrator(clinic, phone=number) for number in (None, "13800138000", None, None)
        )
        add_app(app)
        add_key(key)
        # These are not asked for more than now, or not at all.
        make_administrator(clinic, auth_method=KEY)
        make_administrator(clinic, is_enabled=False)
        make_administrator(root)
        open_as(bare, PASSWORD)
        open_as(app, TOTP)
        for least, accounts, ending in ((SMS, 1, 1), (TOTP, 2, 1), (KEY, 3, 2)):
            assert policy_impact.of(officer, Policy(DENGBAO, PASSWORD, least)) == [
                policy_impact.Impact(InstitutionKind.HEALTHCARE, least, accounts, ending)
            ]
        assert phone.has_phone

    def test_nothing_where_nothing_is_raised(self, officer):
        assert policy_impact.of(officer, Policy(NIST, PASSWORD, PASSWORD)) == []

    def test_it_refuses_what_cannot_be_saved(self, root, officer):
        with pytest.raises(StaleVersionError):
            policy_impact.of(officer, Policy(DENGBAO, PASSWORD, SMS, 7))
        operator = make_administrator(root)
        with acting(actor_of(operator, root)) as actor, pytest.raises(NotAllowedError):
            policy_impact.of(actor, Policy(DENGBAO, PASSWORD, SMS))
