"""What a form shows: errors beside their fields, and values as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash

from admin_views.formatters import display

if TYPE_CHECKING:
    from services.errors import DomainError


def show_errors(form: Any, error: DomainError) -> None:
    """Put the sentences of an error beside their fields, and those without a field on top."""
    for sentence in form.place(error):
        flash(sentence, "error")


def readable(field: Any) -> str:
    """Return the value of a form field as a person reads it."""
    if hasattr(field, "entries"):
        return "；".join(
            "，".join(readable(leaf) for leaf in entry.form if leaf.type != "CSRFTokenField")
            if hasattr(entry, "form")
            else readable(entry)
            for entry in field.entries
        )
    if hasattr(field, "choices") and field.choices:
        labels: dict[Any, Any] = dict(pair[:2] for pair in field.choices if isinstance(pair, tuple))
        values = field.data if isinstance(field.data, list) else [field.data]
        return "、".join(str(labels.get(value, "")) for value in values)
    return display(field.data)
