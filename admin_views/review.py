"""现场审核: one field for a scanner, what the paper must show, and two keys for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_admin import BaseView, expose

from admin_views.identity import require_actor
from exports.review_sheet import lines_of
from extensions import db
from models import ReviewResult
from services import clock, form_keys, reviews
from services.audit import CHINA
from services.audit import shown as display
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.permissions import Permission
from services.personal_numbers import is_personal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from models import CertificateReview
    from services.actor import Actor
    from services.reviews import Seen

#: Longer than every code with all its separators.
_LONGEST_CODE: Final = 64
#: The reviewer's own last verdicts, under the empty field.
_LATEST: Final = 8
IS_NUMBER: Final = "这像是证件号码或手机号，没有查询。请扫描或输入纸质材料底部的提交编码。"


class ReviewDeskView(BaseView):
    """The desk: nothing of what is typed here stands in an address."""

    title = "现场审核"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index": Permission.REVIEW_WRITE,
        "verdict": Permission.REVIEW_WRITE,
    }

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="review", url="review")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the empty field, or what there is about a code that was scanned."""
        typed = request.form.get("code", "").strip()[:_LONGEST_CODE]
        if not typed:
            return _empty()
        if is_personal(typed):
            flash(IS_NUMBER, "error")
            return _empty()
        seen = reviews.look_up(require_actor(), typed)
        page = _page(seen)
        db.session.commit()
        return page

    @expose("/verdict/", methods=("POST",))
    def verdict(self) -> ResponseReturnValue:
        """Take a verdict, and be ready for the next one; what is wrong is said beside it."""
        actor, code = require_actor(), request.form.get("code", "")[:_LONGEST_CODE]
        note = request.form.get("note", "")
        try:
            result = ReviewResult(request.form.get("result", ""))
        except ValueError:
            abort(400)
        try:
            review = _recorded(actor, code, result, note)
            db.session.commit()
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            db.session.rollback()
            page = _page(reviews.look_up(actor, code), note=note, error=error.message)
            db.session.commit()
            return page, 422
        flash(_said(review), "success" if result is ReviewResult.MATCHES else "warning")
        return redirect(url_for(".index"), 303)


def _empty() -> str:
    actor = require_actor()
    latest = reviews.latest_of(actor, _LATEST)
    return render_template(
        "admin/review.html",
        seen=None,
        latest=latest,
        counts=reviews.counts_of(actor),
        results=ReviewResult,
        clock_of=_clock_of,
        records_url=_records_url(),
    )


def _page(seen: Seen, *, note: str = "", error: str = "") -> str:
    return render_template(
        "admin/review.html",
        seen=seen,
        lines=lines_of(seen) if seen.certificate is not None else [],
        note=note,
        error=error,
        results=ReviewResult,
        display=display,
        clock_of=_clock_of,
        form_key=seen.form_key or form_keys.draw(),
        records_url=_records_url(),
    )


def _recorded(actor: Actor, code: str, result: ReviewResult, note: str) -> CertificateReview:
    form_key = request.form.get("form_key") or None
    if result is ReviewResult.FORGED:
        return reviews.record_forgery(actor, code, note, form_key=form_key)
    return reviews.record(actor, code, result, note, form_key=form_key)


def _said(review: CertificateReview) -> str:
    whose = review.person or review.printed_code
    return f"{_clock_of(review.reviewed_at)} 已登记：{whose} {review.result.label}。请扫描下一份。"


def _clock_of(moment: dt.datetime) -> str:
    """Return the hour and minute of a moment in China."""
    return f"{moment.astimezone(CHINA):%H:%M}"


def _records_url() -> str:
    day = clock.today().isoformat()
    return url_for("reviews.index_view", at_from=day, at_to=day)
