"""Sign-in, sign-out and the own password: plain pages in front of the panel."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import (
    Blueprint,
    Response,
    flash,
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

from admin_views.browser import new_device_id, origin, remember_device
from admin_views.delivery import with_shown_code
from admin_views.form_display import status_of_error
from admin_views.identity import SignedIn, current_actor
from admin_views.lifecycle import LOCAL_TARGET, begin_writing
from admin_views.step_pages import STEP_PAGES
from extensions import db
from forms.sign_in import (
    LoginType,
    PasswordChangeForm,
    SignInForm,
    SignInMethod,
    methods_offered,
)
from services import captcha as captchas
from services import password_rules, sessions, sign_in, sms_challenge
from services.actor import Actor  # noqa: TC001 - Flask reads annotations at run time
from services.errors import DomainError, FieldErrors, StaleVersionError
from services.own_account import password as own_password
from services.password_words import SYSTEM_WORDS
from services.proof import Proof  # noqa: TC001 - Flask reads annotations at run time
from services.sessions import Origin  # noqa: TC001 - Flask reads annotations at run time

blueprint = Blueprint("sign_in", __name__)

#: Key of the session cookie under which a sign-in waits for its second step.
PENDING: Final = "second"
_CAPTCHA_WRONG: Final = "图形验证码不正确，请重新输入。"


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Show the page; sign in by password, or by password and the code sent before.

    Whoever is signed in is led on, unless they ask to sign in ``again``: as somebody else, or
    before their session ends for good.
    """
    form = SignInForm(request.form, next=request.args.get("next", ""))
    if request.method != "POST":
        if current_actor() is not None and not request.args.get("again"):
            return redirect(_next() or url_for("admin.index"))
        return _page(form)
    try:
        found = _authenticate(form, origin())
    except DomainError as error:
        # The failure stays counted and recorded, and the picture code used up.
        db.session.commit()
        return _page(form, error)
    if isinstance(found, str):
        db.session.commit()
        session[PENDING] = found
        return redirect(url_for("second_step.page", next=_next() or None), HTTPStatus.SEE_OTHER)
    return complete(found)


def complete(proof: Proof) -> ResponseReturnValue:
    """Sign in whoever has proved who they are, and lead to where they wanted to go."""
    before = current_actor()
    device_id = new_device_id()
    token = sessions.open_session(
        proof.actor,
        replace(origin(), device_id=device_id),
        proof.method,
        by_recovery=proof.by_recovery,
    )
    if before is not None:
        sessions.end_session(before)
    db.session.commit()
    target = _next() or url_for("admin.index")
    # Nothing of what the cookie held before outlives the sign-in.
    session.clear()
    login_user(SignedIn(token, proof.actor))
    if proof.actor.step is not None:
        target = url_for(STEP_PAGES[proof.actor.step])
    response = make_response(redirect(target, HTTPStatus.SEE_OTHER))
    remember_device(response, device_id)
    return response


@blueprint.get("/login/captcha.png")
def captcha() -> Response:
    """Return a new picture code for this browser."""
    begin_writing()
    picture = captchas.issue(origin().browser)
    db.session.commit()
    response = make_response(picture)
    response.mimetype = "image/png"
    return response


@blueprint.post("/login/question")
def question() -> Response:
    """Return a sum in words instead of the picture, for whoever cannot read it."""
    text = captchas.ask(origin().browser)
    db.session.commit()
    return jsonify(question=text)


@blueprint.post("/login/sms")
def send_code() -> ResponseReturnValue:
    """Send a code to the bound phone; the answer is the same whether anything was sent."""
    form = SignInForm(request.form)
    form.method.data = SignInMethod.SMS.value
    try:
        form.check_offered()
        if form.username.data:
            sms_challenge.refuse_spent(_typed(form, "username"), origin())
        form.check_filled("username", "password", "phone", "captcha")
        _pass_captcha(form)
        attempt = sign_in.admit(_typed(form, "username"), _typed(form, "password"), origin())
        db.session.commit()
        sign_in.send_code(attempt, _typed(form, "phone"))
    except DomainError as error:
        db.session.commit()
        if _wants_json():
            return _sentence_as_json(error)
        return _page(form, error)
    db.session.commit()
    if _wants_json():
        return jsonify(
            message=with_shown_code(sign_in.CODE_SENT, _typed(form, "phone")),
            wait=sms_challenge.RESEND_AFTER,
        )
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
        own_password.change(
            actor, origin(), form.old_password.data or "", form.new_password.data or ""
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


def _authenticate(form: SignInForm, here: Origin) -> Proof | str:
    """Return what the form proves, or the token of the second step; raises ``DomainError``."""
    form.check_offered()
    username, password = _typed(form, "username"), _typed(form, "password")
    if form.method.data == SignInMethod.SMS.value:
        form.check_filled("username", "password", "phone", "sms_code")
        sms_challenge.refuse_spent(username, here)
        if not sms_challenge.use(username, here):
            form.check_filled("captcha")
            _pass_captcha(form)
        attempt = sign_in.admit_code(username, password, here)
        db.session.commit()
        return sign_in.authenticate_sms(attempt, _typed(form, "phone"), _typed(form, "sms_code"))
    form.check_filled("username", "password", "captcha")
    _pass_captcha(form)
    attempt = sign_in.admit(username, password, here)
    db.session.commit()
    by_key = form.method.data == SignInMethod.USBKEY.value
    return sign_in.authenticate_password(attempt, by_key=by_key)


def _pass_captcha(form: SignInForm) -> None:
    if not captchas.consume(origin().browser, _typed(form, "captcha")):
        raise FieldErrors({"captcha": _CAPTCHA_WRONG})


def _page(
    form: SignInForm, error: DomainError | None = None, *, sent: bool = False
) -> ResponseReturnValue:
    """Return the sign-in page with what was typed, except secrets, and what is wrong with it."""
    sentences = [] if error is None else form.place(error)
    here = origin()
    if captchas.answer_is_fixed():
        begin_writing()
        captchas.issue_fixed(here.browser)
        db.session.commit()
    username = _typed(form, "username")
    html = render_template(
        "sign_in/login.html",
        form=form,
        login_types=list(LoginType),
        methods=methods_offered(),
        sentences=sentences,
        sent=with_shown_code(sign_in.CODE_SENT, _typed(form, "phone")) if sent else "",
        # Whoever has named no account has asked for no code.
        wait=sms_challenge.resend_after(username, here) if username else 0,
        has_challenge=bool(username) and sms_challenge.is_open(username, here),
    )
    return html, status_of_error(error)


def _password_page(
    form: PasswordChangeForm, actor: Actor, error: DomainError | None = None
) -> ResponseReturnValue:
    sentences = [] if error is None else form.place(error)
    rules, method = own_password.rules_for(actor)
    html = render_template(
        "sign_in/password.html",
        form=form,
        sentences=sentences,
        account=actor,
        rule=rules.sentence(method),
        words=[*SYSTEM_WORDS, *password_rules.spellings(actor.full_name)],
    )
    return html, status_of_error(error)


def _sentence_as_json(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, FieldErrors):
        field, sentence = next(iter(error.errors)), "".join(error.errors.values())
    else:
        field, sentence = error.field or "", error.message
    return jsonify(message=sentence, field=field), status_of_error(error)


def _typed(form: SignInForm, name: str) -> str:
    text: str | None = form[name].data
    return text or ""


def _next() -> str:
    """Return where the browser wanted to go, if that stays on this site; else nothing."""
    wanted = request.form.get("next") or request.args.get("next", "")
    return wanted if LOCAL_TARGET.fullmatch(wanted) else ""


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"
