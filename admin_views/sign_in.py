"""Sign-in, sign-out and the own password: plain pages in front of the panel."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Final

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue  # noqa: TC002 - Flask reads annotations at run time
from flask_login import login_user, logout_user

from admin_views.delivery import deliver_pending
from admin_views.identity import SignedIn, current_actor
from admin_views.lifecycle import LOCAL_TARGET, begin_writing
from extensions import db
from forms.sign_in import LoginType, PasswordChangeForm, SignInForm, SignInMethod
from services import captcha as captchas
from services import outbox, passwords, sessions, sign_in
from services.actor import Actor  # noqa: TC001 - Flask reads annotations at run time
from services.errors import DomainError, FieldErrors, StaleVersionError
from services.sessions import Origin
from services.throttle import TooManyAttemptsError

blueprint = Blueprint("sign_in", __name__)

#: Key of the cookie under which each browser keeps the random secret that names it.
_BROWSER: Final = "browser"
#: Seconds until the page offers to send another code.
RESEND_AFTER: Final = 60
_CAPTCHA_WRONG: Final = "图形验证码不正确，请重新输入。"


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Show the page; sign in by password, or by password and the code sent before."""
    form = SignInForm(request.form, next=request.args.get("next", ""))
    before = current_actor()
    if request.method != "POST":
        return redirect(_target()) if before is not None else _page(form)
    origin = _origin()
    try:
        actor = _authenticate(form, origin)
        token = sessions.open_session(actor, origin)
    except DomainError as error:
        # The failure stays counted and recorded, and the picture code used up.
        db.session.commit()
        return _page(form, error)
    if before is not None:
        sessions.end_session(before)
    db.session.commit()
    # Nothing of what the cookie held before outlives the sign-in.
    session.clear()
    login_user(SignedIn(token, actor))
    if actor.must_change_password:
        return redirect(url_for("sign_in.change_password"), HTTPStatus.SEE_OTHER)
    return redirect(_target(), HTTPStatus.SEE_OTHER)


@blueprint.get("/login/captcha.png")
def captcha() -> Response:
    """Return a new picture code for this browser."""
    begin_writing()
    picture = captchas.issue(_browser())
    db.session.commit()
    response = make_response(picture)
    response.mimetype = "image/png"
    return response


@blueprint.post("/login/sms")
def send_code() -> ResponseReturnValue:
    """Send a code to the bound phone; the answer is the same whether anything was sent."""
    form = SignInForm(request.form)
    form.method.data = SignInMethod.SMS.value
    origin = _origin()
    try:
        form.check_offered()
        form.check_filled("username", "password", "phone", "captcha")
        _pass_captcha(form, origin)
        attempt = sign_in.admit(_typed(form, "username"), _typed(form, "password"), origin)
        db.session.commit()
        sign_in.send_code(attempt, _typed(form, "phone"))
    except DomainError as error:
        db.session.commit()
        if _wants_json():
            return _sentence_as_json(error)
        return _page(form, error)
    db.session.commit()
    deliver_pending()
    if _wants_json():
        return jsonify(message=_sent_sentence(form), wait=RESEND_AFTER)
    return _page(form, sent=True)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """Sign out of this session."""
    actor = current_actor()
    if actor is not None:
        sessions.end_session(actor)
        db.session.commit()
    logout_user()
    session.clear()
    answer = redirect(url_for("sign_in.login"), HTTPStatus.SEE_OTHER)
    # Whoever sits down at this browser next goes back to nothing. Cookies are ours to take away:
    # the new one names the browser to the sign-in page.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.route("/account/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    """Change the own password; the first thing to do with an initial one."""
    actor = current_actor()
    if actor is None:
        return redirect(url_for("sign_in.login"))
    form = PasswordChangeForm(request.form)
    if request.method != "POST":
        return _password_page(form, actor)
    try:
        form.check_filled()
        sign_in.change_own_password(
            actor, form.old_password.data or "", form.new_password.data or ""
        )
        token = sessions.rotate(actor)
    except StaleVersionError:
        raise
    except DomainError as error:
        # A wrong old password stays counted.
        db.session.commit()
        return _password_page(form, actor, error)
    db.session.commit()
    login_user(SignedIn(token, actor))
    flash("密码已修改。该账号在其他设备上的登录已全部退出。", "success")
    return redirect(url_for("admin.index"), HTTPStatus.SEE_OTHER)


def _authenticate(form: SignInForm, origin: Origin) -> Actor:
    """Return the actor that the form proves; raises ``DomainError``."""
    form.check_offered()
    username, password = _typed(form, "username"), _typed(form, "password")
    if form.method.data == SignInMethod.SMS.value:
        form.check_filled("username", "password", "phone", "sms_code")
        if not sign_in.use_challenge(username, origin):
            form.check_filled("captcha")
            _pass_captcha(form, origin)
        attempt = sign_in.admit(username, password, origin)
        db.session.commit()
        return sign_in.authenticate_sms(attempt, _typed(form, "phone"), _typed(form, "sms_code"))
    form.check_filled("username", "password", "captcha")
    _pass_captcha(form, origin)
    attempt = sign_in.admit(username, password, origin)
    db.session.commit()
    return sign_in.authenticate_password(attempt)


def _pass_captcha(form: SignInForm, origin: Origin) -> None:
    if not captchas.consume(origin.browser, _typed(form, "captcha")):
        raise FieldErrors({"captcha": _CAPTCHA_WRONG})


def _sent_sentence(form: SignInForm) -> str:
    """Return what is said after a code was sent, or was not: the same, but in a demonstration."""
    code = outbox.shown_code(_typed(form, "phone"))
    return (
        f"{sign_in.CODE_SENT}（演示环境不发短信，验证码为 {code}）" if code else sign_in.CODE_SENT
    )


def _page(
    form: SignInForm, error: DomainError | None = None, *, sent: bool = False
) -> ResponseReturnValue:
    """Return the sign-in page with what was typed, except secrets, and what is wrong with it."""
    sentences = [] if error is None else form.place(error)
    browser = _browser()
    if captchas.answer_is_fixed():
        begin_writing()
        captchas.issue_fixed(browser)
        db.session.commit()
    html = render_template(
        "sign_in/login.html",
        form=form,
        login_types=list(LoginType),
        methods=list(SignInMethod),
        sentences=sentences,
        sent=_sent_sentence(form) if sent else "",
        wait=RESEND_AFTER if sent else 0,
        has_challenge=sign_in.has_challenge(_typed(form, "username"), _origin()),
    )
    return html, _status(error)


def _password_page(
    form: PasswordChangeForm, actor: Actor, error: DomainError | None = None
) -> ResponseReturnValue:
    sentences = [] if error is None else form.place(error)
    html = render_template(
        "sign_in/password.html",
        form=form,
        sentences=sentences,
        account=actor,
        least_length=passwords.LEAST_LENGTH,
    )
    return html, _status(error)


def _status(error: DomainError | None) -> int:
    match error:
        case None:
            return HTTPStatus.OK
        case sign_in.SignInRefusedError():
            return HTTPStatus.UNAUTHORIZED
        case TooManyAttemptsError():
            return HTTPStatus.TOO_MANY_REQUESTS
        case _:
            return HTTPStatus.BAD_REQUEST


def _sentence_as_json(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, FieldErrors):
        field, sentence = next(iter(error.errors)), "".join(error.errors.values())
    else:
        field, sentence = error.field or "", error.message
    return jsonify(message=sentence, field=field), _status(error)


def _typed(form: SignInForm, name: str) -> str:
    text: str | None = form[name].data
    return text or ""


def _origin() -> Origin:
    return Origin(
        address=request.remote_addr or "",
        browser=_browser(),
        device=request.user_agent.string,
        request_id=g.get("request_id", ""),
    )


def _browser() -> str:
    """Return this browser's secret, made when it first needs one."""
    if not isinstance(session.get(_BROWSER), str):
        session[_BROWSER] = secrets.token_urlsafe(24)
    token: str = session[_BROWSER]
    return token


def _target() -> str:
    """Return where to go after signing in: ``next`` if it stays on this site, else home."""
    wanted = request.form.get("next") or request.args.get("next", "")
    return wanted if LOCAL_TARGET.fullmatch(wanted) else url_for("admin.index")


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"
