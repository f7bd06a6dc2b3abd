"""Checking the fields of a form together, so that the user sees all that is wrong at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from extensions import db
from models import label_of
from services.errors import DomainError, FieldErrors, NotFoundError
from services.identifiers import Checked, InvalidIdentifierError, check_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.reference import CodeTable


class FieldChecks:
    """Collects the errors of one form; every check returns the cleaned value.

    A check that fails notes its sentence under the field's name and returns ``None``, as for an
    empty value; ``finish`` raises what was noted. The first error of a field is the one shown.
    """

    def __init__(self) -> None:
        """Start without errors."""
        self.errors: dict[str, str] = {}
        self.absent: list[str] = []
        self.denied: list[str] = []

    def fail(self, field: str, message: str) -> None:
        """Note an error of ``field``."""
        self.errors.setdefault(field, message)

    def fail_absent(self, field: str, message: str) -> None:
        """Note that ``field`` names a record that does not exist for the actor."""
        self.fail(field, message)
        self.absent.append(field)

    def fail_denied(self, field: str, message: str) -> None:
        """Note that the actor may not do what ``field`` says."""
        self.fail(field, message)
        self.denied.append(field)

    def finish(self) -> None:
        """Raise ``FieldErrors`` when anything was noted."""
        if self.errors:
            raise FieldErrors(self.errors, absent=self.absent, denied=self.denied)

    def text(
        self, field: str, value: str | None, column: Any, *, required: bool = False
    ) -> str | None:
        """Check free text for a column: control characters, length, presence."""
        length = column.property.columns[0].type.length
        return self.identifier(
            field,
            value,
            column,
            lambda text: check_text(text, label=label_of(column), max_length=length),
            required=required,
        )

    def identifier(
        self,
        field: str,
        value: str | None,
        column: Any,
        check: Callable[[str], Checked],
        *,
        required: bool = False,
    ) -> str | None:
        """Check a value by one of the functions of ``services.identifiers``."""
        if not (value or "").strip():
            if required:
                self.fail(field, f"请填写{label_of(column)}。")
            return None
        try:
            return check(value or "").value or None
        except InvalidIdentifierError as error:
            self.fail(field, str(error))
            return None

    def code(
        self,
        field: str,
        value: str | None,
        column: Any,
        table: type[CodeTable],
        *,
        required: bool = False,
    ) -> str | None:
        """Check that a code stands in its code table."""
        code = (value or "").strip()
        if not code:
            if required:
                self.fail(field, f"请选择{label_of(column)}。")
            return None
        # What cannot be a code does not reach the database, which refuses some characters.
        known = (
            code.isascii()
            and code.isprintable()
            and db.session.scalar(select(table.code).where(table.code == code)) is not None
        )
        if not known:
            self.fail(field, f"所选{label_of(column)}不存在，请重新选择。")
            return None
        return code

    def rule(self, field: str, check: Callable[[], Any]) -> Any:
        """Run a rule that raises ``DomainError``, and note its sentence under ``field``."""
        try:
            return check()
        except NotFoundError as error:
            self.fail_absent(field, error.message)
        except DomainError as error:
            self.fail(field, error.message)
        return None
