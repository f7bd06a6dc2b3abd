"""Form of an account (新增用户、修改用户)."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import Length

from forms.base import Needed, RecordForm, hidden, select, text
from models import AccountRole, Administrator, AuthMethod
from services.administrators import AdministratorInput
from services.scope import parse_key


class AdministratorForm(RecordForm):
    """An account of the own institution or of one below."""

    institution_id = hidden()
    institution_name = StringField("所属机构", validators=[Needed(), Length(max=100)])
    username = text(
        Administrator.username, description="以字母开头，4至32位字母、数字；留空则自动编号"
    )
    full_name = text(Administrator.full_name, required=True)
    phone = text(
        Administrator.phone, max_length=20, description="认证类型含手机验证码时必填，即绑定的手机号"
    )
    email = text(Administrator.email, max_length=100)
    auth_method = select(Administrator.auth_method, choices=AuthMethod.choices(), required=True)
    role = select(Administrator.role, choices=AccountRole.choices(), required=True)
    is_enabled = BooleanField("启用", default=True)

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        """Fill the form; user name and institution of an existing account do not change.

        A new account signs in by SMS, as the notice demands, until something else is chosen.
        """
        if obj is None and not formdata:
            values.setdefault("auth_method", AuthMethod.PASSWORD_SMS.value)
        super().__init__(formdata, obj, **values)
        if obj is not None:
            del self.username, self.institution_name, self.institution_id

    def to_input(self) -> AdministratorInput:
        """Return what was entered, for the service."""
        row = self._obj
        return AdministratorInput(
            institution_id=(
                row.institution_id if row is not None else parse_key(self.institution_id.data) or 0
            ),
            username=row.username if row is not None else self.username.data or "",
            full_name=self.full_name.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            auth_method=AuthMethod(self.auth_method.data),
            role=AccountRole(self.role.data),
            is_enabled=bool(self.is_enabled.data),
            form_key=self.key_of_form(),
        )
