"""后台任务: what an account has asked for that takes longer than a page, and the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import Response, flash, jsonify, redirect, request, stream_with_context, url_for
from flask_admin import expose

from admin_views import job_requests
from admin_views.base import GridView
from admin_views.filters import Filter, enum_filter
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from admin_views.tools import Link, action
from exports.http import PDF, XLSX, attachment
from extensions import db
from models import Job, JobState
from services import files, jobs, scope
from services.errors import DomainError
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor

_MEGABYTE = 1024 * 1024


def told_progress(job: Job) -> str:
    """Return how far a job is, for people."""
    if job.state is JobState.FAILED:
        return job.problem or ""
    if not job.total or job.state is not JobState.RUNNING:
        return ""
    return f"{job.done:,} / {job.total:,}（{job.done * 100 // job.total}%）"


def _size(job: Job) -> str:
    if job.size is None:
        return ""
    if job.size < _MEGABYTE:
        return f"{max(job.size // 1024, 1)} KB"
    return f"{job.size / _MEGABYTE:.1f} MB"


class JobView(GridView):
    """The jobs of the account itself; nobody else sees them, superiors neither."""

    title = "后台任务"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.JOB_OWN,
        "action_view": Permission.JOB_OWN,
        "ask": Permission.JOB_OWN,
        "result": Permission.JOB_OWN,
        "status": Permission.JOB_OWN,
    }
    can_create = False
    can_edit = False
    list_template = "admin/jobs.html"
    opens = ".result"
    column_list = ("title", "kind", "state", "progress", "created_at", "finished_at", "size")
    labels: ClassVar[Mapping[str, str]] = {"progress": "进度", "size": "大小"}
    column_sortable_list = ("created_at",)
    column_default_sort = ("created_at", True)
    column_formatters: ClassVar[dict[str, Any]] = {
        "progress": lambda _v, _c, row, _n: told_progress(row),
        "size": lambda _v, _c, row, _n: _size(row),
    }
    empty_hint = "还没有后台任务。导出较多的记录、批量打印和汇总花名册时，可以提交后台任务。"
    filters: ClassVar[Sequence[Filter]] = (
        enum_filter("state", "状态", "全部", JobState, Job.state),
    )

    @action("cancel", "取消任务", Permission.JOB_OWN, confirm="取消下列任务：\n{rows}")
    def _cancel(self, actor: Actor, rows: list[Job], _reason: str) -> str:
        jobs.cancel(actor, rows[0])
        return "任务已取消。"

    @action(
        "remove",
        "删除",
        Permission.JOB_OWN,
        confirm="删除下列任务及其结果：\n{rows}",
        needs="some",
        is_dangerous=True,
    )
    def _remove(self, actor: Actor, rows: list[Job], _reason: str) -> str:
        names = jobs.remove(actor, rows)
        # A file is removed after its row is gone for good.
        db.session.commit()
        for name in names:
            files.discard(name)
        return "任务已删除。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("下载", ".result", Permission.JOB_OWN, needs="one", act="result"),
        None,
        _cancel,
        _remove,
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(Job, name=self.title, endpoint="jobs", url="jobs")

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Keep to the account's own jobs."""
        return (jobs.own(require_actor()),)

    def selected(self, keys: Sequence[str]) -> list[Any]:
        """Return the account's own jobs with all of these keys."""
        return scope.find_all(Job, keys, statement=jobs.visible(require_actor()))

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own name
        """Return the account's own job with this key."""
        return jobs.find(require_actor(), id)

    def acts_on(self, row: Job) -> frozenset[str]:
        """Return the acts that suit the state of a job."""
        if not row.is_finished:
            return frozenset({"cancel"})
        return frozenset({"remove"} if row.storage_name is None else {"remove", "result"})

    def cell_class(self, row: Job, name: str) -> str:
        """Colour the state."""
        if name != "state":
            return ""
        found = {JobState.DONE: " is-good", JobState.FAILED: " is-bad"}
        return found.get(row.state, " is-waiting" if not row.is_finished else "")

    def render(self, template: str, **kwargs: Any) -> str:
        """Tell the template for how long results are kept."""
        return super().render(template, kept_days=jobs.KEPT_DAYS, **kwargs)

    @expose("/result/")
    def result(self) -> ResponseReturnValue:
        """Give the result of a job to its owner, on record."""
        # A GET that leaves an entry: the transaction starts anew as one that may write.
        begin_writing()
        actor = require_actor()
        job = self.get_one(self.single_argument("id"))
        try:
            parts = jobs.download(actor, job)
        except DomainError as error:
            return self._refused(error.message)
        name = job.file_name or ""
        db.session.commit()
        mimetype = PDF if name.endswith(".pdf") else XLSX
        return Response(stream_with_context(parts), headers=attachment(name, mimetype))

    @expose("/status/")
    def status(self) -> Response:
        """Tell the list how far the jobs are."""
        rows = db.session.scalars(jobs.visible(require_actor())).all()
        return jsonify(
            {
                str(job.id): {
                    "state": job.state.label,
                    "progress": told_progress(job),
                    "is_finished": job.is_finished,
                }
                for job in rows
            }
        )

    @expose("/ask/", methods=("GET", "POST"))
    def ask(self) -> ResponseReturnValue:
        """Say what a job would do, and put it into the queue."""
        actor = require_actor()
        wanted = job_requests.read(actor)
        if request.method == "POST" and not wanted.problem:
            try:
                jobs.ask(actor, wanted.kind, wanted.title, wanted.arguments)
                db.session.commit()
            except DomainError as error:
                return self._refused(error.message)
            flash("任务已提交，完成后可在此下载。", "success")
            return redirect(url_for(".index_view"))
        return self.render("admin/job_ask.html", wanted=wanted, return_url=self.return_url())
