"""What all forms share: blanks taken off, Chinese sentences, labels and lengths from the columns.

The forms are plain WTForms; the token against forged requests is checked for every POST by
``CSRFProtect``, and templates print it by ``csrf_token()``. Build fields by ``text``, ``date``,
``select`` and ``hidden``, which read label and length from the mapped column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, StopValidation, ValidationError
from wtforms.widgets import TextInput

from forms.marks import marks_of, touched
from models.base import label_of
from services import auth_methods, form_keys
from services.errors import DomainError, FieldErrors
from services.identifiers import InvalidIdentifierError, check_text
from services.scope import parse_key
from services.typed_dates import parse_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wtforms.fields.core import UnboundField
    from wtforms.form import BaseForm as WtformsBase

    _FieldList = FieldList[Any]
else:
    # The class is generic for the type checker only.
    _FieldList = FieldList

#: The first entry of a list from which something must be chosen.
UNCHOSEN: Final = ("", "请选择")
_DATE_EXAMPLE: Final = "如 2017-12-31"


class _Chinese:
    """The messages of WTForms in Chinese: its own catalogue lacks some, and words others oddly."""

    _PLURAL: ClassVar[Mapping[str, str]] = {
        "Field must be at least %(min)d character long.": "不能少于%(min)d个字。",
        "Field cannot be longer than %(max)d character.": "不能超过%(max)d个字。",
        "Field must be exactly %(max)d character long.": "应为%(max)d个字。",
    }
    _CHOICE: Final = "所选内容不存在，请重新选择。"
    _OTHER: Final = "填写的内容不正确，请核对后重新填写。"

    def gettext(self, text: str) -> str:
        """Return the sentence for a message; what is none, such as a field's name, stays."""
        if not text.endswith("."):
            return text
        if "choice" in text.casefold() or "coerce" in text:
            return self._CHOICE
        return "请填写此项。" if "required" in text else self._OTHER

    def ngettext(self, singular: str, _plural: str, _number: int) -> str:
        """Return the sentence for a message that counts; Chinese has one form for all numbers."""
        return self._PLURAL.get(singular) or self.gettext(singular)


_CHINESE: Final = _Chinese()


class BaseForm(Form):
    """A form as Flask-Admin calls it (``form(formdata, obj=row)``), with the project's manners."""

    #: Whether the record refused what was typed, whatever it was: the lock fell meanwhile.
    is_refused: bool = False

    class Meta:
        """How fields are bound: texts without blanks at their ends or control characters."""

        def get_translations(self, form: WtformsBase) -> Any:
            """Return WTForms' own messages in Chinese, which are never shown in English."""
            return _CHINESE

        def bind_field(
            self, form: WtformsBase, unbound_field: UnboundField[Any], options: dict[str, Any]
        ) -> Field:
            """Bind one field; what a text field gets here it gets everywhere."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                given = unbound_field.kwargs
                options["filters"] = [stripped, *given.get("filters", ())]
                options["validators"] = [*(given.get("validators") or ()), printable]
            bound: Field = unbound_field.bind(form=form, **options)
            return bound

    def __init__(
        self, formdata: Any = None, obj: Any = None, prefix: str = "", **values: Any
    ) -> None:
        """Fill the form from what was posted, else from ``obj``, else from ``values``."""
        self._obj = obj
        super().__init__(formdata, obj, prefix, **values)

    def place(self, error: DomainError) -> list[str]:
        """Put the sentences of an error beside their fields; return those that have no field.

        Fields of rows are named by their position: ``periods-0-ended_on``. What is wrong with a
        hidden key stands beside the name that the user sees: ``parent_id`` → ``parent_name``.
        """
        if isinstance(error, FieldErrors):
            errors: Mapping[str, str] = error.errors
        else:
            errors = {error.field or "": error.message}
        fields = {field.name: field for field in leaf_fields(self)}
        homeless = []
        for name, sentence in errors.items():
            field = _seen(fields, name)
            if field is None:
                homeless.append(sentence)
            elif sentence not in field.errors:
                field.errors = [*field.errors, sentence]
        return homeless


class RecordForm(BaseForm):
    """A form of one record: it carries the version of the record from which it was filled.

    The form of a new record carries a key instead, so that sent twice it makes one record.
    """

    version = HiddenField()
    form_key = HiddenField()
    #: The marks of what the record held when the form was opened.
    loaded = HiddenField()
    #: What is wrong with the institution that the form names; the screen knows who asks.
    judge_owner: Callable[[], Mapping[str, str]] = dict

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form."""
        if obj is None and not formdata:
            values.setdefault("form_key", form_keys.draw())
        super().__init__(formdata, obj, **values)
        self.conceal()
        if obj is not None:
            del self.form_key
            if not formdata:
                self.loaded.data = marks_of(self)

    def conceal(self) -> None:
        """Take away what the reader may not know, before anything is made of it."""

    def problems(self) -> Mapping[str, str]:
        """Return what the rules of the record say of the fields: field → sentence."""
        return {}

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape of the fields; when it is wrong, say what else is wrong, too."""
        if super().validate(extra_validators):
            return True
        fields = {field.name: field for field in leaf_fields(self)}
        for name, sentence in {**self.problems(), **self.judge_owner()}.items():
            field = _seen(fields, name)
            if field is not None and not field.errors:
                field.errors = [sentence]
        return False

    def key_of_form(self) -> str | None:
        """Return the key of a form for a new record."""
        return self.form_key.data or None if "form_key" in self else None

    def touched(self) -> frozenset[str]:
        """Return the names of the fields that hold something else than when the form was opened."""
        return touched(self, self.loaded.data)

    def expected_version(self) -> int:
        """Return the version that the user saw; 0, which no record has, when it was not posted.

        WTForms fills a field that was not posted from the record: that would compare the record's
        version with itself.
        """
        posted = self.version.raw_data
        return (parse_key(posted[0]) if posted else None) or 0


def _seen(fields: Mapping[str, Field], name: str) -> Field | None:
    """Return the field beside which an error stands: that of the name instead of a hidden key."""
    field = fields.get(name)
    if isinstance(field, HiddenField):
        return fields.get(name.removesuffix("_id") + "_name")
    return field


def leaf_fields(form: Form) -> Iterator[Field]:
    """Yield the fields of a form, and those of its rows."""
    for field in form:
        yield field
        if isinstance(field, FieldList):
            for entry in field.entries:
                if isinstance(entry, FormField):
                    yield from leaf_fields(entry.form)
                else:
                    yield entry


class DateField(Field):
    """A date typed as people do: 2017-12-31, 20171231, 2017.12.31, 2017/12/31, 2017年12月31日."""

    widget = TextInput()
    data: dt.date | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show in the empty field how a date may be typed."""
        kwargs["render_kw"] = {"placeholder": _DATE_EXAMPLE, **(kwargs.get("render_kw") or {})}
        super().__init__(*args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data is not None else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the date; raises ``ValueError`` with the sentence that WTForms shows."""
        self.data = None
        typed = str(valuelist[0]) if valuelist else ""
        if typed.strip():
            self.data = parse_date(typed)


class Rows(_FieldList):
    """Rows of a form, numbered from 0 without gaps whatever rows the browser has taken out."""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Number the posted rows anew, so that a row's number is its position."""
        if formdata:
            formdata = self._renumbered(formdata)
        super().process(formdata, data if data is not None else (), extra_filters)

    def _renumbered(self, formdata: Any) -> MultiDict[str, Any]:
        pattern = re.compile(re.escape(self.name) + r"-([0-9]{1,6})(-.*)?")
        rows: dict[int, list[tuple[str, Any]]] = {}
        for key in formdata:
            found = pattern.fullmatch(key)
            if found:
                rest = found[2] or ""
                rows.setdefault(int(found[1]), []).extend(
                    (rest, value) for value in formdata.getlist(key)
                )
        return MultiDict(
            (f"{self.name}-{position}{rest}", value)
            for position, number in enumerate(sorted(rows))
            for rest, value in rows[number]
        )


def stripped(value: Any) -> Any:
    """Return a text without the blanks at its ends; anything else as it is."""
    return value.strip() if isinstance(value, str) else value


def printable(form: Form, field: Field) -> None:  # noqa: ARG001 - a validator of WTForms
    """Refuse control characters, which no form needs and PostgreSQL does not take all."""
    if not isinstance(field.data, str):
        return
    try:
        check_text(field.data, label=field.label.text, multiline=isinstance(field, TextAreaField))
    except InvalidIdentifierError as error:
        raise ValidationError(str(error)) from error


class Needed:
    """Refuse an empty field by its own name; the browser marks the field as required."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, _form: Any, field: Field) -> None:
        """Stop the validation of an empty field."""
        empty = field.data is None or (isinstance(field.data, str) and not field.data.strip())
        if empty and not field.process_errors:
            verb = "请选择" if isinstance(field, SelectField) else "请填写"
            raise StopValidation(f"{verb}{field.label.text}。")


def text(
    column: Any,
    *,
    required: bool = False,
    multiline: bool = False,
    max_length: int | None = None,
    description: str = "",
    **options: Any,
) -> Any:
    """Return a text field for a mapped column: label and greatest length are the column's.

    Encrypted columns have no length; give them one.
    """
    limit = max_length or getattr(column.property.columns[0].type, "length", None)
    validators = [*_needed(required=required), *options.pop("validators", ())]
    if limit is not None:
        validators.append(Length(max=limit, message=f"不能超过{limit}个字。"))
    return (TextAreaField if multiline else StringField)(
        options.pop("label", None) or label_of(column),
        validators=validators,
        description=description,
        **options,
    )


def date(column: Any, *, required: bool = False, description: str = "", **options: Any) -> Any:
    """Return a date field for a mapped column."""
    return DateField(
        label_of(column),
        validators=[*_needed(required=required), *options.pop("validators", ())],
        description=description,
        **options,
    )


def select(
    column: Any,
    *,
    choices: Sequence[tuple[Any, str]] | Callable[[], Sequence[tuple[Any, str]]] | None = None,
    required: bool = False,
    description: str = "",
    **options: Any,
) -> Any:
    """Return a list field for a mapped column; forms fill in lists that come from code tables."""
    return SelectField(
        label_of(column),
        # WTForms takes pairs from a function only.
        choices=choices if choices is None or callable(choices) else lambda: choices,
        validators=[*_needed(required=required), *options.pop("validators", ())],
        description=description,
        **options,
    )


def method_choices() -> list[tuple[str, str]]:
    """Return the 认证类型 that may be chosen on this installation, for a ``select``."""
    return [(method.value, method.label) for method in auth_methods.choosable()]


def hidden(**options: Any) -> Any:
    """Return a field that the user does not see."""
    return HiddenField(**options)


def _needed(*, required: bool) -> list[Any]:
    return [Needed()] if required else []
