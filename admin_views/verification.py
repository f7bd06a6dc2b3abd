"""The public check of a printed code (提交编码、花名册编码); needs no account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue  # noqa: TC002 - Flask reads annotations at run time

from services.personal_numbers import is_personal
from services.verification import verify

blueprint = Blueprint("verification", __name__)

#: Longer than every code with all its separators.
LONGEST_CODE = 64
#: Said in the address instead of what was typed.
_NUMBER = "number"


@blueprint.get("/verify")
def form() -> ResponseReturnValue:
    """Show the page, or go to the page of the code that was typed."""
    typed = request.args.get("code", "").strip()[:LONGEST_CODE]
    if is_personal(typed):
        return _without_number()
    if typed:
        return redirect(url_for("verification.check", code=typed))
    is_number = request.args.get("unread") == _NUMBER
    return render_template(
        "verification/verify.html", typed="", verification=None, is_number=is_number
    )


@blueprint.get("/verify/<code>")
def check(code: str) -> ResponseReturnValue:
    """Say what the code is worth today, with masked data; a number of a person is not kept."""
    typed = code[:LONGEST_CODE]
    if is_personal(typed):
        return _without_number()
    return render_template("verification/verify.html", typed=typed, verification=verify(typed))


def _without_number() -> ResponseReturnValue:
    return redirect(url_for("verification.form", unread=_NUMBER))
