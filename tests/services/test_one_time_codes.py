from __future__ import annotations

import datetime as dt
import threading

import pytest
import time_machine
from sqlalchemy import select, update

from extensions import db
from models import OneTimeCode
from models.encryption import blind_index
from models.engine import writing
from services import one_time_codes as codes
from services.one_time_codes import Purpose
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau

BROWSER = "browser-one"
START = dt.datetime(2017, 12, 27, 8, tzinfo=dt.UTC)
THREADS = 16


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account(app):
    return make_administrator(make_bureau(), phone="13800138000")


def issue(account, browser=BROWSER, phone="13800138000", network="192.0.2.1"):
    return codes.issue(
        administrator_id=account.id,
        phone_index=blind_index(phone, "administrators.phone"),
        purpose=Purpose.SIGN_IN,
        browser=browser,
        network=network,
    )


def accept(account, code, browser=BROWSER, phone="13800138000"):
    return codes.accept(
        administrator_id=account.id,
        phone_index=blind_index(phone, "administrators.phone"),
        purpose=Purpose.SIGN_IN,
        browser=browser,
        code=code,
    )


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_code_is_six_digits_and_accepted_once(account, clock):
    code = issue(account)
    assert code.isascii()
    assert code.isdigit()
    assert len(code) == 6
    assert accept(account, code)
    assert not accept(account, code)


def test_codes_differ(account, clock):
    made = set()
    for _ in range(10):
        made.add(issue(account))
        clock.shift(dt.timedelta(hours=3))
    assert len(made) >= 9


@pytest.mark.parametrize(("seconds", "accepted"), [(299, True), (300, False)])
def test_code_lives_five_minutes(account, clock, seconds, accepted):
    code = issue(account)
    clock.shift(seconds)
    assert accept(account, code) is accepted


def test_clock_set_back_does_not_revive_a_used_code(account, clock):
    code = issue(account)
    assert accept(account, code)
    clock.shift(-120)
    assert not accept(account, code)


def test_code_counts_for_its_account_browser_phone_and_purpose_only(account, clock, session):
    other = make_administrator(account.institution, phone="13900139000")
    code = issue(account)
    assert not accept(other, code)
    assert not accept(account, code, browser="browser-two")
    assert not accept(account, code, phone="13900139000")
    session.execute(update(OneTimeCode).values(purpose="other"))
    assert not accept(account, code)
    session.execute(update(OneTimeCode).values(purpose=Purpose.SIGN_IN.value))
    assert accept(account, code)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "１２３４５６", "12345a", "123456\n", "-12345"]
)
def test_what_is_no_code_spends_no_try(account, clock, session, typed):
    issue(account)
    assert not accept(account, typed)
    assert session.scalars(select(OneTimeCode.tries)).all() == [0]


def test_five_tries(account, clock):
    code = issue(account)
    for _ in range(4):
        assert not accept(account, wrong(code))
    assert accept(account, code)


def test_sixth_try_is_not_heard(account, clock):
    code = issue(account)
    for _ in range(5):
        assert not accept(account, wrong(code))
    assert not accept(account, code)


def test_new_code_voids_the_former_one(account, clock):
    former = issue(account)
    clock.shift(60)
    code = issue(account, browser="browser-two")
    assert not accept(account, former)
    assert accept(account, code, browser="browser-two")


def test_tries_carry_over_to_the_next_code(account, clock):
    code = issue(account)
    for _ in range(3):
        accept(account, wrong(code))
    clock.shift(60)
    code = issue(account)
    accept(account, wrong(code))
    accept(account, wrong(code))
    assert not accept(account, code)


def test_no_code_while_all_tries_are_spent(account, clock):
    code = issue(account)
    for _ in range(5):
        accept(account, wrong(code))
    clock.shift(60)
    assert issue(account) is None
    clock.shift(dt.timedelta(minutes=58))
    assert issue(account) is None
    clock.shift(dt.timedelta(minutes=1))
    code = issue(account)
    assert accept(account, code)


def test_success_forgives_the_tries(account, clock):
    code = issue(account)
    for _ in range(4):
        accept(account, wrong(code))
    assert accept(account, code)
    clock.shift(60)
    code = issue(account)
    for _ in range(4):
        accept(account, wrong(code))
    assert accept(account, code)


def test_one_a_minute(account, clock):
    assert issue(account)
    clock.shift(59)
    assert issue(account) is None
    clock.shift(1)
    assert issue(account)


def test_refused_code_leaves_the_former_one_alive(account, clock):
    code = issue(account)
    clock.shift(30)
    assert issue(account) is None
    assert accept(account, code)


def test_five_an_hour_in_any_hour(account, clock):
    sent = []
    for minute in range(180):
        if issue(account) is not None:
            sent.append(minute)
        clock.shift(60)
    for minute in range(180):
        assert sum(1 for m in sent if minute <= m < minute + 60) <= 5
    assert sent[:6] == [0, 1, 2, 3, 4, 60]


def test_ten_a_day_in_any_day(account, clock):
    sent = []
    for hour in range(60):
        if issue(account) is not None:
            sent.append(hour)
        clock.shift(dt.timedelta(hours=1))
    for hour in range(60):
        assert sum(1 for h in sent if hour <= h < hour + 24) <= 10
    assert len(sent) > 20


def test_limits_are_of_the_phone_not_of_the_account(account, clock):
    other = make_administrator(account.institution, phone="13800138000")
    assert issue(account)
    assert issue(other) is None
    assert issue(other, phone="13900139000")


def test_voided_codes_are_worthless(account, clock):
    code = issue(account)
    codes.void(account.id)
    assert not accept(account, code)


def test_old_codes_are_forgotten(account, clock, session):
    issue(account)
    clock.shift(dt.timedelta(days=1))
    issue(account)
    assert len(session.scalars(select(OneTimeCode.id)).all()) == 1


def test_database_holds_neither_code_nor_browser(account, clock, session):
    code = issue(account)
    row = session.scalars(select(OneTimeCode)).one()
    for value in (row.code_hash, row.browser_hash, row.phone_index):
        assert len(value) == 64
        assert value not in {code, BROWSER}


def race(app, work):
    """Run ``work(number)`` in threads of their own connections, and return what they returned."""
    start = threading.Barrier(THREADS)
    results, errors = [], []

    def run(number):
        with app.app_context(), writing():
            start.wait(timeout=20)
            try:
                results.append(work(number))
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                errors.append(error)
                raise

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not errors
    assert len(results) == THREADS
    return results


@pytest.fixture
def committed(committed_app):
    with committed_app.app_context(), writing():
        account = make_administrator(make_bureau(), phone="13800138000")
        code = issue(account)
        key = account.id
        db.session.commit()
    return committed_app, key, code


class Known:
    """An account of which a thread needs only the key."""

    def __init__(self, key):
        self.id = key


def test_of_sixteen_with_the_right_code_one_is_accepted(committed):
    app, key, code = committed
    results = race(app, lambda _number: accept(Known(key), code))
    assert sorted(results) == [False] * (THREADS - 1) + [True]


def test_of_sixteen_guesses_at_once_five_are_heard(committed):
    app, key, code = committed
    results = race(
        app, lambda number: accept(Known(key), f"{(int(code) + 1 + number) % 10**6:06d}")
    )
    assert not any(results)
    with app.app_context():
        assert db.session.scalars(select(OneTimeCode.tries)).one() == codes.MOST_TRIES


def test_of_sixteen_requests_at_once_one_gets_a_code(committed):
    app, key, _code = committed
    results = race(app, lambda _number: issue(Known(key), phone="13900139000"))
    assert sum(1 for code in results if code is not None) == 1
