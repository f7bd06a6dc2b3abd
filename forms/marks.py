"""Marks of what a form was filled from, so that what its user has changed can be told later.

A form of a record carries a mark of each value beside its version. Of a form that comes too late
only what was really typed is then shown as its user's, not what was merely loaded with it.
"""

from __future__ import annotations

import hashlib
import json
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from wtforms import FieldList, FormField, HiddenField

if TYPE_CHECKING:
    from wtforms import Field, Form

#: Enough to tell two values of one field apart; nobody gains by making two that agree.
_LENGTH: Final = 10


def marks_of(form: Form) -> str:
    """Return the marks of all visible fields of ``form`` as one text: ``name=mark name=mark``."""
    return " ".join(
        f"{field.name}={_mark(field)}" for field in form if not isinstance(field, HiddenField)
    )


def touched(form: Form, loaded: str | None) -> frozenset[str]:
    """Return the names of the visible fields whose value differs from the marks ``loaded``.

    A field without a mark counts as touched, so that nothing typed is kept back.
    """
    marks = dict(pair.split("=", 1) for pair in (loaded or "").split() if "=" in pair)
    return frozenset(
        field.name
        for field in form
        if not isinstance(field, HiddenField) and marks.get(field.name) != _mark(field)
    )


def _mark(field: Field) -> str:
    content = json.dumps(_plain(field), ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:_LENGTH]


def _plain(field: Field) -> Any:
    """Return a value in one shape, whether it was read from a record or from what was posted."""
    if isinstance(field, FormField):
        return [_plain(leaf) for leaf in field.form]
    if isinstance(field, FieldList):
        return [_plain(entry) for entry in field.entries]
    value = field.data
    if isinstance(value, list):
        return sorted(map(str, value))
    if isinstance(value, Enum):
        value = value.value
    if not value and value != 0:
        return ""
    # A browser ends the lines of a text in its own way.
    return str(value).replace("\r\n", "\n")
