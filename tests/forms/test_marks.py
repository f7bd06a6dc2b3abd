"""What the user of a form has changed, told from what was loaded with it."""

from __future__ import annotations

import datetime as dt
import enum
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import FormField, SelectMultipleField

from forms.base import BaseForm, RecordForm, Rows, date, select, text
from models import TrialCertificate, TrialPeriod


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class RowForm(BaseForm):
    department = text(TrialPeriod.department)
    content = text(TrialPeriod.content, multiline=True)


class SampleForm(RecordForm):
    school = text(TrialCertificate.school)
    born_on = date(TrialCertificate.born_on)
    colour = select(TrialCertificate.gender_code, choices=[(c.value, c.name) for c in Colour])
    codes = SelectMultipleField("代码", choices=["02", "03"])
    periods = Rows(FormField(RowForm))


RECORD = SimpleNamespace(
    version=3,
    school="武汉大学",
    born_on=dt.date(1990, 1, 2),
    colour=Colour.RED,
    codes=["03", "02"],
    periods=[{"department": "内科", "content": "一\n二"}],
)
#: The same content as a browser sends it.
SENT = {
    "version": "3",
    "school": "武汉大学",
    "born_on": "1990年1月2日",
    "colour": "red",
    "codes": ["02", "03"],
    "periods-0-department": "内科",
    "periods-0-content": "一\r\n二",
}


def sent(**changes):
    loaded = SampleForm(None, obj=RECORD).loaded.data
    return SampleForm(MultiDict({"loaded": loaded, **SENT, **changes}), obj=RECORD)


def visible(form):
    return {name for name in form.touched() if name not in {"version", "loaded", "form_key"}}


def test_what_was_merely_loaded_is_not_touched():
    assert visible(sent()) == set()


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"school": "华中大学"}, {"school"}),
        ({"school": ""}, {"school"}),
        ({"born_on": "1990-01-03"}, {"born_on"}),
        ({"born_on": "gestern"}, {"born_on"}),
        ({"colour": "blue", "codes": ["02"]}, {"colour", "codes"}),
        ({"periods-0-content": "三"}, {"periods"}),
        ({"periods-1-department": "外科", "periods-1-content": ""}, {"periods"}),
    ],
)
def test_what_was_typed_is_touched(changes, names):
    assert visible(sent(**changes)) == names


def test_an_empty_field_is_as_empty_as_an_absent_value():
    record = SimpleNamespace(**{**vars(RECORD), "school": None})
    loaded = SampleForm(None, obj=record).loaded.data
    form = SampleForm(MultiDict({**SENT, "loaded": loaded, "school": ""}), obj=RECORD)
    assert visible(form) == set()


@pytest.mark.parametrize("loaded", ["", "absurd", "school", "=", "school=x born_on="])
def test_without_marks_all_counts_as_typed(loaded):
    assert visible(sent(loaded=loaded)) == {"school", "born_on", "colour", "codes", "periods"}


def test_the_marks_survive_a_refusal():
    loaded = SampleForm(None, obj=RECORD).loaded.data
    assert sent(school="").loaded.data == loaded


def test_a_new_record_has_nothing_loaded():
    assert not SampleForm().loaded.data
