"""The page after the password: 动态口令, USBKEY or 恢复码."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue  # noqa: TC002 - Flask reads annotations at run time

from admin_views.browser import origin, relying_party
from admin_views.form_display import status_of_error
from admin_views.sign_in import PENDING, complete
from extensions import db
from forms.sign_in import SecondStepForm
from models import AuthMethod
from services import second_step
from services.errors import DomainError
from services.proof import Proof  # noqa: TC001 - Flask reads annotations at run time
from services.second_step import Pending, StepOverError

blueprint = Blueprint("second_step", __name__)

USED_CODE: Final = "您刚刚使用恢复码登录，该码已失效。请在“安全设置”中重新登记，并生成新的恢复码。"
_FIELDS: Final = {
    "totp": "totp_code",
    "key": "key_answer",
    "recovery": "recovery_code",
}


@blueprint.route("/login/second", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """Ask for the second factor, and sign in when it is right."""
    form = SecondStepForm(request.form, next=request.args.get("next", ""))
    try:
        pending = second_step.look(_token(), origin())
    except StepOverError as error:
        return _over(error)
    if request.method != "POST":
        return _page(form, pending)
    try:
        proof = _proved(form, pending)
    except StepOverError as error:
        db.session.commit()
        return _over(error)
    except DomainError as error:
        # The failure stays counted and recorded.
        db.session.commit()
        return _page(form, pending, error)
    answer = complete(proof)
    if proof.by_recovery:
        flash(USED_CODE, "warning")
    return answer


@blueprint.post("/login/second/key")
def key_options() -> ResponseReturnValue:
    """Return what the browser hands to a security key."""
    try:
        pending = second_step.look(_token(), origin())
        options = second_step.key_options(pending, relying_party(), origin())
    except DomainError as error:
        return {"message": error.message}, HTTPStatus.BAD_REQUEST
    db.session.commit()
    return Response(options, mimetype="application/json")


def _proved(form: SecondStepForm, pending: Pending) -> Proof:
    act = request.form.get("act", "")
    typed = form.answer(_FIELDS.get(act, ""))
    here, token = origin(), _token()
    counted = second_step.count_try(pending, here)
    db.session.commit()
    if act == "totp":
        return second_step.pass_totp(token, counted, typed)
    if act == "key":
        return second_step.pass_key(token, counted, relying_party(), here, typed)
    return second_step.pass_recovery(token, counted, typed)


def _page(
    form: SecondStepForm, pending: Pending, error: DomainError | None = None
) -> ResponseReturnValue:
    html = render_template(
        "sign_in/second.html",
        form=form,
        account=pending.actor,
        offers_totp=AuthMethod.PASSWORD_TOTP in pending.offered,
        offers_key=AuthMethod.PASSWORD_USBKEY in pending.offered,
        offers_recovery=pending.factors.recovery_codes > 0,
        sentences=[] if error is None else form.place(error),
    )
    return html, status_of_error(error)


def _over(error: StepOverError) -> ResponseReturnValue:
    session.pop(PENDING, None)
    flash(error.message, "warning")
    return redirect(url_for("sign_in.login"), HTTPStatus.SEE_OTHER)


def _token() -> str:
    token = session.get(PENDING)
    return token if isinstance(token, str) else ""
