"""Law: every mapped class, column and enum stands in the glossary, so that words stay the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.orm import configure_mappers

import models
from models.base import Base, LabelledEnum

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
SECTION = re.compile(r"^## `(\w+)`.*?$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def missing_words(glossary: str, classes: dict[str, set[str]]) -> set[str]:
    """Return the classes and the columns (``Class.column``) that the glossary does not hold."""
    sections = {name: set(re.findall(r"`(\w+)`", text)) for name, text in SECTION.findall(glossary)}
    common = re.search(
        r"^## Columns of many tables$(.*?)(?=^## )", glossary, re.MULTILINE | re.DOTALL
    )
    everywhere = set(re.findall(r"`(\w+)`", common[1])) if common else set()
    missing = {name for name in classes if name not in sections}
    missing |= {
        f"{name}.{column}"
        for name, columns in classes.items()
        for column in columns - everywhere - sections.get(name, set())
    }
    return missing


@pytest.fixture(scope="module")
def glossary():
    return GLOSSARY.read_text(encoding="utf-8")


def test_every_class_and_column_stands_in_the_glossary(glossary):
    configure_mappers()
    classes = {
        mapper.class_.__name__: {attribute.key for attribute in mapper.column_attrs}
        for mapper in Base.registry.mappers
    }

    assert classes
    assert missing_words(glossary, classes) == set()


def test_every_stored_enum_stands_in_the_glossary(glossary):
    enums = {
        value.__name__
        for value in vars(models).values()
        if isinstance(value, type) and issubclass(value, LabelledEnum) and value is not LabelledEnum
    }

    assert enums
    assert {name for name in enums if f"`{name}`" not in glossary} == set()


def test_every_member_stands_with_its_label(glossary):
    for name, enum in vars(models).items():
        if isinstance(enum, type) and issubclass(enum, LabelledEnum) and enum is not LabelledEnum:
            members = "、".join(f"{member.label} `{member.name}`" for member in enum)
            assert f"| `{name}` | {members} |" in glossary


def test_nothing_stale_is_left(glossary):
    columns = {
        mapper.class_.__name__: {attribute.key for attribute in mapper.column_attrs}
        for mapper in Base.registry.mappers
    }
    for name, text in SECTION.findall(glossary):
        assert name in columns, f"{name} is no model"
        rows = re.findall(r"^\| (.*) \| `(\w+)` \|$", text, re.MULTILINE)
        assert {column for _, column in rows} <= columns[name], name
        assert all(label.strip() for label, _ in rows), f"{name} has a column without a word"


def test_the_law_finds_what_is_missing():
    text = "## Columns of many tables\n`id`\n\n## `Known` x\n| a | `there` |\n"

    found = missing_words(text, {"Known": {"id", "there", "gone"}, "Unknown": {"id"}})

    assert found == {"Known.gone", "Unknown"}
