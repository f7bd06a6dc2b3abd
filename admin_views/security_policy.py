"""安全策略: the least factor per kind of node, and the rules of passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import flash, redirect, render_template, request, url_for
from flask_admin import BaseView, expose

from admin_views.form_display import status_of
from admin_views.identity import require_actor
from extensions import db
from forms.security_policy import SecurityPolicyForm
from services import policy_impact, security_policy
from services.errors import DomainError, NotAllowedError, StaleVersionError
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from services.policy_impact import Impact


class SecurityPolicyView(BaseView):
    """One form for the whole platform."""

    title = "安全策略"
    permissions: ClassVar[Mapping[str, Permission]] = {"index": Permission.SECURITY_SETTINGS}

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="security_policy", url="security-policy")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the policy, or set it: raising it first shows what that does, and asks again."""
        posted = request.form if request.method == "POST" else None
        form = SecurityPolicyForm(posted, obj=security_policy.current())
        if posted is not None and form.validate():
            try:
                impacts = policy_impact.of(require_actor(), form.to_policy())
                if impacts and form.confirmed.data != form.choice:
                    return _page(form, impacts), 422
                ended = security_policy.change(require_actor(), form.to_policy())
                db.session.commit()
            except (NotAllowedError, StaleVersionError):
                raise
            except DomainError as error:
                db.session.rollback()
                form.place(error)
            else:
                flash(f"安全策略已保存，{ended}个不符合要求的登录已退出。", "success")
                return redirect(url_for(".index"))
        return _page(form), 200 if posted is None else status_of(form, 422)


def _page(form: SecurityPolicyForm, impacts: Sequence[Impact] = ()) -> str:
    return render_template("admin/security_policy.html", form=form, impacts=impacts)
