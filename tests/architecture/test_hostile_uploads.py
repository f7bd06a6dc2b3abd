"""Every attack by upload in the security bar has a test that bears its number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ATTACKS = [f"D0{number}" for number in range(1, 9)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_is_named_where_it_is_tried(attack):
    named = [
        path.name
        for path in TESTS.rglob("test_*.py")
        if path != Path(__file__) and re.search(rf"\b{attack}\b", path.read_text(encoding="utf-8"))
    ]
    assert named, attack
