"""Form of 安全策略."""

from __future__ import annotations

from wtforms import HiddenField, StringField

from forms.base import BaseForm, method_choices, select
from models import AuthMethod, PasswordProfile, SecurityPolicy
from services.scope import parse_key
from services.security_policy import Policy


class SecurityPolicyForm(BaseForm):
    """What everybody must show at the least, and which passwords are good enough."""

    version = HiddenField()
    bureau_method = select(SecurityPolicy.bureau_method, choices=method_choices, required=True)
    institution_method = select(
        SecurityPolicy.institution_method, choices=method_choices, required=True
    )
    password_profile = select(
        SecurityPolicy.password_profile, choices=PasswordProfile.choices(), required=True
    )

    #: The choice of whose consequences the user has read.
    confirmed = StringField("确认提高要求")

    @property
    def choice(self) -> str:
        """What there is to confirm."""
        return f"{self.bureau_method.data} {self.institution_method.data}"

    def to_policy(self) -> Policy:
        """Return what was chosen, with the version that was seen."""
        return Policy(
            password_profile=PasswordProfile(self.password_profile.data),
            bureau_method=AuthMethod(self.bureau_method.data),
            institution_method=AuthMethod(self.institution_method.data),
            version=parse_key(self.version.data) or 0,
        )
