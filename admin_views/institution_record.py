"""详细信息设置 and 本机构信息设置: one page with tabs, for one below or for the own one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from admin_views.completeness import checklist_of
from admin_views.form_display import Done, attempt, conflict_page, is_open, status_of
from admin_views.identity import require_actor
from admin_views.licences import licences_of
from extensions import db
from forms.institution import DETAILS, FormerNameForm, InstitutionDetailsForm
from models import Division, FormerName, Institution
from services import former_names, institutions, reference, scope
from services.audit import shown as display
from services.errors import NotFoundError, StaleVersionError
from services.institutions import field_rules, record
from services.permissions import Permission

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from forms.base import BaseForm

TABS: Final[tuple[tuple[str, str], ...]] = (
    ("basic", "基本信息"),
    ("former", "曾用名"),
    ("licences", "医疗机构执业许可证"),
    ("history", "变更记录"),
)


class RecordScreen(Protocol):
    """A screen that shows the record; it knows its own addresses."""

    title: str

    def record_url(self, institution: Institution, tab: str, **more: Any) -> str:
        """Return the address of a tab, with further query arguments."""
        ...

    def back_url(self) -> str:
        """Return where 返回 leads."""
        ...


def record_page(screen: RecordScreen, institution: Institution) -> ResponseReturnValue:
    """Show a tab of the record, or take what was posted to it."""
    offered = [t for t in TABS if t[0] != "licences" or institutions.needs_licence(institution)]
    tab = request.args.get("tab", "basic")
    tab, status = tab if tab in dict(offered) else "basic", 200
    form = _form(institution, tab)
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        if act is None:
            raise NotFoundError
        tab, take = act
        form = _form(institution, tab)
        answer = take(screen, institution, form)
        if answer is not None:
            return answer
        status = status_of(form, 422)
    context: dict[str, Any] = {
        "screen": screen,
        "institution": institution,
        "tabs": offered,
        "tab": tab,
        "form": form,
        "checklist": checklist_of(
            institution,
            # What was typed on this tab is kept: nothing is loaded anew to reach its fields.
            lambda named: "" if named == tab == "basic" else screen.record_url(institution, named),
        ),
        "display": display,
        **_about(institution),
        **_of_tab(institution, tab),
    }
    return render_template("admin/institution_record.html", **context), status


def _form(institution: Institution, tab: str) -> Any:
    """Return the form of a tab, filled from what was posted, else from the record."""
    posted = request.form if request.method == "POST" else None
    if tab == "former":
        return FormerNameForm(posted, obj=_edited(institution))
    return InstitutionDetailsForm(posted, obj=institution)


def _edited(institution: Institution) -> FormerName | None:
    """Return the former name that is being corrected, if one is."""
    key = request.form.get("former_name") or request.args.get("former_name")
    return _former_name(institution, key) if key else None


def _posted(institution: Institution) -> FormerName:
    """Return the former name that was posted."""
    return _former_name(institution, request.form.get("former_name"))


def _former_name(institution: Institution, key: object) -> FormerName:
    row = scope.find(FormerName, key)
    if row.institution_id != institution.id:
        raise NotFoundError
    return row


def _about(institution: Institution) -> dict[str, Any]:
    """Return what every tab says of the institution, and whether it can be changed now."""
    actor = require_actor()
    is_refused = request.method == "POST"
    return {
        "is_own": actor.is_at(institution.path),
        "may_correct": actor.is_above(institution.path) and actor.may(Permission.INSTITUTION_WRITE),
        # What was typed into a form that is refused stays there to be typed on.
        "closed": "" if is_refused else field_rules.why_closed(actor, institution, DETAILS),
    }


def _of_tab(institution: Institution, tab: str) -> dict[str, Any]:
    """Return what only one tab shows."""
    match tab:
        case "former":
            return {"former_names": _former_names(institution), "edited": _edited(institution)}
        case "licences":
            return {"licences": licences_of(institution)}
        case "history":
            page = request.args.get("page", "")
            number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0  # noqa: PLR2004 - nobody leafs so far
            actor = require_actor()
            return {"history": institutions.history(actor, institution, page=number)}
        case _:
            return {
                "division": reference.name_of(Division, institution.division_code),
                "doubts": institutions.doubts(institution),
                "check_url": url_for("institutions.check"),
            }


def _take_details(
    screen: RecordScreen, institution: Institution, form: InstitutionDetailsForm
) -> ResponseReturnValue | None:
    def save() -> None:
        institutions.update(
            require_actor(),
            institution,
            form.to_input(),
            expected_version=form.expected_version(),
            is_complete=True,
        )

    try:
        done = _validated(institution, form, save)
    except (StaleVersionError, StaleDataError):
        db.session.rollback()
        saved = scope.find(Institution, institution.id)
        again = screen.record_url(saved, "basic")
        return conflict_page(
            form,
            InstitutionDetailsForm(None, obj=saved),
            again,
            was_only_locked=record.only_locks_since(saved, form.expected_version()),
        )
    return _saved(done, screen, institution, "basic")


def _add_former_name(
    screen: RecordScreen, institution: Institution, form: FormerNameForm
) -> ResponseReturnValue | None:
    def save() -> None:
        former_names.create(
            require_actor(), institution, form.to_input(), form_key=form.key_of_form()
        )

    return _saved(_validated(institution, form, save), screen, institution, "former")


def _update_former_name(
    screen: RecordScreen, institution: Institution, form: FormerNameForm
) -> ResponseReturnValue | None:
    row = _posted(institution)

    def save() -> None:
        former_names.update(require_actor(), row, form.to_input(), form.expected_version())

    try:
        done = _validated(institution, form, save)
    except (StaleVersionError, StaleDataError):
        return _former_name_conflict(screen, institution, form)
    return _saved(done, screen, institution, "former")


def _delete_former_name(
    screen: RecordScreen, institution: Institution, form: FormerNameForm
) -> ResponseReturnValue | None:
    row, version = _posted(institution), form.expected_version()
    try:
        done = attempt(form, lambda: former_names.delete(require_actor(), row, version))
    except (StaleVersionError, StaleDataError):
        return _former_name_conflict(screen, institution, form, is_deletion=True)
    return _saved(done, screen, institution, "former")


def _former_name_conflict(
    screen: RecordScreen,
    institution: Institution,
    form: FormerNameForm,
    *,
    is_deletion: bool = False,
) -> ResponseReturnValue:
    """Show what the former name has become beside what was typed or seen of it."""
    db.session.rollback()
    saved = _posted(institution)
    return conflict_page(
        form,
        FormerNameForm(None, obj=saved),
        screen.record_url(institution, "former", former_name=saved.id),
        is_deletion=is_deletion,
    )


_Take = Callable[[RecordScreen, Institution, Any], "ResponseReturnValue | None"]
#: What may be posted, with the tab on which it stands.
_ACTS: Final[dict[str, tuple[str, _Take]]] = {
    "details": ("basic", _take_details),
    "add-former-name": ("former", _add_former_name),
    "update-former-name": ("former", _update_former_name),
    "delete-former-name": ("former", _delete_former_name),
}


def _validated(
    institution: Institution, form: BaseForm, save: Callable[[], None]
) -> Done[None] | None:
    allowed = is_open(form, partial(record.require_changeable, require_actor(), institution))
    return attempt(form, save) if allowed and form.validate() else None


def _saved(
    done: Done[Any] | None, screen: RecordScreen, institution: Institution, tab: str
) -> ResponseReturnValue | None:
    if done is None:
        return None
    flash("已保存。", "success")
    return redirect(screen.record_url(institution, tab))


def _former_names(institution: Institution) -> list[FormerName]:
    """Return the former names in the order in which they were given up, undated ones last."""
    of_it = FormerName.institution_id == institution.id
    undated = FormerName.used_until.is_(None)
    order = (undated, FormerName.used_until, FormerName.id)
    return list(db.session.scalars(select(FormerName).where(of_it).order_by(*order)))
