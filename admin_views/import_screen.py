"""The pages of an import: the upload, the preview, and one confirmation for all of it.

Institutions and people go the same way; each has its desk, its templates and its words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import CombinedMultiDict

from admin_views.identity import require_actor
from exports.http import XLSX, attachment
from exports.marked_workbook import CannotMarkError, marked_workbook
from extensions import db
from forms.workbook import WorkbookForm
from models import ImportState
from services.audit import shown as display
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.importing import RowStatus
from services.scope import parse_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from models import ImportBatch
    from services.importing import Desk, Outcome, Preview

PAGE_SIZE: Final = 50
GIVEN_UP: Final = "此前上传的“{name}”尚未导入，已放弃；现在显示的是刚上传的文件。"
CHANGED_MEANWHILE: Final = (
    "上传之后{place}有了变化，导入结果与当时显示的不同，尚未导入。请重新核对。"
)
CANNOT_MARK: Final = "无法在原文件上标注，请按页面上列出的行号和说明修改。"
JUDGED_ANEW: Final = "已按现在的{place}重新核对，导入结果有变化，请再看一遍。"
SAME_AS_BEFORE: Final = "已按现在的{place}重新核对，导入结果没有变化。"
ASIDE: Final = "内容较多，导入已转入后台任务，可以离开本页。是否完成请看下表。"
DONE: Final = "导入完成：新增{new}{unit}，修改{changed}{unit}。"


class ImportView(BaseView):
    """The pages of an import; a batch is seen by nobody but the one who uploaded it."""

    #: Where the records are, in the sentences to the user, and how they are counted.
    place: ClassVar[str]
    unit: ClassVar[str]
    desk: ClassVar[Desk[Any, Any]]
    upload_template: ClassVar[str]
    preview_template: ClassVar[str]
    #: Where to go when it is done.
    list_endpoint: ClassVar[str]
    #: What may be ticked when the import is confirmed.
    choices: ClassVar[tuple[str, ...]] = ()

    def upload_context(self) -> dict[str, Any]:
        """Return what the page of the upload shows besides."""
        return {}

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
                    earlier = self.desk.waiting(actor)
                    batch = self.desk.upload(actor, chosen.filename or "", data)
                    db.session.commit()
                except (NotAllowedError, NotFoundError):
                    raise
                except DomainError as error:
                    db.session.rollback()
                    form.file.errors = [*form.file.errors, error.message]
                else:
                    self.desk.release_files(actor)
                    for name in earlier:
                        flash(GIVEN_UP.format(name=name), "warning")
                    return redirect(url_for(".batch", id=batch.id))
        page = render_template(
            self.upload_template,
            title=self.title,
            form=form,
            batches=self.desk.recent(actor),
            most=self.desk.layout.most_rows,
            display=display,
            **self.upload_context(),
        )
        return page, status

    @expose("/batch/", methods=("GET", "POST"))
    def batch(self) -> ResponseReturnValue:
        """Show a page of the preview, or take what is decided: confirm, give up, judge anew."""
        key = _key()
        if request.method == "POST":
            return self._decide(key)
        actor = require_actor()
        self.desk.find_own(actor, key)
        try:
            preview = self.desk.preview_of(actor, key)
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            flash(error.message, "error")
            return redirect(url_for(".index_view"))
        return self._preview_page(preview)

    def _preview_page(self, preview: Preview[Any]) -> str:
        outcome = preview.outcome
        shown = _chosen_status(outcome)
        rows = outcome.of(shown)
        pages = max(1, -(-len(rows) // PAGE_SIZE))
        page = min((parse_key(request.args.get("page", "")) or 1), pages)
        return render_template(
            self.preview_template,
            batch=preview.batch,
            is_aside=self.desk.is_aside(require_actor(), preview.batch),
            outcome=outcome,
            counts=outcome.counts(),
            statuses=list(RowStatus),
            shown=shown,
            rows=rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
            page=page,
            pages=pages,
            place=self.place,
            unit=self.unit,
            labels={column.key: column.label for column in self.desk.layout.columns},
        )

    @expose("/marked.xlsx")
    def marked(self) -> ResponseReturnValue:
        """Give the user's own workbook back with the wrong cells coloured and explained."""
        key = _key()
        preview, table, data = self.desk.workbook_of(require_actor(), key)
        main = table.places.get(self.desk.layout.main_key, 1)
        errors = {
            number: {table.places.get(at, main): text for at, text in wrong.items()}
            for number, wrong in preview.outcome.wrong_cells().items()
        }
        try:
            marked = marked_workbook(data, table.sheet_name, table.header_row, errors)
        except CannotMarkError:
            flash(CANNOT_MARK, "error")
            return redirect(url_for(".batch", id=preview.batch.id))
        stem = preview.batch.file_name.rpartition(".")[0] or preview.batch.file_name
        return Response(marked, headers=attachment(f"{stem}（标注错误）.xlsx", XLSX))

    def _decide(self, key: str) -> ResponseReturnValue:
        actor = require_actor()
        # Whose batch it is comes first, whatever was posted.
        batch = self.desk.find_own(actor, key)
        again = redirect(url_for(".batch", id=batch.id))
        act = request.form.get("act")
        changed_meanwhile = CHANGED_MEANWHILE.format(place=self.place)
        try:
            if act == "judge-anew":
                has_changed = self.desk.judge_anew(actor, key)
                db.session.commit()
                sentence = JUDGED_ANEW if has_changed else SAME_AS_BEFORE
                flash(sentence.format(place=self.place), "success")
                return again
            if act != "discard" and self.desk.is_large(batch):
                version, choices = self._confirmed()
                self.desk.apply_aside(actor, key, version, **choices)
                db.session.commit()
                flash(ASIDE, "success")
                return redirect(url_for("jobs.index_view"))
            if act == "discard":
                self.desk.discard(actor, batch)
                sentence = "已放弃这次导入，没有写入任何内容。"
            else:
                sentence = self._apply(key)
            db.session.commit()
        except (StaleDataError, StaleVersionError):
            db.session.rollback()
            flash(changed_meanwhile, "error")
            return again
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "error")
            waits = self.desk.find_own(actor, key).state is ImportState.PREVIEWED
            return again if waits else redirect(url_for(".index_view"))
        self.desk.release_files(actor)
        if not sentence:
            flash(changed_meanwhile, "error")
            return again
        flash(sentence, "success")
        return redirect(url_for(".index_view" if act == "discard" else self.list_endpoint))

    def _apply(self, key: str) -> str:
        """Confirm, and return the sentence to show; empty when the preview must be shown again."""
        version, choices = self._confirmed()
        done = self.desk.apply(require_actor(), key, version, **choices)
        return self._told(done) if done is not None else ""

    def _confirmed(self) -> tuple[int, dict[str, bool]]:
        """Return the version that was looked at, and what was ticked."""
        version = parse_key(request.form.get("version", "")) or 0
        return version, {name: bool(request.form.get(name)) for name in self.choices}

    def _told(self, done: ImportBatch) -> str:
        return DONE.format(new=done.new_count, changed=done.changed_count, unit=self.unit)


def _key() -> str:
    """Return the key in the address; given twice it is none."""
    keys = request.args.getlist("id")
    return keys[0] if len(keys) == 1 else ""


def _chosen_status(outcome: Outcome[Any]) -> RowStatus | None:
    """Return which rows are asked for: by default the first kind that there is."""
    asked = request.args.get("show", "")
    if asked == "all":
        return None
    if asked in set(RowStatus):
        return RowStatus(asked)
    counts = outcome.counts()
    return next((status for status in RowStatus if counts[status]), None)
