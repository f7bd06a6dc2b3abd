"""What is left of a password without the words that everybody here would try, years and digits.

zxcvbn adds words up: three of the platform's own and a year look long to it, and are the first that
a person who knows the office tries.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from pypinyin import lazy_pinyin

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What people on this platform think of first.
SYSTEM_WORDS: Final = (
    "hubei", "wuhan", "huangshi", "shiyan", "yichang", "xiangyang", "ezhou", "jingmen", "xiaogan",
    "jingzhou", "huanggang", "xianning", "suizhou", "enshi", "xiantao", "qianjiang", "tianmen",
    "shennongjia", "huangpi", "hankou", "zhongguo", "china",
    "weisheng", "weijiwei", "jisheng", "jihua", "shengyu", "weiyuanhui", "wsj", "wjw",
    "yishi", "yisheng", "yiyuan", "weishengyuan", "weishengshi", "hospital", "doctor", "yixue",
    "zhiye", "zhuli", "zige", "zhuanye", "kaoshi", "baokao", "shiyong", "shiyongqi", "kaohe",
    "hege", "zhengming", "huamingce", "jigou", "pingtai", "xitong", "guanli", "guanliyuan",
    "caozuoyuan", "mima", "denglu", "ceshi", "woaini", "admin", "administrator", "initial",
    "password", "welcome", "demo", "test", "hbwsrc",
)  # fmt: skip
#: Fewer letters beside such words are guessed along with them.
LEAST_LEFT: Final = 6
#: Shorter parts of names turn up in words by chance: 市 is shi.
_LEAST_SYLLABLES: Final = 2
_LEAST_WORD: Final = 3
_NO_LETTER: Final = re.compile(r"[\W\d_]+")


def is_made_of(password: str, words: Iterable[str]) -> bool:
    """Whether a password is nothing but such words, years, digits and separators.

    ``words`` are the owner's own; Chinese ones are taken as they are and as pinyin, and so are
    their parts of two characters and more. A password without any of the words is not judged.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    known = {*SYSTEM_WORDS, *(p for w in words for p in _parts(w))}
    left = text
    for word in sorted(known, key=len, reverse=True):
        if len(word) >= _LEAST_WORD or not word.isascii():
            # What stood on both sides makes no new word.
            left = left.replace(word, " ") if word else left
    return left != text and len(_NO_LETTER.sub("", left)) < LEAST_LEFT


def _parts(word: str) -> set[str]:
    folded = word.casefold()
    if folded.isascii():
        return {folded}
    syllables = lazy_pinyin(folded)
    found = {folded}
    for spelt in (list(folded), syllables):
        found |= {
            "".join(spelt[start:end])
            for start in range(len(spelt))
            for end in range(start + _LEAST_SYLLABLES, len(spelt) + 1)
        }
    return found
