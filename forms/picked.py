"""A field for an institution that is looked up by name; a hidden one beside it holds the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wtforms import StringField
from wtforms.validators import Length, StopValidation

from forms.base import Needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from wtforms import Form

NO_SUCH_NAME: Final = "没有这个名称的机构，请输入后从列表中选择。"


class PickedName(StringField):
    """The name that the user sees and types; ``key_field`` is the name of the hidden field.

    The key decides. What was typed and not picked is taken by its whole name (``take``).
    """

    def __init__(self, label: str, key_field: str, **options: Any) -> None:
        """Make the field, which must be filled."""
        checks = [Needed(), Length(max=100), *options.pop("validators", ())]
        super().__init__(label, checks, **options)
        self.key_field = key_field

    def take(self, form: Form, key_of: Callable[[str], int | None]) -> None:
        """Put the key of what was typed into the hidden field, unless something was picked."""
        key = form[self.key_field]
        if self.data and not key.data:
            found = key_of(self.data)
            key.data = str(found) if found is not None else ""

    def pre_validate(self, form: Any) -> None:
        """Refuse a name that is not exactly one institution's."""
        if form[self.key_field].data:
            raise StopValidation
        if self.data:
            raise StopValidation(NO_SUCH_NAME)
