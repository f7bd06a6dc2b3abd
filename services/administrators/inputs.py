"""What the form of an account holds, and which values may be stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models import AccountRole, Administrator, AuthMethod, Institution
from models.administrator import PROVINCE_ROLES, fold_username
from models.encryption import blind_index
from services import auth_methods, form_keys, identifiers, roles
from services.errors import DomainError
from services.identifiers import Checked, InvalidIdentifierError
from services.scope import find

if TYPE_CHECKING:
    from services.actor import Actor
    from services.fields import FieldChecks

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST_EMAIL: Final = 100


@dataclass(frozen=True)
class AdministratorInput:
    """What the form of an account holds; keys as the browser sent them.

    An empty user name is proposed by the platform. ``phone`` and ``email`` are left as they are by
    ``None``; an empty text removes the e-mail, and leaves the phone of an account, too, which
    ``unbind`` takes away. ``form_key`` is drawn when a form for a new account is
    shown, so that the same form sent twice makes one account.
    """

    institution_id: object
    full_name: str
    auth_method: AuthMethod
    username: str = ""
    phone: str | None = None
    email: str | None = None
    role: AccountRole = AccountRole.OPERATOR
    is_enabled: bool = True
    form_key: str | None = None


def checked_values(
    checks: FieldChecks, data: AdministratorInput, administrator: Administrator | None = None
) -> dict[str, object]:
    """Return the cleaned values of an account by column; what is wrong is noted in ``checks``.

    Who signs in by SMS needs a phone; without ``administrator`` the account is a new one.
    """
    values: dict[str, object] = {
        "full_name": checks.identifier(
            "full_name",
            data.full_name,
            Administrator.full_name,
            identifiers.check_person_name,
            required=True,
        ),
        "auth_method": data.auth_method,
        "role": data.role,
        "is_enabled": data.is_enabled,
    }
    if data.phone is not None and (administrator is None or data.phone.strip()):
        values["phone"] = checks.identifier(
            "phone", data.phone, Administrator.phone, identifiers.check_mobile
        )
    if data.email is not None:
        values["email"] = checks.identifier("email", data.email, Administrator.email, _check_email)
    phone = values.get("phone", administrator.phone if administrator is not None else None)
    begins_anew = administrator is None or administrator.must_change_password
    chosen = administrator is None or administrator.auth_method is not data.auth_method
    if chosen and data.auth_method not in auth_methods.choosable():
        checks.fail("auth_method", auth_methods.NO_SMS)
    needed = auth_methods.effective(data.auth_method)
    if needed is AuthMethod.PASSWORD_SMS and not (phone or begins_anew):
        checks.fail("phone", "请填写手机号；或重置密码，由用户本人下次登录时绑定。")
    if data.role in PROVINCE_ROLES:
        _check_holder(checks, phone, administrator)
    return values


def chosen_institution(
    checks: FieldChecks, actor: Actor, data: AdministratorInput
) -> Institution | None:
    """Return the node to which a new account belongs, with what is wrong with giving it there."""
    if not data.institution_id:
        checks.fail("institution_id", "请选择所属机构。")
        return None
    found: Institution | None = checks.rule(
        "institution_id", lambda: find(Institution, data.institution_id)
    )
    if found is not None:
        if not roles.may_manage(actor, found.path):
            checks.fail_denied("institution_id", roles.OF_FIRST_BUREAU)
        check_role(checks, actor, found, data)
    return found


def check_role(
    checks: FieldChecks, actor: Actor, institution: Institution, data: AdministratorInput
) -> None:
    """Note when the actor may not give the chosen role at an institution."""
    if data.role not in roles.roles_given_by(actor, institution.path, institution.kind):
        is_reviewer = data.role is AccountRole.REVIEWER
        sentence = roles.NOT_AT_INSTITUTION if is_reviewer else roles.NOT_HERE
        checks.fail_denied("role", sentence)


def require_same(
    earlier: Administrator, data: AdministratorInput, typed: str, values: dict[str, object]
) -> None:
    """Raise when a form that was sent before says something else now: nothing is lost unseen."""
    if earlier.deleted_at is not None:
        raise DomainError(form_keys.DELETED)
    if (
        str(data.institution_id) != str(earlier.institution_id)
        or (typed and fold_username(typed) != earlier.username_folded)
        or any(getattr(earlier, name) != value for name, value in values.items())
    ):
        raise DomainError(form_keys.CHANGED)


def _check_holder(checks: FieldChecks, phone: object, administrator: Administrator | None) -> None:
    """A person is told by the phone: whoever holds one of the three must have one."""
    if not isinstance(phone, str) or not phone:
        checks.fail("phone", roles.PHONE_NEEDED)
    elif roles.holds_another(blind_index(phone, "administrators.phone"), administrator):
        checks.fail("phone", roles.HOLDS_TWO_SENTENCE)


def _check_email(value: str) -> Checked:
    text = identifiers.check_text(value, label="邮箱", max_length=_LONGEST_EMAIL).value
    if not text.isascii() or _EMAIL.fullmatch(text) is None:
        message = "邮箱格式不正确，应形如 name@example.com，请核对。"
        raise InvalidIdentifierError(message)
    return Checked(text)
