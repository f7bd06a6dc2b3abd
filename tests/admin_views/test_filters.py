"""What a drop-down of a grid offers, as HTML."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from admin_views.filters import SelectFilter

EVERY = '<option value="">全部</option>'


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("", ""),
        ("1", '<option value="1" selected>甲</option>'),
        ("12", '<option value="12" selected data-above="1">乙&lt;b&gt;</option>'),
        ('"', '<option value="&#34;" selected>丙</option>'),
        ("2", ""),
        ('1">', ""),
    ],
)
def test_the_one_that_is_asked_for_is_selected(given, shown):
    choices = [("1", "甲", None), ("12", "乙<b>", "1"), ('"', "丙", None)]
    choice = SelectFilter("grade", "等次", "全部", lambda: choices, lambda _value: None)
    for _ in range(2):
        with Flask(__name__).app_context():
            html = choice.options(MultiDict({"grade": given}))
        assert html.startswith(EVERY)
        assert html.count("<option ") == 4
        assert html.count(" selected") == bool(shown)
        assert shown in html
