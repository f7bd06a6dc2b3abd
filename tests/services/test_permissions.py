"""The one table of who may do what, written out a second time so that no change goes unnoticed."""

from __future__ import annotations

import re

import pytest

from models import AccountRole, InstitutionKind
from models.administrator import PROVINCE_ROLES
from services.errors import NotAllowedError
from services.permissions import ROLE_PERMISSIONS, Permission, permissions_of
from tests.factories.actors import make_actor
from tests.factories.institutions import make_bureau, make_institution

B, H = InstitutionKind.BUREAU, InstitutionKind.HEALTHCARE
OPERATOR, AUDITOR = AccountRole.OPERATOR, AccountRole.AUDITOR
REVIEWER = (B, "reviewer")
SYSTEM, SECURITY, AUDIT = (B, "system_admin"), (B, "security_admin"), (B, "audit_admin")
EVERYBODY = {
    *((B, OPERATOR), (B, AUDITOR), (H, OPERATOR), (H, AUDITOR)),
    *(REVIEWER, SYSTEM, SECURITY, AUDIT),
}

#: Permission → who holds it.
HOLDERS = {
    "account:own": EVERYBODY,
    "administrator:appoint": {(B, OPERATOR)},
    "administrator:issue": {(B, OPERATOR), (H, OPERATOR)},
    "administrator:read": {(B, OPERATOR), (H, OPERATOR), SYSTEM},
    "administrator:write": {(B, OPERATOR), (H, OPERATOR), SYSTEM},
    "audit:export": {(B, OPERATOR), (H, OPERATOR), AUDIT},
    "audit:read": {(B, OPERATOR), (B, AUDITOR), (H, OPERATOR), (H, AUDITOR), AUDIT},
    "certificate:export": {(B, OPERATOR), (H, OPERATOR)},
    "certificate:read": {(B, OPERATOR), (H, OPERATOR)},
    "certificate:write": {(H, OPERATOR)},
    "exam:extend": {(B, OPERATOR)},
    "exam:year_read": {(B, OPERATOR), (H, OPERATOR)},
    "exam:year_write": {(B, OPERATOR)},
    "institution:export": {(B, OPERATOR), (H, OPERATOR)},
    "institution:find": EVERYBODY,
    "institution:lock": {(B, OPERATOR), (H, OPERATOR)},
    "institution:own": {(B, OPERATOR), (H, OPERATOR)},
    "institution:read": {(B, OPERATOR), (H, OPERATOR)},
    "institution:write": {(B, OPERATOR), (H, OPERATOR)},
    "job:own": {(B, OPERATOR), (H, OPERATOR), REVIEWER, AUDIT},
    "licence:read": {(B, OPERATOR), (H, OPERATOR)},
    "licence:write": {(B, OPERATOR), (H, OPERATOR)},
    "personal:read": {(B, OPERATOR), (H, OPERATOR), REVIEWER},
    "review:export": {(B, OPERATOR), REVIEWER},
    "review:read": {(B, OPERATOR), REVIEWER},
    "review:write": {(B, OPERATOR), REVIEWER},
    "roster:file": {(B, OPERATOR)},
    "roster:read": {(B, OPERATOR), (H, OPERATOR)},
    "roster:write": {(H, OPERATOR)},
    "security:settings": {SECURITY},
    "session:end": {(B, OPERATOR), SECURITY},
    "session:read": {(B, OPERATOR), SECURITY},
}
#: What concerns the people who are entered, and what is told of other users.
OF_PEOPLE = {"certificate", "roster", "review", "licence", "personal"}


def test_the_table():
    found = {
        permission.value: {who for who, held in ROLE_PERMISSIONS.items() if permission in held}
        for permission in Permission
    }
    assert found == HOLDERS


def test_every_role_at_every_kind_of_node_stands_in_the_table():
    assert set(ROLE_PERMISSIONS) == {
        (kind, role) for kind in InstitutionKind for role in AccountRole
    }


def test_nobody_both_enters_and_files():
    """谁试用、谁采集、谁负责: who enters a certificate does not decide about the roster."""
    for held in ROLE_PERMISSIONS.values():
        assert not {Permission.ROSTER_FILE, Permission.CERTIFICATE_WRITE} <= held


@pytest.mark.parametrize("kind", list(InstitutionKind))
def test_an_auditor_reads_the_trail_and_nothing_else(kind):
    assert permissions_of(kind, AUDITOR) == {
        Permission.ACCOUNT_OWN,
        Permission.AUDIT_READ,
        Permission.INSTITUTION_FIND,
    }


def test_a_reviewer_reviews_and_does_nothing_else():
    assert {one.value for one in permissions_of(*REVIEWER)} == {
        *("account:own", "institution:find", "personal:read"),
        *("job:own", "review:export", "review:read", "review:write"),
    }
    assert permissions_of(H, AccountRole.REVIEWER) == frozenset()


def test_none_of_the_three_sees_personal_data():
    for _kind, role in (SYSTEM, SECURITY, AUDIT):
        for kind in InstitutionKind:
            resources = {one.value.partition(":")[0] for one in permissions_of(kind, role)}
            assert not resources & OF_PEOPLE


def test_none_of_the_three_does_what_another_of_them_does():
    shared = {Permission.ACCOUNT_OWN, Permission.INSTITUTION_FIND}
    held = [permissions_of(kind, role) - shared for kind, role in (SYSTEM, SECURITY, AUDIT)]
    assert all(held)
    for position, mine in enumerate(held):
        for theirs in held[position + 1 :]:
            assert not mine & theirs


def test_the_three_are_nobody_at_an_institution():
    for _kind, role in (SYSTEM, SECURITY, AUDIT):
        assert permissions_of(H, role) == frozenset()


def test_an_unknown_role_may_nothing():
    assert permissions_of(B, "owner") == frozenset()
    assert permissions_of("province", OPERATOR) == frozenset()


def test_names_and_labels():
    assert [p.value for p in Permission] == sorted(p.value for p in Permission)
    assert len({p.label for p in Permission}) == len(Permission)
    for permission in Permission:
        assert re.fullmatch(r"[a-z]+:[a-z_]+", permission.value)
        assert permission.name.lower() == permission.value.replace(":", "_")


@pytest.mark.parametrize("role", list(AccountRole))
@pytest.mark.parametrize("make", [make_bureau, make_institution])
def test_an_actor_holds_what_kind_and_role_give(session, make, role):
    institution = make(None if role in PROVINCE_ROLES else make_bureau())
    actor = make_actor(institution, role=role)
    for permission in Permission:
        held = (institution.kind, role) in HOLDERS[permission.value]
        assert actor.may(permission) is held
        if held:
            actor.require(permission)
        else:
            with pytest.raises(NotAllowedError):
                actor.require(permission)


def test_an_actor_knows_its_place(session):
    city = make_bureau(make_bureau())
    hospital = make_institution(city)
    actor = make_actor(city)
    assert actor.is_above(hospital.path)
    assert not actor.is_above(city.path)
    assert actor.is_at(city.path)
    assert not actor.is_at(hospital.path)
    assert not actor.is_above(city.path[:-4])
