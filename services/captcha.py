"""Picture codes (图形验证码): one per browser, answered once, right or wrong."""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from typing import Any, Final

from captcha.image import ImageCaptcha
from flask import current_app
from sqlalchemy import delete

from extensions import db
from models import Captcha, utc_now
from models.encryption import blind_index
from services.housekeeping import clear_away
from services.tokens import hash_token
from services.upsert import insert_for

LENGTH: Final = 4
LIFETIME: Final = dt.timedelta(minutes=5)
#: No 0/O/D/Q, 1/I/J/L, 2/Z, 5/S, 6/G, 8/B, U/V: bent and blurred they cannot be told apart.
ALPHABET: Final = "34679ACEFHKMNPRTWXY"
WIDTH, HEIGHT = 120, 40
_NUMERALS: Final = "零一二三四五六七八九"
_FONT_SIZES: Final = (30, 33, 36)
_PAPER: Final = (255, 255, 255)


def issue(browser_token: str) -> bytes:
    """Return a new picture (PNG) for a browser; the one it had before no longer counts.

    ``browser_token`` is the random secret in the browser's cookie. The answer is never sent to it.
    """
    answer = _fixed_answer() or "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    # Drawn before the database is touched, so that no lock is held meanwhile.
    picture = draw(answer)
    _remember(browser_token, answer)
    return picture


def ask(browser_token: str) -> str:
    """Return a sum in words (七加五等于几？), to be answered with digits in place of the picture.

    A machine that reads aloud can say it. It stops programs no more than the picture does, which
    other programs read: what keeps guesses out are the counters.
    """
    if answer_is_fixed():
        _remember(browser_token, _fixed_answer())
        return f"请输入：{_fixed_answer()}"
    one, other = (1 + secrets.randbelow(9) for _ in range(2))
    _remember(browser_token, str(one + other))
    return f"{_NUMERALS[one]}加{_NUMERALS[other]}等于几？"


def issue_fixed(browser_token: str) -> None:
    """Count the page as the picture where the answer is fixed: scripts need not fetch it."""
    if answer_is_fixed():
        _remember(browser_token, _fixed_answer())


def answer_is_fixed() -> bool:
    """Whether the settings fix the answer, as they may for demonstrations and tests only."""
    return bool(_fixed_answer())


def consume(browser_token: str, answer: str) -> bool:
    """Whether ``answer`` is that of the browser's picture, which this try uses up in any case."""
    statement = (
        delete(Captcha)
        .where(Captcha.browser_hash == hash_token(browser_token))
        .returning(Captcha.answer_hash, Captcha.expires_at)
    )
    row = db.session.execute(
        statement, execution_options={"synchronize_session": False}
    ).one_or_none()
    if row is None or row.expires_at <= utc_now():
        return False
    return secrets.compare_digest(row.answer_hash, _answer_hash(browser_token, answer))


class _Picture(ImageCaptcha):
    """The library's picture, milder: clerks must be able to read it at the first try."""

    character_rotate = (-18, 18)
    character_warp_dx = (0.05, 0.2)
    character_warp_dy = (0.05, 0.2)
    word_space_probability = 1.0
    word_offset_dx = 0.1

    def __init__(self, ink: tuple[int, int, int]) -> None:
        super().__init__(width=WIDTH, height=HEIGHT, font_sizes=_FONT_SIZES)
        # The library takes a letter's brightness for its opacity, which would make dark ink faint.
        brightness = (299 * ink[0] + 587 * ink[1] + 114 * ink[2]) // 1000
        self.lookup_table = [min(255, 255 * level // max(1, brightness)) for level in range(256)]

    @staticmethod
    def create_noise_dots(image: Any, color: Any, width: int = 2, number: int = 14) -> Any:
        return ImageCaptcha.create_noise_dots(image, color, width, number)


def draw(answer: str) -> bytes:
    """Return the picture of ``answer`` as PNG."""
    ink = _ink()
    picture: bytes = _Picture(ink).generate(answer, bg_color=_PAPER, fg_color=ink).getvalue()
    return picture


def _ink() -> tuple[int, int, int]:
    """Return a random colour that is dark enough to read on white."""
    red, green, blue = (20 + secrets.randbelow(100) for _ in range(3))
    return red, green, blue


def _remember(browser_token: str, answer: str) -> None:
    now = utc_now()
    clear_away(Captcha.id, Captcha.expires_at <= now)
    values: dict[str, Any] = {
        "answer_hash": _answer_hash(browser_token, answer),
        "expires_at": now + LIFETIME,
    }
    db.session.execute(
        insert_for(Captcha)
        .values(browser_hash=hash_token(browser_token), **values)
        .on_conflict_do_update(index_elements=[Captcha.browser_hash], set_=values)
    )


def _fixed_answer() -> str:
    """Return the answer set for demonstrations; the settings leave it empty in production."""
    answer: str = current_app.config["CAPTCHA_ANSWER"]
    return answer


def _answer_hash(browser_token: str, answer: str) -> str:
    """Return the keyed hash of an answer as people type it: any case, full-width or with blanks."""
    typed = "".join(unicodedata.normalize("NFKC", answer[:32]).split()).upper()
    return blind_index(f"{hash_token(browser_token)}\0{typed}", "captchas.answer_hash")
