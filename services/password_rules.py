"""Which passwords are good enough, by profile.

``dengbao`` follows GB/T 22239-2019 8.1.4.1 a (complexity, periodic change), ``nist`` follows NIST
SP 800-63B-4 3.1.1.2 (length and blocklist only). The two contradict each other: docs/decisions.md.
How easily a password is guessed is estimated by zxcvbn, which knows the usual words, names, dates
and keyboard walks, and is told those of this platform and of its owner.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pypinyin import lazy_pinyin
from zxcvbn import zxcvbn

from models import AuthMethod, PasswordProfile
from models.administrator import fold_username
from services.errors import DomainError
from services.password_words import SYSTEM_WORDS, is_made_of
from services.passwords import GREATEST_LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Shorter user names turn up in words by chance.
LEAST_NAME_LENGTH: Final = 4
#: zxcvbn's highest score: ten thousand million guesses would not find it.
LEAST_SCORE: Final = 4
#: zxcvbn takes no more; what lies behind only makes a password better.
_MOST_SCORED: Final = 72
ONLY_WORDS: Final = (
    "密码不能只由本机构、地名、姓名、平台常用词和年份、数字组成，请另加至少6个字母的其他内容。"
)
_CLASSES: Final = tuple(map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]")))


@dataclass(frozen=True)
class Rules:
    """What a profile asks for."""

    least_length: int
    #: Where a password is all that is asked for.
    least_length_alone: int
    least_classes: int
    #: How many former passwords may not come back, besides the present one.
    history: int
    #: How long a password lasts; ``None`` for ever.
    lasts: dt.timedelta | None

    def length_for(self, method: AuthMethod) -> int:
        """Return the least length of the password of an account that signs in by ``method``."""
        return self.least_length_alone if method is AuthMethod.PASSWORD else self.least_length

    def sentence(self, method: AuthMethod) -> str:
        """Return the rules as people read them before they choose."""
        parts = [f"密码至少{self.length_for(method)}个字符"]
        if self.least_classes > 1:
            parts.append("须包含大写字母、小写字母、数字、符号中的至少三种")
        parts.append("不能包含用户名，不能是常见、易猜的密码")
        if self.history:
            parts.append(f"不能与最近{self.history}次用过的相同")
        if self.lasts is not None:
            parts.append(f"{self.lasts.days}日内须更换")
        return "，".join(parts) + "。"


RULES: Final = {
    PasswordProfile.DENGBAO: Rules(
        least_length=10,
        least_length_alone=10,
        least_classes=3,
        history=5,
        lasts=dt.timedelta(days=90),
    ),
    PasswordProfile.NIST: Rules(
        least_length=10, least_length_alone=15, least_classes=1, history=0, lasts=None
    ),
}


def check(
    password: str,
    rules: Rules,
    *,
    method: AuthMethod,
    username: str,
    words: Collection[str] = (),
    field: str = "new_password",
) -> None:
    """Raise ``DomainError`` unless a new password keeps ``rules``.

    ``words`` are the owner's own: names in Chinese are taken as their pinyin, too.
    """
    text = unicodedata.normalize("NFKC", password)
    least = rules.length_for(method)
    if len(text) < least:
        raise DomainError(f"密码至少{least}个字符。", field=field)
    if max(len(text), len(password)) > GREATEST_LENGTH:
        raise DomainError(f"密码不能超过{GREATEST_LENGTH}个字符。", field=field)
    if sum(1 for letters in _CLASSES if letters.search(text)) < rules.least_classes:
        raise DomainError("密码须包含大写字母、小写字母、数字、符号中的至少三种。", field=field)
    name = fold_username(username)
    if len(name) >= LEAST_NAME_LENGTH and name in text.casefold():
        raise DomainError("密码不能包含用户名。", field=field)
    if score(text, (username, *words)) < LEAST_SCORE:
        raise DomainError("密码过于常见，容易被猜中，请换一个。", field=field)
    if is_made_of(text, words):
        raise DomainError(ONLY_WORDS, field=field)


def score(password: str, words: Iterable[str] = ()) -> int:
    """Return how hard a password is to guess, from 0 to 4, knowing ``words``."""
    known = [*SYSTEM_WORDS, *(spelling for word in words for spelling in spellings(word))]
    found: int = zxcvbn(password[:_MOST_SCORED], user_inputs=known, max_length=_MOST_SCORED)[
        "score"
    ]
    return found


def spellings(word: str) -> list[str]:
    """Return a word as it may turn up in a password: itself, and its pinyin whole and in parts."""
    if not word:
        return []
    syllables = lazy_pinyin(word)
    return [word.casefold(), "".join(syllables), *(s for s in syllables if len(s) > 1)]
