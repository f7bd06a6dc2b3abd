"""试用期考核证明: the people on trial, entered by their institution and seen by those above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from sqlalchemy.orm import joinedload, lazyload, selectinload

from admin_views.certificate_acts import (
    acts_on,
    delete_certificate,
    qualify_certificates,
    questions_of,
)
from admin_views.certificate_columns import COLUMNS, FILTERS, FORMATTERS, LABELS, colour_of
from admin_views.certificate_doubts import doubts_about, doubts_of, load_doubts
from admin_views.certificate_drafts import DRAFT, CertificateDrafts
from admin_views.certificate_next import next_form, proposed, wants_next
from admin_views.certificate_papers import CertificatePapers, print_all, print_certificates
from admin_views.certificate_reviews import reviews_about
from admin_views.certificate_rights import (
    OVERTAKEN,
    look_for_closed,
    may_save,
    naming,
    own_windows,
    roster_name,
    why_closed,
)
from admin_views.completeness import own_checklist
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from admin_views.row_parts import rows_in_parts
from admin_views.tools import Link
from exports.papers import certificate_columns, certificate_row
from extensions import db
from forms.certificate import CertificateForm
from models import (
    Institution,
    TrialCertificate,
)
from services import certificates, clock, exam_years, rosters
from services.audit import AuditTag
from services.certificates import doubts, drafts
from services.errors import NotFoundError
from services.permissions import Permission
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.filters import Filter
    from admin_views.tools import Tool
    from exports.columns import Column
    from services.actor import Actor


#: Fields that identify the person and are shown in full only on record.
_NUMBERS: Final = frozenset({"id_number", "phone", "qualification_certificate_number"})


class CertificateView(CertificateDrafts, CertificatePapers):
    """The grid of certificates with the buttons of the notice."""

    title = "试用期考核证明"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.CERTIFICATE_READ,
        "create_view": Permission.CERTIFICATE_WRITE,
        "edit_view": Permission.CERTIFICATE_READ,
        "action_view": Permission.CERTIFICATE_READ,
        "export": Permission.CERTIFICATE_EXPORT,
        "print_pdf": Permission.CERTIFICATE_READ,
        "reveal": Permission.PERSONAL_READ,
        "save_draft": Permission.CERTIFICATE_WRITE,
        "discard_draft": Permission.CERTIFICATE_WRITE,
    }
    list_template = "admin/certificates.html"
    create_template = "admin/certificate_form.html"
    edit_template = "admin/certificate_form.html"
    export_tag = AuditTag.CERTIFICATE_EXPORT
    column_list = COLUMNS
    labels: ClassVar[Mapping[str, str]] = LABELS
    column_sortable_list = ("name", "exam_year")
    most_counted = 10_000
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", True)]
    column_formatters: ClassVar[dict[str, Any]] = FORMATTERS
    keyword_hint = "姓名、拼音、证件号码（完整）、机构名称、提交编码"
    empty_hint = "没有符合条件的试用人员。试用机构可单击“新增”录入本机构的试用人员。"
    filters: ClassVar[Sequence[Filter]] = FILTERS
    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增", ".create_view", Permission.CERTIFICATE_WRITE),
        Link("修改试用信息", ".edit_view", Permission.CERTIFICATE_WRITE, needs="one"),
        Link(
            "查看",
            ".edit_view",
            Permission.CERTIFICATE_READ,
            needs="one",
            unless=Permission.CERTIFICATE_WRITE,
        ),
        qualify_certificates,
        delete_certificate,
        None,
        print_certificates,
        print_all,
        Link("导入", "certificate_import.index_view", Permission.CERTIFICATE_WRITE),
        Link("导出", ".export", Permission.CERTIFICATE_EXPORT, keeps_filter=True),
    )

    more_tools: ClassVar[Sequence[Link]] = (
        Link("回收站", "certificate_bin.index_view", Permission.CERTIFICATE_WRITE),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(
            TrialCertificate, name=self.title, endpoint="certificates", url="certificates"
        )

    def render(self, template: str, **kwargs: Any) -> str:
        """Say over the list what the own record needs before people are entered."""
        if template == self.list_template and require_actor().may(Permission.CERTIFICATE_WRITE):
            kwargs["checklist"] = own_checklist()
            kwargs["drafts"] = drafts.told(require_actor())
        return super().render(template, **kwargs)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Show and take the form for a new person, or say why nobody is entered now.

        A draft is read all the same.
        """
        if request.method == "GET" and DRAFT not in request.args:
            checklist, closed = own_checklist(), self._why_no_entry()
            if (checklist is not None and checklist.missing) or closed:
                return self.render(
                    "admin/certificate_closed.html",
                    checklist=checklist,
                    closed="" if checklist is not None and checklist.missing else closed,
                    return_url=self.return_url(),
                )
        self.open_draft(None)
        page: ResponseReturnValue = super().create_view()
        return page

    def _why_no_entry(self) -> str:
        """Return why no year is open to new people; empty when one is."""
        if self._open_years():
            return ""
        return exam_years.why_no_entry(own_windows(), clock.today(), require_actor().path)

    def _offered_years(self, row: TrialCertificate | None) -> list[int]:
        """Return the years of the form's list: the open ones, and that of the draft shown in it."""
        if not may_save(row):
            return []
        years = self._open_years()
        typed = parse_key(g.draft_typed.get("exam_year")) if "draft_typed" in g else None
        known = [one.year for one in own_windows() if one.year not in years]
        return [*years, *(year for year in known if year == typed)]

    def _open_years(self) -> list[int]:
        return exam_years.open_years(own_windows(), clock.today())

    def prepare(self, rows: Sequence[TrialCertificate]) -> None:
        """Ask for all rows at once for their doubts, and whether entry is still open to them."""
        load_doubts(rows)
        look_for_closed(rows)

    def opened(self, row: TrialCertificate) -> TrialCertificate:
        """Record that whoever may change it sees the numbers in full."""
        if request.method == "POST":
            certificates.require_own(require_actor(), row)
        if DRAFT in request.args:
            self.open_draft(row)
            row = certificates.find(row.id)
        # What a POST leaves out is filled in from the record when the form comes back with errors.
        if may_save(row) and not (request.method == "POST" and request.form.keys() >= _NUMBERS):
            return self._reveal(row.id, "打开修改页面")
        return row

    @expose("/<int:key>/reveal/", methods=("POST",))
    def reveal(self, key: int) -> ResponseReturnValue:
        """Show the numbers of one person in full, once, on record (显示个人信息)."""
        row = self._reveal(key, "显示个人信息")
        form = self.make_form(row, is_revealed=True)
        return self._form_page(form, row, 200, is_revealed=True)

    def _reveal(self, key: int, way: str) -> TrialCertificate:
        # A GET may come here: the transaction starts anew as one that may write.
        begin_writing()
        certificates.reveal(require_actor(), certificates.find(key), way=way)
        db.session.commit()
        return certificates.find(key)

    def _conflict_page(self, form: CertificateForm, row: TrialCertificate) -> ResponseReturnValue:
        """Show what others have saved meanwhile; their numbers are among it, which is recorded."""
        return super()._conflict_page(
            form, self._reveal(row.id, "核对他人的修改") if may_save(row) else row
        )

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Leave deleted certificates out."""
        return (TrialCertificate.deleted_at.is_(None),)

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search person, institution and code."""
        return certificates.search_condition(keyword)

    def finds_keys_first(self, page: int) -> bool:
        """Read the wide rows of the page alone, once its keys were found.

        The databases would join code tables to all rows that a bureau sees. A clerk sees few.
        """
        may_write = require_actor().may(Permission.CERTIFICATE_WRITE)
        return not may_write or super().finds_keys_first(page)

    def list_options(self) -> Sequence[Any]:
        """Load the institutions of all rows at once; of periods only the workbook shows any."""
        return (joinedload(TrialCertificate.institution), lazyload(TrialCertificate.periods))

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own name
        """Return the certificate unless it was deleted."""
        row = super().get_one(id)
        if row.deleted_at is not None:
            raise NotFoundError
        return row

    def acts_on(self, row: TrialCertificate) -> frozenset[str] | None:
        """Return the acts that suit the row: what cannot be changed is printed all the same."""
        return acts_on(row)

    def row_questions(self, row: TrialCertificate) -> Mapping[str, Mapping[str, str]]:
        """Return what is posted of the row as it was shown."""
        return questions_of(row)

    def cell_title(self, row: TrialCertificate, name: str) -> str:
        """Name the kinds of doubts where only their number shows."""
        if name == "doubts":
            return doubts.summary(doubts_of(row))
        return super().cell_title(row, name)

    def cell_class(self, row: TrialCertificate, name: str) -> str:
        """Colour the state, the conclusion and doubts."""
        return colour_of(row, name)

    def make_form(
        self, row: TrialCertificate | None, *, is_revealed: bool = False
    ) -> CertificateForm:
        """Return the clerk's form; 机构名称 of a new period is the own institution."""
        form = CertificateForm(
            None if is_revealed else self.formdata(),
            obj=row,
            institution_name=require_actor().institution_name,
            institution_id=require_actor().institution_id,
            years=self._offered_years(row),
            # A draft is shown on record.
            is_masked=not (is_revealed or may_save(row) or "draft_typed" in g),
            is_read=not may_save(row),
            **(proposed() if row is None else {}),
        )
        if not may_save(row):
            form.without_hints()
        return form

    def saved_form(self, form: CertificateForm, row: TrialCertificate) -> CertificateForm:
        """Return the form of what is saved, masked for whoever could not save it any more."""
        return type(form)(None, obj=row, is_masked=not may_save(row))

    def form_title(self, row: TrialCertificate | None) -> str:
        """Return the title over the form; what cannot be changed is looked at."""
        if row is None or may_save(row):
            return super().form_title(row)
        return f"查看：{self.row_name(row)}"

    def told_when_saved(self, row: TrialCertificate) -> str:
        """Name who was saved to whoever goes on to the next person at once."""
        if not wants_next():
            return super().told_when_saved(row)
        return f"已保存：{row.name}。请继续录入下一人。"

    def after_create(self, row: TrialCertificate) -> ResponseReturnValue:
        """Go back to the list, or to the next form, with the doubts about what was just saved."""
        answer = self.after_update(row)
        return redirect(next_form(row, self.return_url())) if wants_next() else answer

    def after_update(self, row: TrialCertificate) -> ResponseReturnValue:
        """Go back to the list with the doubts about what was just saved."""
        for roster in g.get("overtaken", ()):
            flash(OVERTAKEN.format(roster_name(roster)), "warning")
        for told in doubts.of_certificates([row.id]).get(row.id, ()):
            flash(f"{row.name}：{told.sentence}", "warning")
        return super().after_update(row)

    def create(self, actor: Actor, form: CertificateForm) -> TrialCertificate:
        """Enter a person."""
        made = certificates.create(actor, form.to_input())
        self.forget_draft(form_key=form.key_of_form())
        return made

    def update(self, actor: Actor, row: TrialCertificate, form: CertificateForm) -> None:
        """Change what was entered; the code follows, and a roster with the old one is void."""
        code, listed = row.submission_code, rosters.naming(row)
        certificates.update(actor, row, form.to_input(), expected_version=form.expected_version())
        self.forget_draft(row=row)
        g.overtaken = listed if row.submission_code != code else []

    def form_context(self, row: TrialCertificate | None) -> dict[str, Any]:
        """Tell the template the picker's address, the warnings, and whether saving is possible."""
        return {
            "names_url": url_for("institutions.names"),
            **self.draft_context(row),
            "certificate": row,
            **reviews_about(row),
            **(doubts_about(row) if row is not None else {}),
            "may_save": may_save(row),
            "closed": why_closed(row) if row is not None else self._why_no_entry(),
            "may_reveal": row is not None and require_actor().may(Permission.PERSONAL_READ),
            "remark": rosters.remark_on(row) if row is not None else "",
            "listed": [roster_name(one) for one in naming(row)],
            "versions": certificates.versions_of(require_actor(), row) if row is not None else [],
        }

    def export_columns(self) -> Sequence[Column]:
        """Return the columns of the sheet for offline review."""
        return certificate_columns()

    def export_rows(self) -> Iterable[Sequence[object]]:
        """Yield the rows of the sheet, periods included."""
        keys = self.get_query().order_by(TrialCertificate.id)
        rows = db.session.query(TrialCertificate).filter(*self.conditions())
        rows = rows.options(
            joinedload(TrialCertificate.institution).load_only(Institution.name).lazyload("*"),
            joinedload(TrialCertificate.ethnic_group),
            selectinload(TrialCertificate.periods),
        )
        for part in rows_in_parts(TrialCertificate.id, keys, rows):
            told = doubts.of_certificates(row.id for row in part)
            for row in part:
                yield certificate_row(row, doubts.summary(told.get(row.id, ())))
