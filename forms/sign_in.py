"""Forms of signing in (机构登录) and of changing the own password."""

from __future__ import annotations

from typing import Final

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length

from forms.base import BaseForm, Needed, hidden
from models import LabelledEnum
from services import outbox
from services.errors import DomainError, FieldErrors
from services.passwords import GREATEST_LENGTH


class LoginType(LabelledEnum):
    """The two tabs of the page."""

    PERSONAL = "personal", "个人登录"
    INSTITUTION = "institution", "机构登录"


class SignInMethod(LabelledEnum):
    """The three kinds of 机构登录."""

    PASSWORD = "password", "密码"
    SMS = "sms", "短信口令"
    USBKEY = "usbkey", "USBKEY"


#: What is asked for in vain, and the answer.
NOT_OFFERED: Final = {
    LoginType.PERSONAL.value: "个人登录暂未开放，请使用机构登录。",
}


NO_SMS: Final = "平台未开通短信口令，请选择“密码”或“USBKEY”方式登录。"


def methods_offered() -> list[SignInMethod]:
    """Return the kinds of 机构登录 of this installation: without a gateway no SMS arrives."""
    return [
        method for method in SignInMethod if method is not SignInMethod.SMS or outbox.has_gateway()
    ]


class PlainForm(BaseForm):
    """A form of which a page, or a way of signing in, needs some fields only."""

    def check_filled(self, *names: str) -> None:
        """Raise ``FieldErrors`` unless all of ``names`` are filled in and nothing is too long."""
        errors = first_errors(self)
        errors |= {
            name: f"请填写{self[name].label.text}。" for name in names if not self[name].data
        }
        if errors:
            raise FieldErrors(errors)


class SignInForm(PlainForm):
    """What somebody shows to sign in; which fields are needed depends on the method."""

    # The page draws the choices by itself; ``check_offered`` judges them.
    login_type = StringField("登录类型", default=LoginType.INSTITUTION.value)
    method = StringField("登录方式", default=SignInMethod.PASSWORD.value)
    username = StringField("用户名", validators=[Length(max=64, message="用户名过长。")])
    password = PasswordField("密码", validators=[Length(max=GREATEST_LENGTH, message="密码过长。")])
    phone = StringField("手机号", validators=[Length(max=20, message="手机号过长。")])
    captcha = StringField("图形验证码", validators=[Length(max=16, message="图形验证码过长。")])
    sms_code = StringField("手机验证码", validators=[Length(max=16, message="手机验证码过长。")])
    next = hidden()

    def check_offered(self) -> None:
        """Raise ``DomainError`` for a way of signing in that is not offered or does not exist."""
        for field, kinds in ((self.login_type, LoginType), (self.method, SignInMethod)):
            if field.data in NOT_OFFERED:
                raise DomainError(NOT_OFFERED[field.data], field=field.name)
            if field.data not in {kind.value for kind in kinds}:
                raise DomainError("请选择登录方式。", field="method")
        if self.method.data not in {method.value for method in methods_offered()}:
            raise DomainError(NO_SMS, field="method")


class SecondStepForm(BaseForm):
    """What is shown after the password: one of the three."""

    totp_code = StringField("动态口令", validators=[Length(max=16, message="动态口令过长。")])
    recovery_code = StringField("恢复码", validators=[Length(max=64, message="恢复码过长。")])
    key_answer = HiddenField("安全密钥")
    next = hidden()

    def answer(self, name: str) -> str:
        """Return what was typed into the field ``name``; raises ``DomainError`` for nothing."""
        errors = first_errors(self)
        if name not in self:
            raise DomainError("请选择验证方式。")
        if not errors and not self[name].data:
            errors = {name: f"请填写{self[name].label.text}。"}
        if errors:
            raise FieldErrors(errors)
        found: str = self[name].data
        return found


class PasswordChangeForm(BaseForm):
    """修改密码: the old password and, twice, the new one."""

    old_password = PasswordField("原密码", validators=[Needed(), Length(max=GREATEST_LENGTH)])
    new_password = PasswordField("新密码", validators=[Needed(), Length(max=GREATEST_LENGTH)])
    repeated = PasswordField("确认新密码", validators=[Needed(), Length(max=GREATEST_LENGTH)])

    def check_filled(self) -> None:
        """Raise ``FieldErrors`` unless all is filled in and the new password typed twice."""
        errors = first_errors(self)
        if not errors and self.new_password.data != self.repeated.data:
            errors = {"repeated": "两次输入的新密码不一致，请重新输入。"}
        if errors:
            raise FieldErrors(errors)


def first_errors(form: BaseForm) -> dict[str, str]:
    """Validate the shape of ``form`` and return the first sentence of each wrong field."""
    form.validate()
    return {field.name: str(field.errors[0]) for field in form if field.errors}
