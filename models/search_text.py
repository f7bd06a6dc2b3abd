"""Texts as they are compared: what a keyword is looked for in, and which names are the same."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

#: Longer texts are cut: PostgreSQL's indexes take 2,700 bytes a row.
LONGEST_SEARCH_TEXT: Final = 400
#: Surnames that are read otherwise than the character alone.
_SURNAMES: Final = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "查": "zha",
    "区": "ou",
    "朴": "piao",
    "盖": "ge",
    "翟": "zhai",
    "乐": "yue",
    "缪": "miao",
    "宓": "fu",
    "员": "yun",
    "种": "chong",
    "覃": "qin",
    "繁": "po",
    "召": "shao",
    "秘": "bi",
    "洗": "xian",
    "折": "she",
    "黑": "he",
    "卜": "bu",
    "尉迟": "yu-chi",
    "万俟": "mo-qi",
}
#: Names have 100 characters; compatibility forms of a few exotic ones are longer.
LONGEST_NAME_KEY: Final = 200
#: Brackets and middle dots that NFKC leaves apart, as people and input methods write them.
_ONE_KIND: Final = str.maketrans(
    dict.fromkeys("[{〔〈《「『【〖〘〚", "(")
    | dict.fromkeys("]}〕〉》」』】〗〙〛", ")")
    | dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb", "\u00b7")
)


def folded(text: str) -> str:
    """Return the form in which texts are searched: half width, without case or blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def name_key_of(name: str) -> str:
    """Return the key of an institution's name: names with the same key are the same name.

    They differ by full and half width, case, blanks, or kinds of brackets and middle dots at most.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(text.split()).translate(_ONE_KIND)[:LONGEST_NAME_KEY]


@lru_cache(maxsize=4096)
def initials_of(name: str) -> str:
    """Return the pinyin initials of a Chinese name: ``hkyy`` for 汉口医院; others stay."""
    return "".join(lazy_pinyin(folded(name), style=Style.FIRST_LETTER, strict=False))


@lru_cache(maxsize=4096)
def person_search_text_of(name: str) -> str:
    """Return what a person is found by: the name, its pinyin initials and its pinyin, one a line.

    ``周晓燕`` is found by ``zxy`` and ``zhouxiaoyan``. A surname that has a reading of its own
    (曾, 单 …) is found by either.
    """
    text = folded(name)
    readings = [lazy_pinyin(text, strict=False)]
    for surname, pinyin in _SURNAMES.items():
        if text.startswith(surname):
            rest = lazy_pinyin(text.removeprefix(surname), strict=False)
            readings.append([*pinyin.split("-"), *rest])
    parts = [text]
    for syllables in readings:
        parts += ["".join(one[0] for one in syllables), "".join(syllables)]
    return "\n".join(dict.fromkeys(parts))[:LONGEST_SEARCH_TEXT]


def search_text_of(name: str, *codes: str | None) -> str:
    """Return what a record is found by: its name, its initials and its codes, one a line."""
    parts = [folded(name), initials_of(name), *(folded(code) for code in codes if code)]
    return "\n".join(parts)[:LONGEST_SEARCH_TEXT]
