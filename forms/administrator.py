"""Form of an account (新增用户、修改用户)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, StringField
from wtforms.validators import Length

from forms.base import Needed, RecordForm, hidden, method_choices, select, text
from models import AccountRole, Administrator, AuthMethod, Institution
from services import auth_methods
from services.administrators import AdministratorInput, propose_username
from services.errors import DomainError
from services.scope import find, parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence


class AdministratorForm(RecordForm):
    """An account of the own institution or of one below."""

    institution_id = hidden()
    institution_name = StringField("所属机构", validators=[Needed(), Length(max=100)])
    username = text(
        Administrator.username, description="以字母开头，4至32位字母、数字或下划线；留空则自动编号"
    )
    full_name = text(Administrator.full_name, required=True)
    phone = text(Administrator.phone, max_length=20, description="用户本人的手机号")
    email = text(Administrator.email, max_length=100)
    auth_method = select(Administrator.auth_method, choices=method_choices, required=True)
    role = select(Administrator.role, choices=AccountRole.choices(), required=True)
    is_enabled = BooleanField("启用", default=True)

    def __init__(
        self,
        formdata: Any = None,
        obj: Any = None,
        *,
        roles: Sequence[AccountRole] = tuple(AccountRole),
        shows_contacts: bool = True,
        masked_phone: str = "",
        is_own: bool = False,
        **values: Any,
    ) -> None:
        """Fill the form; user name and institution of an existing account do not change.

        A new account signs in as is usual until something else is chosen.
        ``roles`` are those that may be given. The phone of an account is never told but as
        ``masked_phone``, and its e-mail not without ``shows_contacts``: they stay as they are
        unless others are entered. With ``is_own`` it is the reader's: 安全设置 changes the phone,
        and somebody else how the account signs in.
        """
        if obj is None and not formdata:
            values.setdefault("auth_method", auth_methods.usual().value)
        self._hides_email = obj is not None and not shows_contacts
        self._masked_phone = masked_phone
        super().__init__(formdata, obj, **values)
        self.role.choices = [(role.value, role.label) for role in roles]
        if obj is not None:
            del self.username, self.institution_name, self.institution_id
            self.auth_method.description = "提高后，尚未登记的用户须由您重置密码才能再登录"
            present = (obj.auth_method.value, obj.auth_method.label)
            if present not in self.auth_method.choices:
                # It was chosen while SMS were sent; saving must not lower it by mistake.
                self.auth_method.choices = [*self.auth_method.choices, present]
        if is_own:
            del self.phone, self.auth_method

    def conceal(self) -> None:
        """Empty the phone of an account, and the e-mail for whoever may not see it."""
        if self._obj is None:
            return
        bound = f"已绑定 {self._masked_phone}" if self._masked_phone else "未绑定"
        self.phone.description = f"{bound}；留空则不变，填写新号码则更换"
        if self._hides_email:
            self.email.description = "不显示原内容；留空则不修改"
        for field in (self.phone, *((self.email,) if self._hides_email else ())):
            # WTForms fills a field that was not posted from the record.
            if not field.raw_data:
                field.data = ""

    def propose_username(self) -> None:
        """Show beside the empty field which user name the chosen institution would get."""
        key = parse_key(self.institution_id.data)
        if key is None:
            return
        institution = find(Institution, key)
        try:
            proposed = propose_username(institution)
        except DomainError:
            # All numbers are used: saving says so.
            return
        self.username.description += f"（{institution.name}的下一个为 {proposed}）"

    def to_input(self) -> AdministratorInput:
        """Return what was entered, for the service."""
        row = self._obj
        return AdministratorInput(
            institution_id=(
                row.institution_id if row is not None else parse_key(self.institution_id.data) or 0
            ),
            username=row.username if row is not None else self.username.data or "",
            full_name=self.full_name.data or "",
            phone=(self.phone.data or "") if "phone" in self else None,
            email=self.email.data or (None if self._hides_email else ""),
            auth_method=(
                AuthMethod(self.auth_method.data)
                if "auth_method" in self
                else self._obj.auth_method
            ),
            role=AccountRole(self.role.data),
            is_enabled=bool(self.is_enabled.data),
            form_key=self.key_of_form(),
        )
