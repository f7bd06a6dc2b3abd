"""Forms of 安全设置: own phone, app, keys, recovery codes. Each change asks for the password."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length

from forms.sign_in import PlainForm
from services.factors.keys import LONGEST_NAME
from services.passwords import GREATEST_LENGTH


class OwnAccountForm(PlainForm):
    """What the pages of 安全设置 may ask for; each of them shows the fields that it needs."""

    password = PasswordField(
        "当前密码", validators=[Length(max=GREATEST_LENGTH, message="密码过长。")]
    )
    phone = StringField("新手机号", validators=[Length(max=20, message="手机号过长。")])
    sms_code = StringField("手机验证码", validators=[Length(max=16, message="手机验证码过长。")])
    totp_code = StringField("动态口令", validators=[Length(max=16, message="动态口令过长。")])
    name = StringField(
        "名称", validators=[Length(max=LONGEST_NAME, message=f"名称不能超过{LONGEST_NAME}个字。")]
    )
    key_answer = HiddenField()
