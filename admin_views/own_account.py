"""安全设置: the own phone, app, keys, recovery codes, sessions; for every account."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import segno
from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue  # noqa: TC002 - Flask reads annotations at run time
from flask_wtf.csrf import generate_csrf

from admin_views.browser import origin, relying_party
from admin_views.delivery import with_shown_code
from admin_views.device_names import device_name
from admin_views.form_display import status_of_error
from admin_views.identity import require_actor, time_left
from extensions import db
from forms.own_account import OwnAccountForm
from models import Administrator
from services import factors, outbox, scope, security_policy, sessions
from services.audit import is_known_operator, label_of_tag, moment
from services.audit import shown as display
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.factors import totp as totps
from services.masking import masked_phone
from services.own_account import factors as own_factors
from services.own_account import phone as own_phone
from services.own_account import sessions as own_sessions
from services.own_account.telling import plain
from services.scope import parse_key
from services.steps import BINDING_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

blueprint = Blueprint("own_account", __name__, url_prefix="/account")


@blueprint.get("/security")
def security() -> ResponseReturnValue:
    """Show how the account proves itself, where it is signed in, and what happened to it lately."""
    actor = require_actor()
    account = scope.find(Administrator, actor.administrator_id)
    return render_template(
        "account/security.html",
        account=account,
        found=factors.of(account.id),
        has_sms=outbox.has_gateway(),
        required=security_policy.required_of(actor),
        keys=own_factors.keys_of(actor),
        sessions=own_sessions.living(actor),
        events=own_sessions.events(actor),
        masked_phone=masked_phone,
        display=display,
        device_name=device_name,
        label_of_tag=label_of_tag,
        moment=moment,
        plain=plain,
        knows=lambda entry: is_known_operator(actor, entry.actor_path),
    )


@blueprint.route("/phone", methods=["GET", "POST"])
def phone() -> ResponseReturnValue:
    """Bind a phone: send a code to it, then take the code."""
    form = OwnAccountForm(request.form)
    if request.method != "POST":
        return _phone_page(form)
    if request.form.get("act") == "send":
        return _attempt(form, _send_code, _phone_page)
    return _attempt(form, _bind_phone, lambda f, **more: _phone_page(f, is_sent=True, **more))


@blueprint.route("/totp", methods=["GET", "POST"])
def totp() -> ResponseReturnValue:
    """Register an app for 动态口令, or take it away."""
    form = OwnAccountForm(request.form)
    if request.method != "POST":
        return _totp_page(form)
    acts: dict[str, Callable[[OwnAccountForm], ResponseReturnValue]] = {
        "begin": _begin_totp,
        "confirm": _confirm_totp,
        "remove": _remove_totp,
    }
    return _attempt(form, acts.get(request.form.get("act", ""), _unknown), _totp_page)


@blueprint.route("/keys", methods=["GET", "POST"])
def keys() -> ResponseReturnValue:
    """Register a security key, or take one away."""
    form = OwnAccountForm(request.form)
    if request.method != "POST":
        return _keys_page(form)
    acts: dict[str, Callable[[OwnAccountForm], ResponseReturnValue]] = {
        "add": _add_key,
        "remove": _remove_key,
    }
    return _attempt(form, acts.get(request.form.get("act", ""), _unknown), _keys_page)


@blueprint.post("/keys/options")
def key_options() -> ResponseReturnValue:
    """Return what the browser hands to a new key, once the password is right."""
    form = OwnAccountForm(request.form)
    try:
        _check_password(form)
        options = own_factors.begin_key(
            require_actor(), origin(), relying_party(), form.password.data or ""
        )
    except DomainError as error:
        db.session.commit()
        homeless = form.place(error)
        return jsonify(message=" ".join([*homeless, *form.password.errors])), status_of_error(error)
    db.session.commit()
    return Response(options, mimetype="application/json")


@blueprint.route("/recovery", methods=["GET", "POST"])
def recovery() -> ResponseReturnValue:
    """Make new recovery codes and show them, this once."""
    form = OwnAccountForm(request.form)
    if request.method != "POST":
        return _recovery_page(form)

    def make(form: OwnAccountForm) -> ResponseReturnValue:
        form.check_filled("password")
        codes = own_factors.new_recovery_codes(require_actor(), origin(), form.password.data or "")
        db.session.commit()
        return _recovery_page(form, codes=codes)

    return _attempt(form, make, _recovery_page)


@blueprint.post("/sessions/end")
def end_sessions() -> ResponseReturnValue:
    """End one other session of the account, or all others."""
    actor = require_actor()
    if request.form.get("act") == "all":
        own_sessions.end_others(actor)
        sentence = "已退出其他全部登录。"
    else:
        own_sessions.end(actor, request.form.get("id", ""))
        sentence = "已退出该登录。"
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for("own_account.security"), HTTPStatus.SEE_OTHER)


@blueprint.route("/session", methods=["GET", "POST"])
def session() -> ResponseReturnValue:
    """Tell a page how long its session still lives; a POST keeps it alive.

    The page also gets a token for its forms: after signing in anew in another window, what was
    typed here can still be saved.
    """
    actor = require_actor()
    if request.method == "POST":
        sessions.touch(actor)
        db.session.commit()
    left = time_left(is_touched=request.method == "POST")
    return jsonify(
        left=left.seconds,
        is_last=left.is_last,
        user=actor.username,
        csrf_token=generate_csrf(),
    )


# What the buttons do.


def _send_code(form: OwnAccountForm) -> ResponseReturnValue:
    _check_password(form)
    form.check_filled("phone")
    own_phone.send_code(require_actor(), origin(), form.password.data or "", form.phone.data or "")
    db.session.commit()
    return _phone_page(form, is_sent=True)


def _bind_phone(form: OwnAccountForm) -> ResponseReturnValue:
    form.check_filled("phone", "sms_code")
    own_phone.bind(require_actor(), origin(), form.phone.data or "", form.sms_code.data or "")
    return _done("手机号已绑定，以后的登录验证码将发送到该号码。")


def _begin_totp(form: OwnAccountForm) -> ResponseReturnValue:
    _check_password(form)
    own_factors.begin_totp(require_actor(), origin(), form.password.data or "")
    db.session.commit()
    return _totp_page(form)


def _confirm_totp(form: OwnAccountForm) -> ResponseReturnValue:
    form.check_filled("totp_code")
    own_factors.confirm_totp(require_actor(), form.totp_code.data or "")
    return _done("动态口令已启用。请再生成恢复码，妥善保存，以备手机丢失时使用。")


def _remove_totp(form: OwnAccountForm) -> ResponseReturnValue:
    form.check_filled("password")
    own_factors.remove_totp(require_actor(), origin(), form.password.data or "")
    return _done("动态口令已停用。")


def _add_key(form: OwnAccountForm) -> ResponseReturnValue:
    form.check_filled("key_answer")
    own_factors.add_key(
        require_actor(),
        origin(),
        relying_party(),
        form.name.data or "",
        form.key_answer.data or "",
    )
    return _done("USBKEY已登记。请再生成恢复码，妥善保存，以备USBKEY丢失时使用。")


def _remove_key(form: OwnAccountForm) -> ResponseReturnValue:
    form.check_filled("password")
    key = parse_key(request.form.get("id", ""))
    if key is None:
        raise NotFoundError
    own_factors.remove_key(require_actor(), origin(), form.password.data or "", key)
    return _done("USBKEY已删除。")


def _unknown(_form: OwnAccountForm) -> ResponseReturnValue:
    raise DomainError("请选择要做的操作。")


def _done(sentence: str) -> ResponseReturnValue:
    """Commit, and go on to the next step or back to 安全设置."""
    db.session.commit()
    flash(sentence, "success")
    # The guard leads on to the next step where there is one.
    return redirect(url_for("own_account.security"), HTTPStatus.SEE_OTHER)


def _attempt(
    form: OwnAccountForm,
    act: Callable[[OwnAccountForm], ResponseReturnValue],
    page: Callable[..., ResponseReturnValue],
) -> ResponseReturnValue:
    """Do what was asked for, or show the page again with what is wrong."""
    try:
        return act(form)
    except (NotAllowedError, NotFoundError):
        raise
    except DomainError as error:
        # What was counted against a wrong password or code stays counted.
        db.session.commit()
        return page(form, error=error)


def _check_password(form: OwnAccountForm) -> None:
    """Raise unless the password is filled in, where it is asked for."""
    form.check_filled(*(() if require_actor().step in BINDING_STEPS else ("password",)))


# The pages.


def _phone_page(
    form: OwnAccountForm, *, error: DomainError | None = None, is_sent: bool = False
) -> ResponseReturnValue:
    has_sent = is_sent and error is None
    sent = with_shown_code(own_phone.SENT, form.phone.data or "") if has_sent else ""
    return _page("account/phone.html", form, error, sent=sent, is_sent=is_sent)


def _totp_page(form: OwnAccountForm, *, error: DomainError | None = None) -> ResponseReturnValue:
    actor = require_actor()
    picture = secret = ""
    if request.method == "POST" and totps.has_draft(actor.administrator_id):
        secret = totps.draft(actor.administrator_id)
        code = segno.make(totps.address(secret, actor.username), error="m")
        picture = code.svg_data_uri(scale=4, border=2)
    return _page(
        "account/totp.html",
        form,
        error,
        picture=picture,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        found=factors.of(actor.administrator_id),
    )


def _keys_page(form: OwnAccountForm, *, error: DomainError | None = None) -> ResponseReturnValue:
    own = own_factors.keys_of(require_actor())
    return _page("account/keys.html", form, error, keys=own, display=display)


def _recovery_page(
    form: OwnAccountForm, *, error: DomainError | None = None, codes: list[str] | None = None
) -> ResponseReturnValue:
    found = factors.of(require_actor().administrator_id)
    return _page("account/recovery.html", form, error, codes=codes or [], found=found)


def _page(
    template: str, form: OwnAccountForm, error: DomainError | None, **context: Any
) -> ResponseReturnValue:
    actor = require_actor()
    sentences = [] if error is None else form.place(error)
    html = render_template(
        template,
        form=form,
        sentences=sentences,
        account=actor,
        asks_password=actor.step not in BINDING_STEPS,
        **context,
    )
    return html, status_of_error(error)
