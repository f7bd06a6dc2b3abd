from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from extensions import db
from models import SecurityKey
from services import factors
from services.errors import DomainError, NotFoundError
from services.factors import keys
from services.factors.keys import RelyingParty
from tests.factories.administrators import make_administrator
from tests.factories.security_keys import PARTY, SoftKey
from tests.services.factor_cases import BROWSER, add_key
from tests.services.sign_in_cases import account, clock

__all__ = ["account", "clock"]

ELSEWHERE = RelyingParty(host="evil.example", origin="https://evil.example")
LOOKS_LIKE = RelyingParty(host="platform.example", origin="https://platform.example.evil")


def options(account, browser=BROWSER):
    return keys.sign_in_options(PARTY, administrator_id=account.id, browser=browser)


def accepts(account, answer, browser=BROWSER, party=PARTY):
    return keys.accept(party, administrator_id=account.id, browser=browser, answer=answer)


def test_a_registered_key_signs_in(account):
    key = add_key(account)
    assert accepts(account, key.sign(options(account)))
    (row,) = keys.list_of(account.id)
    assert (row.name, row.sign_count) == ("办公室密钥", 1)
    assert row.last_used_at is not None
    assert factors.of(account.id).keys == 1


def test_an_answer_counts_once(account):
    answer = add_key(account).sign(options(account))
    assert accepts(account, answer)
    assert not accepts(account, answer)


def test_a_wrong_answer_uses_the_challenge_up(account):
    key = add_key(account)
    asked = options(account)
    assert not accepts(account, "{}")
    assert not accepts(account, key.sign(asked))


@pytest.mark.parametrize("party", [ELSEWHERE, LOOKS_LIKE])
def test_what_was_signed_for_another_page_does_not_count(account, party):
    key = add_key(account)
    assert not accepts(account, key.sign(options(account), party))


def test_a_challenge_belongs_to_browser_and_purpose(account):
    key = add_key(account)
    assert not accepts(account, key.sign(options(account)), browser="browser-two")
    asked = keys.registration_options(
        PARTY, administrator_id=account.id, username="x", browser=BROWSER
    )
    assert not accepts(account, key.sign(asked))


def test_a_challenge_lives_five_minutes(account, clock):
    key = add_key(account)
    asked = options(account)
    clock.shift(300)
    assert not accepts(account, key.sign(asked))


def test_a_counter_that_falls_back_betrays_a_copy(account):
    key = add_key(account)
    assert accepts(account, key.sign(options(account)))
    key.counter -= 1
    assert not accepts(account, key.sign(options(account)))


def test_a_key_without_a_counter_works_again_and_again(account):
    key = add_key(account, SoftKey(counts=False))
    assert all(accepts(account, key.sign(options(account))) for _ in range(3))


def test_a_foreign_key_does_not_count(account):
    add_key(account)
    other = make_administrator(account.institution)
    foreign = add_key(other, browser="browser-two")
    assert not accepts(account, foreign.sign(options(account)))
    assert not accepts(account, SoftKey().sign(options(account)))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{",
        "[]",
        "null",
        '{"id": 1}',
        '{"id": "x", "rawId": "eA", "response": {}}',
        "x" * 99_999,
    ],
)
def test_malformed_answers_are_refused_in_words(account, answer):
    add_key(account)
    options(account)
    assert not accepts(account, answer)
    keys.registration_options(PARTY, administrator_id=account.id, username="x", browser=BROWSER)
    with pytest.raises(DomainError, match="未通过验证"):
        keys.register(PARTY, administrator_id=account.id, browser=BROWSER, name="x", answer=answer)


def test_a_key_is_registered_once(account):
    key = add_key(account)
    with pytest.raises(DomainError, match="已登记过"):
        add_key(account, key)
    other = make_administrator(account.institution)
    with pytest.raises(DomainError, match="已登记过"):
        add_key(other, key)


def test_registration_leaves_known_keys_out(account):
    key = add_key(account)
    asked = json.loads(
        keys.registration_options(PARTY, administrator_id=account.id, username="x", browser=BROWSER)
    )
    assert [one["id"] for one in asked["excludeCredentials"]] == [
        json.loads(key.sign(options(account)))["id"]
    ]
    assert asked["rp"]["id"] == "platform.example"


def test_registration_for_another_page_is_refused(account):
    asked = keys.registration_options(
        PARTY, administrator_id=account.id, username="x", browser=BROWSER
    )
    with pytest.raises(DomainError, match="未通过验证"):
        keys.register(
            PARTY,
            administrator_id=account.id,
            browser=BROWSER,
            name="x",
            answer=SoftKey().register(asked, ELSEWHERE),
        )


def test_five_keys_are_enough(account):
    for number in range(keys.MOST_KEYS):
        add_key(account, name=f"第{number}把")
    with pytest.raises(DomainError, match="最多登记5个"):
        add_key(account)


def test_a_key_without_a_name_gets_one(account):
    add_key(account, name="  ")
    assert keys.list_of(account.id)[0].name == "安全密钥"


def test_removing(account):
    key = add_key(account)
    (row,) = keys.list_of(account.id)
    with pytest.raises(NotFoundError):
        keys.remove(account.id + 1, row.id)
    assert keys.remove(account.id, row.id) == "办公室密钥"
    assert db.session.scalars(select(SecurityKey.id)).all() == []
    assert not accepts(account, key.sign(options(account)))
