"""Names of persons and free text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identifiers import InvalidIdentifierError, check_person_name, check_text


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("张三", "张三"),
        (" 张\u3000三 ", "张三"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("买买提‧吐尔逊", "买买提·吐尔逊"),
        ("买买提．吐尔逊", "买买提·吐尔逊"),
        ("买买提 · 吐尔逊", "买买提·吐尔逊"),
        ("〇一", "〇一"),
        ("㐂㛃", "㐂㛃"),  # Extension A.
        ("𠮷野", "𠮷野"),  # Extension B.
        (
            "王\U0002a700\U0002b740\U0002b820\U0002ceb0",
            "王\U0002a700\U0002b740\U0002b820\U0002ceb0",
        ),
        ("王\U0002ebf0\U00030000\U00031350", "王\U0002ebf0\U00030000\U00031350"),
        ("王\ufa0e", "王\ufa0e"),
        ("⾦一", "金一"),  # A radical, as PDF files give it.
        ("\uf90a一", "金一"),  # A compatibility character.
        ("John  F. Kennedy", "John F. Kennedy"),
        ("ＪＯＨＮ", "JOHN"),
        ("Jose\u0301 O\u2019Neil-Mu\u0308ller", "José O'Neil-Müller"),
        ("'t Hooft", "'t Hooft"),
    ],
)
def test_accepted_name(value: str, normal: str) -> None:
    checked = check_person_name(value)
    assert checked.value == normal
    assert checked.warnings == ()
    assert check_person_name(normal) == checked


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("", "请填写姓名"),
        (" \u3000", "请填写姓名"),
        ("张三1", "应全部为汉字"),
        ("张San", "应全部为汉字"),
        ("张，三", "应全部为汉字"),
        ("Иван", "应全部为汉字"),
        ("?", "应全部为汉字"),
        ("-", "应全部为汉字"),
        ("<b>", "应全部为汉字"),
        ("=A1", "应全部为汉字"),
        ("王\ue000", "应全部为汉字"),
        ("·张三", "间隔号"),
        ("张三.", "间隔号"),
        ("张··三", "间隔号"),
        ("张\u200b三", "不可见"),
        ("张\u202e三", "不可见"),
        ("张\x00三", "不可见"),
        ("张\n三", "不可见"),
        ("张\ud800", "不可见"),
    ],
)
def test_refused_name(value: str, part: str) -> None:
    with pytest.raises(InvalidIdentifierError, match=part):
        check_person_name(value)


def test_length_of_a_name() -> None:
    # Outside the basic plane a character still counts once.
    assert check_person_name("𠮷" * 28).value == "𠮷" * 28
    with pytest.raises(InvalidIdentifierError, match="不能超过28个字，现在是29个字"):
        check_person_name("𠮷" * 29)


def test_doubtful_names() -> None:
    assert "只有一个字" in check_person_name("张").warnings[0]
    checked = check_person_name("张？")
    assert checked.value == "张?"
    assert "生僻字" in checked.warnings[0]


@given(st.text(max_size=40))
def test_name_is_idempotent_or_refused(value: str) -> None:
    try:
        checked = check_person_name(value)
    except InvalidIdentifierError:
        return
    assert check_person_name(checked.value) == checked


def test_text() -> None:
    assert check_text("  内科\u3000轮转 ", label="科室").value == "内科\u3000轮转"
    assert check_text("", label="备注").value == ""
    assert check_text("a\r\nb\rc\t", label="备注", multiline=True).value == "a\nb\nc"


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\n", "\u200b", "\u202e", "\u2028", "\ud800"]
)
def test_text_refuses_control_characters(character: str) -> None:
    with pytest.raises(InvalidIdentifierError, match="备注中含有不可见的控制字符"):
        check_text(f"甲{character}乙", label="备注")


def test_length_of_text() -> None:
    assert check_text("甲" * 5, label="备注", max_length=5).value == "甲" * 5
    with pytest.raises(InvalidIdentifierError, match="备注不能超过5个字，现在是6个字"):
        check_text("甲" * 6, label="备注", max_length=5)
