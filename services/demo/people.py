"""People who do not exist: names as they are common in Hubei, and ID numbers that nobody can hold.

The address code of each ID number was abolished by the end of 1982, before ID cards were introduced
(1984), and the holder was born in 1985 or later: the number passes every check, and none such was
ever issued. Phone numbers begin with 160, which is given to no operator.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.identifiers import resident_id_with_check_character

if TYPE_CHECKING:
    from random import Random

#: 郊区, 新洲县, 鄂城县, 孝感县, 黄陂县, 咸宁县, 荆门县, 樊阳县, 均县: gone after 1982 (GB/T 2260).
ABOLISHED_REGIONS: Final = (
    "420211",
    "422122",
    "422131",
    "422221",
    "422222",
    "422321",
    "422430",
    "422521",
    "422621",
)
EARLIEST_BIRTH_YEAR: Final = 1985
UNUSED_MOBILE_PREFIX: Final = "160"

MALE: Final = "1"
FEMALE: Final = "2"

#: Rare characters (three of them beyond U+FFFF or in CJK extension A), and names with a dot.
RARE_NAMES: Final = (
    ("周𬭎", MALE),
    ("㛃玥", FEMALE),
    ("阿卜杜拉·买买提", MALE),
    ("䶮文博", MALE),
    ("林㛃", FEMALE),
    ("欧阳䶮", MALE),
    ("古丽娜尔·吐尔逊", FEMALE),
    ("邓喆𬱖", MALE),
)

_SURNAMES: Final = (
    "王李张刘陈杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹易"
    "常武乔贺赖龚文"
)
_DOUBLE_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛")
_MALE_CHARACTERS: Final = (
    "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌浩宇凯健俊帆帅旭宁龙林欢阳建亮成志毅昊博轩泽翔"
    "文彬瑞晨睿哲铭源江楠松柏峰岩舟远航"
)
_FEMALE_CHARACTERS: Final = (
    "芳娜敏静丽艳娟霞秀兰英华慧巧美婷玉萍红玲芬燕彩春菊凤洁梅琳素云莲真环雪荣爱妹香月莺媛"
    "瑞凡佳嘉琼勤珍贞莉桂叶璧璐娅琦晶妍茜秋珊莎锦黛青倩怡蓉薇"
)


@dataclass(frozen=True)
class Person:
    """Somebody on trial."""

    name: str
    gender_code: str
    born_on: dt.date
    id_number: str
    phone: str


def make_name(rng: Random, gender_code: str) -> str:
    """Return a Chinese name of two or three characters, four with a double surname."""
    surname = rng.choice(_DOUBLE_SURNAMES) if rng.random() < 0.008 else rng.choice(_SURNAMES)  # noqa: PLR2004 - about as rare as in life
    characters = _MALE_CHARACTERS if gender_code == MALE else _FEMALE_CHARACTERS
    given = rng.sample(characters, 1 if rng.random() < 0.25 else 2)  # noqa: PLR2004 - a quarter
    return surname + "".join(given)


def make_person(
    rng: Random, *, born_from: int, born_to: int, known: tuple[str, str] | None = None
) -> Person:
    """Return somebody born in the years given; ``known`` fixes the name and the gender."""
    name, gender_code = known or ("", rng.choice((MALE, FEMALE)))
    first = dt.date(max(born_from, EARLIEST_BIRTH_YEAR), 1, 1)
    days = (dt.date(born_to, 12, 31) - first).days
    born_on = first + dt.timedelta(days=rng.randint(0, days))
    return Person(
        name=name or make_name(rng, gender_code),
        gender_code=gender_code,
        born_on=born_on,
        id_number=make_id_number(rng, born_on, gender_code),
        phone=make_mobile(rng),
    )


def make_id_number(rng: Random, born_on: dt.date, gender_code: str) -> str:
    """Return an ID number that passes every check and belongs to nobody."""
    serial = rng.randrange(100, 999, 2) + (0 if gender_code == FEMALE else 1)
    region = rng.choice(ABOLISHED_REGIONS)
    return resident_id_with_check_character(f"{region}{born_on:%Y%m%d}{serial:03d}")


def make_mobile(rng: Random) -> str:
    """Return a mobile number that rings nowhere."""
    return f"{UNUSED_MOBILE_PREFIX}{rng.randrange(10**8):08d}"
