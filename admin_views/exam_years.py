"""考试年度: dates, law and texts of the exam years; the province keeps them, all others read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import flash, g, request

from admin_views.base import GridView
from admin_views.identity import require_actor
from admin_views.tools import Link
from exports.fonts import MissingGlyphError, printable
from forms.exam_year import ExamYearForm
from models import ExamCycle
from services import clock
from services.errors import FieldErrors
from services.exam_years import impact, use_cases
from services.exam_years.windows import Standing, standing_of
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_views.tools import Tool
    from services.actor import Actor

_DOUBTS_LATER: Final = "本年度的考核证明较多，其风险提示正在后台重新核算，进度见“首页 → 后台任务”。"
_UNCONFIRMED: Final = "尚未保存：请核对改动的影响，勾选“已核对”后再保存。"
_PRINTED: Final = ("certificate_notes", "practice_notes", "roster_notes")


class ExamYearView(GridView):
    """The grid of exam years, and the form of one with what a change does."""

    title = "考试年度"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.EXAM_YEAR_READ,
        "create_view": Permission.EXAM_YEAR_WRITE,
        "edit_view": Permission.EXAM_YEAR_READ,
    }
    create_template = "admin/exam_year_form.html"
    edit_template = "admin/exam_year_form.html"
    column_list = (
        "year",
        "entry_opens_on",
        "entry_closes_on",
        "roster_due_on",
        "trial_cutoff_on",
        "law",
        "standing",
    )
    labels: ClassVar[Mapping[str, str]] = {"standing": "状态"}
    column_sortable_list = ("year", "entry_opens_on", "entry_closes_on")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("year", True)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "standing": lambda _v, _c, row, _n: standing_of(row, clock.today()).label,
    }
    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增", ".create_view", Permission.EXAM_YEAR_WRITE),
        Link("修改", ".edit_view", Permission.EXAM_YEAR_WRITE, needs="one"),
        Link("查看", ".edit_view", Permission.EXAM_YEAR_READ, needs="one"),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(ExamCycle, name=self.title, endpoint="exam_years", url="exam-years")

    def offers(self, tool: Tool, actor: Actor) -> bool:
        """Offer what writes to the province only, and 查看 to all others."""
        writes = tool.permission is Permission.EXAM_YEAR_WRITE
        return super().offers(tool, actor) and writes is use_cases.may_write(actor)

    def hint_when_empty(self, actor: Actor) -> str:
        """Tell the province to make a year, and all others whom to ask."""
        if use_cases.may_write(actor):
            return "还没有考试年度，机构不能填报。单击“新增”建立。"
        return "还没有考试年度，不能填报。请联系考区办公室。"

    def cell_class(self, row: ExamCycle, name: str) -> str:
        """Colour the year in which people are entered."""
        is_open = name == "standing" and standing_of(row, clock.today()) is Standing.OPEN
        return " is-good" if is_open else ""

    def opened(self, row: ExamCycle) -> ExamCycle:
        """Refuse the form of whoever only reads, before anything in it is looked at."""
        if request.method == "POST":
            use_cases.require_writing(require_actor())
        return row

    def make_form(self, row: ExamCycle | None) -> ExamYearForm:
        """Return the form; a new year is proposed from the latest one."""
        if row is not None:
            return ExamYearForm(self.formdata(), obj=row)
        use_cases.require_writing(require_actor())
        proposed = use_cases.proposal() if request.method == "GET" else None
        return ExamYearForm(self.formdata(), **(vars(proposed) if proposed is not None else {}))

    def form_title(self, row: ExamCycle | None) -> str:
        """Return the title over the form; whoever cannot change it looks at it."""
        if row is None or use_cases.may_write(require_actor()):
            return super().form_title(row)
        return f"查看：{self.row_name(row)}"

    def form_context(self, row: ExamCycle | None) -> dict[str, Any]:
        """Tell the template whether it can be saved, and what saving would do."""
        return {
            "cycle": row,
            "may_save": use_cases.may_write(require_actor()),
            "effects": g.get("effects", ()),
        }

    def create(self, actor: Actor, form: ExamYearForm) -> ExamCycle:
        """Make a year."""
        _require_printable(form)
        return use_cases.create(actor, form.to_input())

    def update(self, actor: Actor, row: ExamCycle, form: ExamYearForm) -> None:
        """Change a year; what touches records is shown first, and confirmed for this content."""
        _require_printable(form)
        data, version = form.to_input(), form.expected_version()
        effects = impact.of(actor, row, data, version)
        if effects and form.confirmed.data != form.choice:
            g.effects = effects
            raise FieldErrors({"confirmed": _UNCONFIRMED})
        if not use_cases.update(actor, row, data, version):
            flash(_DOUBTS_LATER, "warning")


def _require_printable(form: ExamYearForm) -> None:
    """Refuse notes that no paper could show: nothing of the whole year could be printed."""
    errors = {}
    for name in _PRINTED:
        try:
            printable(form[name].data or "")
        except MissingGlyphError as error:
            errors[name] = error.message
    if errors:
        raise FieldErrors(errors)
