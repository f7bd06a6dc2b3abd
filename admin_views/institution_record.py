"""详细信息设置 and 本机构信息设置: one page with tabs, for one below or for the own one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from admin_views.completeness import checklist_of
from admin_views.form_display import Done, attempt, conflict_page
from admin_views.formatters import display
from admin_views.identity import require_actor
from extensions import db
from forms.institution import FormerNameForm, InstitutionDetailsForm
from models import FormerName, Institution, Licence
from services import former_names, institutions, scope
from services.errors import (
    NotFoundError,
    StaleVersionError,
)

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TABS = (("basic", "基本信息"), ("former", "曾用名"), ("licences", "医疗机构执业许可证"))


class RecordScreen(Protocol):
    """A screen that shows the record; it knows its own addresses."""

    title: str

    def record_url(self, institution: Institution, tab: str) -> str:
        """Return the address of a tab."""
        ...

    def back_url(self) -> str:
        """Return where 返回 leads."""
        ...


def record_page(screen: RecordScreen, institution: Institution) -> ResponseReturnValue:
    """Show a tab of the record, or take what was posted to it."""
    actor = require_actor()
    offered = [t for t in TABS if t[0] != "licences" or institutions.is_medical(institution)]
    tab = request.args.get("tab", "basic")
    tab = tab if tab in dict(offered) else "basic"
    act = request.form.get("act", "")
    details = InstitutionDetailsForm(request.form if act == "details" else None, obj=institution)
    former = FormerNameForm(request.form if act == "add-former-name" else None)
    status = 200
    if request.method == "POST":
        answer = _take(screen, institution, tab, act, details, former)
        if answer is not None:
            return answer
        status = 422
    context: dict[str, Any] = {
        "screen": screen,
        "institution": institution,
        "tabs": offered,
        "tab": tab,
        "form": details,
        "former": former,
        "former_names": _rows(FormerName, institution) if tab == "former" else [],
        "licences": _rows(Licence, institution) if tab == "licences" else [],
        "is_own": actor.institution_id == institution.id,
        "checklist": checklist_of(institution, lambda named: screen.record_url(institution, named)),
        "display": display,
    }
    return render_template("admin/institution_record.html", **context), status


def _take(
    screen: RecordScreen,
    institution: Institution,
    tab: str,
    act: str,
    details: InstitutionDetailsForm,
    former: FormerNameForm,
) -> ResponseReturnValue | None:
    actor = require_actor()
    done: Done[Any] | None
    if act == "details":
        if not details.validate():
            return None
        try:
            done = attempt(
                details,
                lambda: institutions.update_details(
                    actor,
                    institution,
                    details.to_input(),
                    expected_version=details.expected_version(),
                ),
            )
        except (StaleVersionError, StaleDataError):
            db.session.rollback()
            saved = scope.find(Institution, institution.id)
            again = screen.record_url(saved, tab)
            return conflict_page(details, InstitutionDetailsForm(None, obj=saved), again)
    elif act == "add-former-name":
        if not former.validate():
            return None
        done = attempt(
            former,
            lambda: former_names.create(actor, institution, former.to_input()),
        )
    elif act == "delete-former-name":
        row = scope.find(FormerName, request.form.get("former_name"))
        if row.institution_id != institution.id:
            raise NotFoundError
        done = attempt(former, lambda: former_names.delete(actor, row))
    else:
        raise NotFoundError
    if done is None:
        return None
    flash("已保存。", "success")
    return redirect(screen.record_url(institution, tab))


def _rows(model: Any, institution: Institution) -> list[Any]:
    statement = select(model).where(model.institution_id == institution.id).order_by(model.id)
    return list(db.session.scalars(statement).unique())


def my_record_url(tab: str) -> str:
    """Return the address of a tab of the own institution's page."""
    return url_for("my_institution.index", tab=tab)
