"""What a form shows: errors beside their fields, and values as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from flask import flash, render_template
from sqlalchemy.exc import IntegrityError
from wtforms import HiddenField

from admin_views.denials import record_absence, record_denial
from extensions import db
from models import Institution
from services import scope
from services.audit import shown as display
from services.errors import (
    DomainError,
    FieldErrors,
    LockedError,
    NotAllowedError,
    NotFoundError,
    NotProvenError,
    StaleVersionError,
)
from services.throttle import TooManyAttemptsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

ResultT = TypeVar("ResultT")

CONFLICT: Final = "该内容与已有记录冲突，未保存。请核对后重试。"


def show_errors(form: Any, error: DomainError) -> None:
    """Put the sentences of an error beside their fields, and those without a field on top."""
    for sentence in form.place(error):
        flash(sentence, "error")


@dataclass(frozen=True)
class Done(Generic[ResultT]):
    """A use case that was performed and committed, and what it returned."""

    result: ResultT


def attempt(form: Any, act: Callable[[], ResultT]) -> Done[ResultT] | None:
    """Run a use case and commit; show its errors beside their fields and return ``None``.

    What does not concern the fields is raised on: what is not found, not allowed, or stale. A lock
    that fell while the form was being filled in is said on the form, which keeps all that was
    typed; ``status_of`` tells such a refusal. A key of what does not exist for the actor, and what
    he may not do, is said on the form, and on record.
    """
    try:
        result = act()
        db.session.commit()
    except LockedError as error:
        _refuse_locked(form, error)
    except (NotAllowedError, NotFoundError, StaleVersionError):
        raise
    except DomainError as error:
        db.session.rollback()
        record_refused_fields(error)
        show_errors(form, error)
    except IntegrityError:
        db.session.rollback()
        show_errors(form, DomainError(CONFLICT))
    else:
        return Done(result)
    return None


def is_open(form: Any, require: Callable[[], None]) -> bool:
    """Whether ``require`` lets a posted form through; a lock is said on the form, and on record.

    Asked before the fields are looked at: nobody is to mend what cannot be saved.
    """
    try:
        require()
    except LockedError as error:
        _refuse_locked(form, error)
        return False
    return True


def _refuse_locked(form: Any, error: LockedError) -> None:
    record_denial()
    form.is_refused = True
    show_errors(form, error)


def record_refused_fields(error: DomainError) -> None:
    """Leave an entry when fields named what is not there for the actor, or what he may not do.

    What is merely wrong leaves none. Ends the transaction.
    """
    if isinstance(error, FieldErrors) and error.absent:
        record_absence(*error.absent)
    if isinstance(error, FieldErrors) and error.denied:
        record_denial("".join(error.errors[name] for name in error.denied))


def owner_problem(key: object, field: str) -> dict[str, str]:
    """Return what is wrong with the posted key of an institution, under the name of a field.

    For forms that are not saved because of something else: said and recorded as if they were.
    """
    try:
        if key:
            owner_named(key, field)
    except FieldErrors as error:
        record_refused_fields(error)
        return error.errors
    return {}


def owner_named(key: object, field: str) -> Institution:
    """Return the institution whose key a form has posted; one out of reach is the error of a field.

    Raises ``FieldErrors``.
    """
    try:
        return scope.find(Institution, key)
    except NotFoundError as error:
        raise FieldErrors({field: error.message}, absent=("institution_id",)) from None


def status_of_error(error: DomainError | None) -> int:
    """Return the status of a plain page that shows ``error``, or none."""
    match error:
        case None:
            return HTTPStatus.OK
        case NotProvenError():
            return HTTPStatus.UNAUTHORIZED
        case TooManyAttemptsError():
            return HTTPStatus.TOO_MANY_REQUESTS
        case _:
            return HTTPStatus.BAD_REQUEST


def status_of(form: Any, status: int) -> int:
    """Return the status of a page with ``form``: 403 when a lock refused what was typed."""
    return 403 if form.is_refused else status


def conflict_page(
    form: Any,
    saved: Any,
    again: str,
    *,
    was_only_locked: bool = False,
    is_deletion: bool = False,
) -> ResponseReturnValue:
    """Return the page that shows what the user has changed beside what was saved meanwhile.

    ``saved`` is the same form filled from the record; ``again`` is where the user may start anew.
    What was merely loaded with the form is left out: it is nobody's wish that it should stand.
    For an ``is_deletion`` the form holds the record as it was shown to the user. With
    ``was_only_locked`` nobody has saved anything: the record was locked and unlocked again.
    """
    touched = form.touched()
    pairs = [
        (typed.label.text, readable(kept), readable(typed))
        for typed, kept in zip(form, saved, strict=False)
        if typed.name in touched
    ]
    differing = [pair for pair in pairs if pair[1] != pair[2]]
    page = render_template(
        "admin/conflict.html",
        pairs=differing,
        again=again,
        was_only_locked=was_only_locked,
        is_deletion=is_deletion,
    )
    return page, 409


def readable(field: Any) -> str:
    """Return the value of a form field as a person reads it."""
    if hasattr(field, "entries"):
        return "；".join(
            # What is hidden holds keys, which are no words for people.
            "，".join(readable(leaf) for leaf in entry.form if not isinstance(leaf, HiddenField))
            if hasattr(entry, "form")
            else readable(entry)
            for entry in field.entries
        )
    if hasattr(field, "iter_choices"):
        labels = {choice.value: str(choice.label) for choice in field.iter_choices()}
        values = field.data if isinstance(field.data, list) else [field.data]
        return "、".join(labels.get(value, "") for value in values)
    return display(field.data)
