from __future__ import annotations

import io

import pytest
import time_machine
from PIL import Image
from sqlalchemy import func, select

from config import load
from extensions import db
from models import Captcha
from services import captcha
from tests.config.right import PRODUCTION

ONE, OTHER = "browser-one", "browser-other"


@pytest.fixture
def answers(monkeypatch):
    """The answers of the pictures that were drawn, in their order."""
    drawn = []
    draw = captcha.draw
    monkeypatch.setattr(captcha, "draw", lambda answer: (drawn.append(answer), draw(answer))[1])
    return drawn


def test_picture_is_a_png_of_the_expected_size(app):
    image = Image.open(io.BytesIO(captcha.issue(ONE)))
    assert (image.format, image.size) == ("PNG", (captcha.WIDTH, captcha.HEIGHT))


def test_answers_are_random_and_without_look_alikes(app, answers):
    for _ in range(30):
        captcha.issue(ONE)
    assert len(set(answers)) > 25
    assert all(len(a) == 4 and set(a) <= set("34679ACEFHKMNPRTWXY") for a in answers)


@pytest.mark.parametrize(
    "typing",
    [str, str.lower, lambda a: f" {a[:2]} {a[2:]} ", lambda a: chr(ord(a[0]) + 0xFEE0) + a[1:]],
)
def test_right_answer_in_any_typing_is_accepted_once(app, answers, typing):
    captcha.issue(ONE)
    typed = typing(answers[0])
    assert captcha.consume(ONE, typed)
    assert not captcha.consume(ONE, typed)


@pytest.mark.parametrize("wrong", ["", "0000", "34679ACEFHKMNPRTWXY", "图形", "\x00"])
def test_wrong_try_uses_the_picture_up(app, answers, wrong):
    captcha.issue(ONE)
    assert not captcha.consume(ONE, wrong)
    assert not captcha.consume(ONE, answers[0])


def test_answer_counts_in_its_own_browser_only(app, answers):
    captcha.issue(ONE)
    assert not captcha.consume(OTHER, answers[0])
    captcha.issue(OTHER)
    assert not captcha.consume(OTHER, answers[0])
    assert captcha.consume(ONE, answers[0])


def test_new_picture_replaces_the_old_one(app, answers):
    captcha.issue(ONE)
    captcha.issue(ONE)
    assert db.session.scalar(select(func.count()).select_from(Captcha)) == 1
    assert captcha.consume(ONE, answers[1])


def test_no_picture_no_answer(app):
    assert not captcha.consume(ONE, "")


@pytest.mark.parametrize(("seconds", "accepted"), [(299, True), (300, False), (86400, False)])
def test_answer_lives_five_minutes(app, answers, seconds, accepted):
    with time_machine.travel("2017-12-27 08:00Z", tick=False) as clock:
        captcha.issue(ONE)
        clock.shift(seconds)
        assert captcha.consume(ONE, answers[0]) is accepted


def test_stale_rows_are_cleared_away(app):
    with time_machine.travel("2017-12-27 08:00Z", tick=False) as clock:
        for number in range(5):
            captcha.issue(f"browser-{number}")
        clock.shift(300)
        captcha.issue(ONE)
    assert db.session.scalar(select(func.count()).select_from(Captcha)) == 1


def test_database_does_not_hold_the_answer(app, answers):
    captcha.issue(ONE)
    row = db.session.scalars(select(Captcha)).one()
    assert ONE not in row.browser_hash
    assert answers[0] not in row.answer_hash.upper()
    assert len(row.answer_hash) == 64


def test_fixed_answer(app, monkeypatch):
    monkeypatch.setitem(app.config, "CAPTCHA_ANSWER", "TMW3")
    captcha.issue(ONE)
    assert captcha.consume(ONE, "tmw3")
    assert not captcha.consume(ONE, "tmw3")
    captcha.issue_fixed(ONE)
    assert captcha.consume(ONE, "TMW3")


def test_without_a_fixed_answer_no_page_stands_for_a_picture(app):
    captcha.issue_fixed(ONE)
    assert db.session.scalar(select(func.count()).select_from(Captcha)) == 0
    assert not captcha.consume(ONE, "")


def test_production_has_no_fixed_answer(tmp_path):
    environ = {**PRODUCTION, "DATA_DIR": str(tmp_path)}
    assert load(environ).flask_config()["CAPTCHA_ANSWER"] == ""
    with pytest.raises(RuntimeError, match="CAPTCHA_ANSWER"):
        load({**environ, "CAPTCHA_ANSWER": "TMW3"})
