from __future__ import annotations

import re

from sqlalchemy import select

from extensions import db
from models import RecoveryCode
from services import factors
from services.factors import recovery
from tests.services.sign_in_cases import account, clock

__all__ = ["account", "clock"]


def test_ten_codes_each_once(account):
    codes = recovery.issue(account.id)
    assert len(set(codes)) == 10
    assert all(
        re.fullmatch("[3479cdfhjkmnpqrtvwxy]{5}-[3479cdfhjkmnpqrtvwxy]{5}", c) for c in codes
    )
    for left, code in zip(range(9, -1, -1), codes, strict=True):
        assert recovery.accept(account.id, code)
        assert not recovery.accept(account.id, code)
        assert factors.of(account.id).recovery_codes == left


def test_typed_as_people_do(account):
    code = recovery.issue(account.id)[0]
    assert recovery.accept(account.id, f"  {code.upper().replace('-', ' ')} ")


def test_new_codes_void_the_former_ones(account):
    former = recovery.issue(account.id)
    fresh = recovery.issue(account.id)
    assert not any(recovery.accept(account.id, code) for code in former)
    assert recovery.accept(account.id, fresh[3])


def test_of_another_account_it_does_not_count(account):
    assert not recovery.accept(account.id + 1, recovery.issue(account.id)[0])


def test_what_is_no_code(account):
    recovery.issue(account.id)
    assert not any(recovery.accept(account.id, typed) for typed in ("", "-", "x" * 9999, "\ud800"))


def test_forgotten_codes_do_not_count(account):
    code = recovery.issue(account.id)[0]
    recovery.forget(account.id)
    assert not recovery.accept(account.id, code)


def test_the_database_holds_no_code(account):
    codes = recovery.issue(account.id)
    stored = " ".join(db.session.scalars(select(RecoveryCode.code_hash)))
    assert not any(code.replace("-", "") in stored for code in codes)
