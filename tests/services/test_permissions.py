"""The one table of who may do what, written out a second time so that no change goes unnoticed."""

from __future__ import annotations

import re

import pytest

from models import AccountRole, InstitutionKind
from services.errors import NotAllowedError
from services.permissions import ROLE_PERMISSIONS, Permission, permissions_of
from tests.factories.actors import make_actor
from tests.factories.institutions import make_bureau, make_institution

B, H = InstitutionKind.BUREAU, InstitutionKind.HEALTHCARE
OPERATOR, AUDITOR = AccountRole.OPERATOR, AccountRole.AUDITOR

#: Permission → who holds it.
HOLDERS = {
    "account:own": {(B, OPERATOR), (B, AUDITOR), (H, OPERATOR), (H, AUDITOR)},
    "administrator:read": {(B, OPERATOR), (H, OPERATOR)},
    "administrator:write": {(B, OPERATOR), (H, OPERATOR)},
    "audit:read": {(B, OPERATOR), (B, AUDITOR), (H, OPERATOR), (H, AUDITOR)},
    "certificate:export": {(B, OPERATOR), (H, OPERATOR)},
    "certificate:read": {(B, OPERATOR), (H, OPERATOR)},
    "certificate:write": {(H, OPERATOR)},
    "institution:export": {(B, OPERATOR), (H, OPERATOR)},
    "institution:lock": {(B, OPERATOR), (H, OPERATOR)},
    "institution:own": {(B, OPERATOR), (H, OPERATOR)},
    "institution:read": {(B, OPERATOR), (H, OPERATOR)},
    "institution:write": {(B, OPERATOR), (H, OPERATOR)},
    "licence:read": {(B, OPERATOR), (H, OPERATOR)},
    "licence:write": {(B, OPERATOR), (H, OPERATOR)},
    "roster:file": {(B, OPERATOR)},
    "roster:read": {(B, OPERATOR), (H, OPERATOR)},
    "roster:write": {(H, OPERATOR)},
}


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
    assert permissions_of(kind, AUDITOR) == {Permission.ACCOUNT_OWN, Permission.AUDIT_READ}


def test_an_unknown_role_may_nothing():
    assert permissions_of(B, "owner") == frozenset()
    assert permissions_of("province", OPERATOR) == frozenset()


def test_names_and_labels():
    assert [p.value for p in Permission] == sorted(p.value for p in Permission)
    assert len({p.label for p in Permission}) == len(Permission)
    for permission in Permission:
        assert re.fullmatch(r"[a-z]+:[a-z]+", permission.value)
        assert permission.name.lower() == permission.value.replace(":", "_")


@pytest.mark.parametrize("role", list(AccountRole))
@pytest.mark.parametrize("make", [make_bureau, make_institution])
def test_an_actor_holds_what_kind_and_role_give(session, make, role):
    institution = make(make_bureau())
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
