"""No message of WTForms' own reaches a page in English."""

from __future__ import annotations

import re

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import (
    DecimalField,
    FieldList,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import URL, AnyOf, DataRequired, EqualTo, InputRequired, Length, NumberRange

import forms.administrator
import forms.certificate
import forms.institution
import forms.licence
import forms.sign_in
import forms.workbook
from forms.base import BaseForm, leaf_fields
from tests.factories.codes import load_codes

#: Words of a message; codes and file types are shorter.
ENGLISH = re.compile(r"[A-Za-z]{4,}")
#: What a browser never sends.
HAND_MADE = ("", "absurd", "\x01", "9" * 600)


def forms_of_the_platform():
    """Return all forms that can be shown, however deep they derive from the base."""
    found, waiting = set(), [BaseForm]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found |= {one for one in below if one.__module__.startswith("forms.")}
    return sorted(
        (one for one in found if not one.__name__.startswith("_")), key=lambda one: one.__name__
    )


def messages_of(form):
    """Return all that is said of fields which the user sees."""
    seen = [one for one in leaf_fields(form) if not isinstance(one, HiddenField | FieldList)]
    return [str(error) for field in seen for error in field.errors]


def test_all_forms_are_ours():
    assert len(forms_of_the_platform()) > 8
    for module in (forms.administrator, forms.certificate, forms.institution, forms.licence):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Form) and value is not Form:
                assert issubclass(value, BaseForm)


@pytest.mark.parametrize("form_class", forms_of_the_platform(), ids=lambda one: one.__name__)
@pytest.mark.parametrize("value", HAND_MADE, ids=["empty", "word", "control", "long"])
def test_what_is_sent_by_hand_is_answered_in_chinese(app, session, form_class, value):
    load_codes()
    with app.test_request_context():
        names = [field.name for field in leaf_fields(form_class(MultiDict()))]
        form = form_class(MultiDict([(name, value) for name in names]))
        form.validate()
        messages = messages_of(form)
    assert [one for one in messages if ENGLISH.search(one)] == []


def test_every_message_of_wtforms_has_its_sentence():
    class Everything(BaseForm):
        number = IntegerField("数", validators=[NumberRange(1, 2)])
        decimal = DecimalField("数")
        one = SelectField("选", choices=lambda: [("a", "甲")])
        several = SelectMultipleField("选", choices=lambda: [("a", "甲")])
        radio = RadioField("选", choices=lambda: [("a", "甲")])
        key = SelectField("选", coerce=int, choices=lambda: [(1, "甲")])
        needed = StringField("字", validators=[DataRequired()])
        given = StringField("字", validators=[InputRequired()])
        short = StringField("字", validators=[Length(max=2)])
        long = StringField("字", validators=[Length(min=20)])
        exact = StringField("字", validators=[Length(3, 3)])
        same = StringField("字", validators=[EqualTo("needed")])
        some = StringField("字", validators=[AnyOf(["a"])])
        link = StringField("字", validators=[URL()])

    given = dict.fromkeys(("decimal", "one", "several", "radio", "key", "short"), "无此项")
    given |= dict.fromkeys(("long", "exact", "same", "some", "link", "number"), "无此项甲")
    form = Everything(MultiDict(given))
    assert not form.validate()
    messages = messages_of(form)
    assert len(messages) >= 14
    assert [one for one in messages if ENGLISH.search(one)] == []
    assert form.several.errors == ["所选内容不存在，请重新选择。"]
    assert form.short.errors == ["不能超过2个字。"]
    assert form.long.errors == ["不能少于20个字。"]
    assert form.needed.errors == ["请填写此项。"]
