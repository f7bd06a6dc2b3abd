from __future__ import annotations

import datetime as dt

import pytest

from models import AuthMethod, PasswordProfile
from services import password_rules
from services.errors import DomainError
from services.password_rules import ONLY_WORDS, RULES

GOOD = "Shizhi-7204"
COMMON = "密码过于常见，容易被猜中，请换一个。"
CLASSES = "密码须包含大写字母、小写字母、数字、符号中的至少三种。"


def sentence_for(
    password,
    username="hb3017401",
    words=(),
    profile=PasswordProfile.DENGBAO,
    method=AuthMethod.PASSWORD_SMS,
):
    try:
        password_rules.check(
            password, RULES[profile], method=method, username=username, words=words
        )
    except DomainError as error:
        return f"{error.field}: {error.message}".removeprefix("new_password: ")
    return None


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse 9 staple",
        "wo ai 武汉 2018 zhang",
        "ＱｗＥｒ－武汉长江大桥",
        "aB3-" + "gkwrtqzmvhxlsndypjcf" * 6 + "bqzt",
    ],
)
def test_good_passwords(password):
    assert sentence_for(password) is None


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "密码至少10个字符。"),
        ("Ab1-xyzpq", "密码至少10个字符。"),
        ("aB3" + "x-y" * 42, "密码不能超过128个字符。"),
        ("shizhixinxi", CLASSES),
        ("shizhi720458", CLASSES),
        ("SHIZHI-XINXI", CLASSES),
        ("x-HB3017401-y", "密码不能包含用户名。"),
        ("ｘ-ｈｂ３０１７４０１-Y", "密码不能包含用户名。"),
        ("P@ssw0rd2017", COMMON),
        ("Admin@123456", COMMON),
        ("Hubei-20180101", COMMON),
        ("1qaz@WSX3edc", COMMON),
        ("Woaini-11111", COMMON),
        ("Aaaaaaaaa-1", COMMON),
        ("Yiyuan@2025", COMMON),
    ],
)
def test_bad_passwords(password, sentence):
    assert sentence_for(password) == sentence


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ouyangxiuwen-1", ["欧阳修文"]),
        ("18671903452-Ab", ["18671903452"]),
        ("Qianchuanjie-1", ["前川街"]),
    ],
)
def test_the_owners_own_words_do_not_count(password, words):
    assert sentence_for(password) is None
    assert sentence_for(password, words=words) == COMMON


LINE = [
    "黄陂区前川街道卫生院",
    "黄陂区卫生和计划生育委员会",
    "武汉市卫生和计划生育委员会",
    "王小明",
]


@pytest.mark.parametrize(
    "password",
    [
        *("Huangpi-2017-Hubei", "Hubei@2017#wsj", "Yishi-2017-Kaoshi", "ZhuanyeKaohe2017"),
        *(
            "Demo-2017-Hubei",
            "Qianchuan#Huangpi2018",
            "Wuhan_Weisheng_2018",
            "黄陂前川卫生院Aa-2018",
        ),
        *("Kaohe-Zhengming-88", "WangXiaoming-Hubei-88", "Hubei-93720461-Wuhan"),
    ],
)
def test_words_of_the_own_place_and_of_the_platform_are_no_password(password):
    assert sentence_for(password, words=LINE) in {ONLY_WORDS, COMMON}


@pytest.mark.parametrize(
    "password",
    [
        *(GOOD, "Chengqiang-Hulu-88", "correct horse 9 staple", "Hubei-Lvshan9Baishui"),
        *("Kx7$29384756!", "8fK2-x93Q-77bz", "wo ai 武汉 2018 zhang", "Shiqu-Lengjing-45"),
    ],
)
def test_such_words_beside_others_do_no_harm(password):
    assert sentence_for(password, words=LINE) is None


def test_a_short_user_name_may_occur_by_chance():
    assert sentence_for(GOOD, username="shi") is None


def test_nist_asks_for_length_and_nothing_else():
    def judged(password, method):
        return sentence_for(password, profile=PasswordProfile.NIST, method=method)

    assert judged("chengqiangqianchuan", AuthMethod.PASSWORD) is None
    assert judged("chengqiang-hu", AuthMethod.PASSWORD) == "密码至少15个字符。"
    assert judged("chengqiang-hu", AuthMethod.PASSWORD_TOTP) is None
    assert judged("passwordpassword", AuthMethod.PASSWORD) == COMMON


@pytest.mark.parametrize("method", list(AuthMethod))
@pytest.mark.parametrize("profile", list(PasswordProfile))
def test_what_is_said_beforehand_is_what_is_judged(profile, method):
    rules = RULES[profile]
    said = rules.sentence(method)
    assert f"至少{rules.length_for(method)}个字符" in said
    assert ("三种" in said) == (rules.least_classes > 1)
    assert ("最近5次" in said) == (rules.history == 5)
    assert ("90日" in said) == (rules.lasts == dt.timedelta(days=90))


def test_names_are_known_by_their_pinyin_whole_and_in_parts():
    assert password_rules.spellings("王小明") == ["王小明", "wangxiaoming", "wang", "xiao", "ming"]
    assert password_rules.spellings("") == []


def test_very_long_passwords_are_judged_by_their_beginning():
    assert password_rules.score("a" * 128) == 0
