"""Form of 批量开户: a row for each institution with the person who gets its first account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import FormField, StringField
from wtforms.validators import Length

from forms.base import BaseForm, RecordForm, Rows, hidden, leaf_fields, method_choices, select, text
from models import Administrator, AuthMethod
from services import auth_methods
from services.account_batches import AccountEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models import Institution
    from services.account_batches import ReadEntry

_LONGEST_PHONE = 20
_LONGEST_EMAIL = 100


class AccountRowForm(BaseForm):
    """One row; the service says what is missing."""

    institution_id = hidden()
    institution_name = StringField("机构名称", validators=[Length(max=100)])
    full_name = text(Administrator.full_name)
    phone = text(Administrator.phone, max_length=_LONGEST_PHONE)
    email = text(Administrator.email, max_length=_LONGEST_EMAIL)
    auth_method = select(
        Administrator.auth_method,
        choices=method_choices,
        default=lambda: auth_methods.usual().value,
    )

    def to_input(self) -> AccountEntry:
        """Return what was entered, for the service."""
        return AccountEntry(
            institution_id=self.institution_id.data or "",
            full_name=self.full_name.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            auth_method=next(
                (method for method in AuthMethod if method == self.auth_method.data),
                auth_methods.usual(),
            ),
        )


class AccountBatchForm(RecordForm):
    """The rows of a batch, from the grid, from a table, or typed."""

    rows = Rows(FormField(AccountRowForm), "用户", min_entries=1)

    @classmethod
    def of_institutions(cls, institutions: Sequence[Institution]) -> AccountBatchForm:
        """Return the form with an empty row for each institution."""
        rows = [{"institution_id": row.id, "institution_name": row.name} for row in institutions]
        return cls(None, rows=rows or [{}])

    @classmethod
    def of_table(cls, entries: Sequence[ReadEntry]) -> AccountBatchForm:
        """Return the form as an uploaded table fills it in, with what is wrong in its cells."""
        rows: list[dict[str, Any]] = [
            {
                "institution_id": read.entry.institution_id,
                "institution_name": read.institution_name,
                "full_name": read.entry.full_name,
                "phone": read.entry.phone,
                "email": read.entry.email,
                "auth_method": read.entry.auth_method.value,
            }
            for read in entries
        ]
        form = cls(None, rows=rows)
        fields = {field.name: field for field in leaf_fields(form)}
        for number, read in enumerate(entries):
            for name, sentence in read.errors.items():
                fields[f"rows-{number}-{name}"].errors = [sentence]
        return form

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong at any row."""
        return any(field.errors for field in leaf_fields(self) if field.name != "rows")

    def to_input(self) -> list[AccountEntry]:
        """Return the rows, for the service."""
        return [entry.form.to_input() for entry in self.rows.entries]

    def complete(self, errors: Mapping[str, str]) -> None:
        """Put sentences beside the fields that have none yet."""
        fields = {field.name: field for field in leaf_fields(self)}
        for name, sentence in errors.items():
            shown = name.replace("-institution_id", "-institution_name")
            if not fields[shown].errors:
                fields[shown].errors = [sentence]
