"""机构批量导入: the template, the upload, the preview, and one confirmation for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import CombinedMultiDict

from admin_views.handing_over import hand_over
from admin_views.identity import require_actor
from exports.http import XLSX, attachment
from exports.import_template import library_file, template_bytes
from exports.marked_workbook import CannotMarkError, marked_workbook
from extensions import db
from forms.workbook import WorkbookForm
from models import ImportState
from services.audit import AuditTag
from services.audit import shown as display
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.institutions import importing
from services.institutions.importing import InstitutionOutcome, RowStatus
from services.permissions import Permission
from services.reference import CodeTables
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

PAGE_SIZE: Final = 50
GIVEN_UP: Final = "此前上传的“{name}”尚未导入，已放弃；现在显示的是刚上传的文件。"
CHANGED_MEANWHILE: Final = (
    "上传之后机构库有了变化，导入结果与当时显示的不同，尚未导入。请重新核对。"
)
CANNOT_MARK: Final = "无法在原文件上标注，请按页面上列出的行号和说明修改。"
JUDGED_ANEW: Final = "已按现在的机构库重新核对，导入结果有变化，请再看一遍。"
SAME_AS_BEFORE: Final = "已按现在的机构库重新核对，导入结果没有变化。"
DONE: Final = "导入完成：新增{new}家，修改{changed}家。"


class InstitutionImportView(BaseView):
    """The pages of an import; a batch is seen by nobody but the one who uploaded it."""

    title = "机构批量导入"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.INSTITUTION_WRITE,
        "batch": Permission.INSTITUTION_WRITE,
        "marked": Permission.INSTITUTION_WRITE,
        "template": Permission.INSTITUTION_WRITE,
        "library": Permission.INSTITUTION_EXPORT,
    }

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="institution_import", url="institutions/import")

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> ResponseReturnValue:
        """Show what to do, or take a file and lead to its preview."""
        actor = require_actor()
        form = WorkbookForm(CombinedMultiDict((request.files, request.form)))
        status = 200
        if request.method == "POST":
            status = 422
            chosen = form.uploaded()
            if chosen is not None:
                with chosen.stream:
                    data = chosen.read()
                try:
                    earlier = importing.waiting(actor)
                    batch = importing.upload(actor, chosen.filename or "", data)
                    db.session.commit()
                except (NotAllowedError, NotFoundError):
                    raise
                except DomainError as error:
                    db.session.rollback()
                    form.file.errors = [*form.file.errors, error.message]
                else:
                    importing.release_files(actor)
                    for name in earlier:
                        flash(GIVEN_UP.format(name=name), "warning")
                    return redirect(url_for(".batch", id=batch.id))
        page = render_template(
            "admin/institution_import.html",
            form=form,
            batches=importing.recent(actor),
            most=importing.MOST_DATA_ROWS,
            display=display,
        )
        return page, status

    @expose("/batch/", methods=("GET", "POST"))
    def batch(self) -> ResponseReturnValue:
        """Show a page of the preview, or take what is decided: confirm, give up, judge anew."""
        key = request.args.get("id", "")
        if request.method == "POST":
            return self._decide(key)
        actor = require_actor()
        importing.find_own(actor, key)
        try:
            preview = importing.preview_of(actor, key)
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            flash(error.message, "error")
            return redirect(url_for(".index_view"))
        outcome = preview.outcome
        shown = _chosen_status(outcome)
        rows = outcome.of(shown)
        pages = max(1, -(-len(rows) // PAGE_SIZE))
        page = min((parse_key(request.args.get("page", "")) or 1), pages)
        return render_template(
            "admin/institution_import_preview.html",
            batch=preview.batch,
            outcome=outcome,
            counts=outcome.counts(),
            statuses=list(RowStatus),
            shown=shown,
            rows=rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
            page=page,
            pages=pages,
            labels={column.key: column.label for column in importing.COLUMNS},
        )

    @expose("/marked.xlsx")
    def marked(self) -> ResponseReturnValue:
        """Give the user's own workbook back with the wrong cells coloured and explained."""
        key = request.args.get("id", "")
        preview, table, data = importing.workbook_of(require_actor(), key)
        name = table.places["name"]
        errors = {
            number: {table.places.get(at, name): text for at, text in wrong.items()}
            for number, wrong in preview.outcome.wrong_cells().items()
        }
        try:
            marked = marked_workbook(data, table.sheet_name, table.header_row, errors)
        except CannotMarkError:
            flash(CANNOT_MARK, "error")
            return redirect(url_for(".batch", id=preview.batch.id))
        stem = preview.batch.file_name.rpartition(".")[0] or preview.batch.file_name
        return Response(marked, headers=attachment(f"{stem}（标注错误）.xlsx", XLSX))

    @expose("/template.xlsx")
    def template(self) -> ResponseReturnValue:
        """Give the empty import table."""
        data = template_bytes(importing.choices_for(require_actor(), CodeTables()))
        return Response(data, headers=attachment("机构导入表.xlsx", XLSX))

    @expose("/library")
    def library(self) -> ResponseReturnValue:
        """Give all institutions below the own one as tables that can be uploaded again."""
        actor, codes = require_actor(), CodeTables()
        rows = importing.library_rows(actor, codes)
        file = library_file(rows, importing.choices_for(actor, codes))
        return hand_over(file.data, file.name, AuditTag.INSTITUTION_EXPORT, file.mimetype)

    def _decide(self, key: str) -> ResponseReturnValue:
        actor = require_actor()
        # Whose batch it is comes first, whatever was posted.
        batch = importing.find_own(actor, key)
        again = redirect(url_for(".batch", id=batch.id))
        try:
            if request.form.get("act") == "judge-anew":
                has_changed = importing.judge_anew(actor, key)
                db.session.commit()
                flash(JUDGED_ANEW if has_changed else SAME_AS_BEFORE, "success")
                return again
            if request.form.get("act") == "discard":
                importing.discard(actor, batch)
                sentence = "已放弃这次导入，没有写入任何内容。"
            else:
                sentence = self._apply(key)
            db.session.commit()
        except (StaleDataError, StaleVersionError):
            db.session.rollback()
            flash(CHANGED_MEANWHILE, "error")
            return again
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "error")
            waits = importing.find_own(actor, key).state is ImportState.PREVIEWED
            return again if waits else redirect(url_for(".index_view"))
        importing.release_files(actor)
        if not sentence:
            flash(CHANGED_MEANWHILE, "error")
            return again
        flash(sentence, "success")
        is_done = request.form.get("act") != "discard"
        return redirect(url_for("institutions.index_view" if is_done else ".index_view"))

    @staticmethod
    def _apply(key: str) -> str:
        """Confirm, and return the sentence to show; empty when the preview must be shown again."""
        done = importing.apply(
            require_actor(),
            key,
            parse_key(request.form.get("version", "")) or 0,
            keep_former_names=bool(request.form.get("keep_former_names")),
        )
        return DONE.format(new=done.new_count, changed=done.changed_count) if done else ""


def _chosen_status(outcome: InstitutionOutcome) -> RowStatus | None:
    """Return which rows are asked for: by default the first kind that there is."""
    asked = request.args.get("show", "")
    if asked == "all":
        return None
    if asked in set(RowStatus):
        return RowStatus(asked)
    counts = outcome.counts()
    return next((status for status in RowStatus if counts[status]), None)
