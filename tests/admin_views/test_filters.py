"""What a drop-down of a grid offers, as HTML."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import column
from werkzeug.datastructures import MultiDict

from admin_views.filters import NOT_OFFERED, MultiFilter, SelectFilter

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


def test_one_of_many_that_is_not_offered_lists_nothing_and_says_so():
    choices = [("1", "甲", None), ("2", "乙", None)]
    condition = column("x").in_
    many = MultiFilter("level", "级别", "全部", lambda: choices, condition)
    for given, is_right in ((["1", "2"], True), (["2"], True), (["1", "9"], False), (["z"], False)):
        arguments = MultiDict([("level", value) for value in given])
        assert many.problem(arguments) == ("" if is_right else NOT_OFFERED)
        assert (str(many.clause(arguments)) == "false") is not is_right
    assert many.clause(MultiDict([("level", "")])) is None
