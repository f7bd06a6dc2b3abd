"""花名册: the clerk makes, prints and hands in; the bureau files or returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from admin_views.base import GridView
from admin_views.denials import record_absence, record_denial
from admin_views.filters import Filter, SelectFilter, enum_filter, year_filter
from admin_views.form_display import CONFLICT
from admin_views.identity import require_actor
from admin_views.roster_page import RosterPage
from admin_views.roster_scans import RosterScanPages
from admin_views.roster_steps import offered
from admin_views.tools import Link, action
from exports.papers import roster_paper
from exports.pdf import printable_paper
from extensions import db
from models import InstitutionName, JobKind, Roster, RosterState
from services import exam_years, form_keys, rosters
from services.certificates import doubts, is_full_year
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.exam_years import entry
from services.permissions import Permission
from services.rosters import queue
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


class RosterView(RosterPage, RosterScanPages, GridView):
    """The grid of rosters: the clerk's own, and the bureau's queue."""

    title = "花名册"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.ROSTER_READ,
        "create_view": Permission.ROSTER_WRITE,
        "details_view": Permission.ROSTER_READ,
        "action_view": Permission.ROSTER_READ,
        "return_view": Permission.ROSTER_FILE,
        "print_pdf": Permission.ROSTER_READ,
        "receipt_pdf": Permission.ROSTER_READ,
        "workbook": Permission.ROSTER_READ,
        "scans": Permission.ROSTER_WRITE,
        "change_scan": Permission.ROSTER_WRITE,
        "scan_thumbnail": Permission.ROSTER_READ,
        "scan_page": Permission.ROSTER_READ,
        "scan_file": Permission.ROSTER_READ,
    }
    can_edit = False
    opens = ".details_view"
    column_list = (
        "institution",
        "exam_year",
        "batch",
        "headcount",
        "doubts",
        "state",
        "waiting",
        "due",
        "code",
        "bureau",
        "printed_at",
        "submitted_at",
        "decided_at",
    )
    labels: ClassVar[Mapping[str, str]] = {
        "institution": "机构名称",
        "bureau": "接收单位",
        "doubts": "风险提示",
        "waiting": "已等待",
        "due": "报送截止",
    }
    column_sortable_list = ("exam_year", "headcount", "submitted_at", "printed_at")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", True)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "institution": lambda _v, _c, row, _n: row.institution.name,
        "bureau": lambda _v, _c, row, _n: row.bureau.name,
        "batch": lambda _v, _c, row, _n: f"第{row.batch}批",
        "state": lambda view, _c, row, _n: view.state_in_words(row),
        "doubts": lambda _v, _c, row, _n: _doubts_in_words(row),
        "waiting": lambda _v, _c, row, _n: _days_waiting(row),
        "due": lambda _v, _c, row, _n: queue.days_to(g.due[row.id]) if row.id in g.due else "",
    }
    keyword_hint = "机构名称、花名册编码"
    filters: ClassVar[Sequence[Filter]] = (
        SelectFilter(
            "desk",
            "办理",
            "全部",
            lambda: [("mine", "待我办理", None)],
            lambda _value: rosters.waits_for(require_actor()),
        ),
        SelectFilter(
            "waits",
            "已等待",
            "不限",
            lambda: [(str(days), f"{days}天以上", None) for days in queue.LONG_WAITS],
            lambda days: queue.has_waited(int(days)),
        ),
        year_filter(Roster.exam_year),
        enum_filter("state", "状态", "所有状态", RosterState, Roster.state),
    )

    @action(
        "print",
        "打印",
        Permission.ROSTER_WRITE,
        confirm="打印后，下列花名册的内容即固定，请盖章后报送：\n{rows}",
        opens_window=True,
    )
    def _print(self, actor: Actor, rows: list[Roster], _reason: str) -> ResponseReturnValue:
        # What cannot be drawn is not marked as printed.
        printable_paper(roster_paper(rows[0]))
        rosters.mark_printed(actor, rows[0])
        db.session.commit()
        return redirect(url_for(".print_pdf", key=rows[0].id))

    @action(
        "submit",
        "报送",
        Permission.ROSTER_WRITE,
        confirm="请确认纸质花名册已签字、盖章。报送后人员信息不能再修改：\n{rows}",
    )
    def _submit(self, actor: Actor, rows: list[Roster], _reason: str) -> str:
        rosters.submit(actor, rows[0])
        return f"已报送至{rows[0].bureau.name}，请将盖章的纸质花名册一并送交。"

    @action(
        "remake",
        "重新生成",
        Permission.ROSTER_WRITE,
        confirm="将按最新信息重新生成花名册，原花名册作废：\n{rows}",
    )
    def _remake(self, actor: Actor, rows: list[Roster], _reason: str) -> ResponseReturnValue:
        fresh = rosters.remake(actor, rows[0])
        db.session.commit()
        flash(f"已重新生成第{fresh.batch}批花名册，原花名册作废，请重新打印。", "success")
        # The clerk goes on with the new one.
        return redirect(url_for(".details_view", id=fresh.id))

    @action(
        "void",
        "作废",
        Permission.ROSTER_WRITE,
        confirm="作废后，下列花名册的纸质件无效，人员可另行生成花名册：\n{rows}",
        is_dangerous=True,
    )
    def _void(self, actor: Actor, rows: list[Roster], _reason: str) -> str:
        rosters.void(actor, rows[0])
        return "花名册已作废。"

    @action(
        "file",
        "备案",
        Permission.ROSTER_FILE,
        confirm="请确认已收到盖章的纸质花名册，且编码与平台一致：\n{rows}\n所列花名册一并备案；有一份不能备案的，全部不备案。",
        needs="some",
    )
    def _file(self, actor: Actor, rows: list[Roster], _reason: str) -> str:
        for row in rows:
            rosters.file_roster(actor, row)
        return f"已备案 {len(rows)} 份花名册。"

    @action(
        "revoke",
        "撤销备案",
        Permission.ROSTER_FILE,
        confirm="撤销备案后，下列花名册退回机构，人员信息可以修改，须重新生成、打印、报送：\n{rows}",
        reason="撤销原因",
        is_dangerous=True,
    )
    def _revoke(self, actor: Actor, rows: list[Roster], reason: str) -> str:
        rosters.revoke_filing(actor, rows[0], reason)
        return "备案已撤销，花名册已退回机构。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("生成花名册", ".create_view", Permission.ROSTER_WRITE),
        Link("查看", ".details_view", Permission.ROSTER_READ, needs="one"),
        _print,
        _submit,
        None,
        _remake,
        _void,
        None,
        _file,
        Link(
            "退回",
            ".return_view",
            Permission.ROSTER_FILE,
            needs="one",
            argument="key",
            act="return",
        ),
        _revoke,
        None,
        Link(
            "汇总花名册",
            "jobs.ask",
            Permission.ROSTER_FILE,
            given=(("job", JobKind.CONSOLIDATED_ROSTER.value),),
        ),
        Link("导出名单", ".workbook", Permission.ROSTER_READ, needs="one", argument="key"),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(Roster, name=self.title, endpoint="rosters", url="rosters")

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search the institution and the code."""
        return rosters.search_condition(keyword)

    def _get_default_order(self) -> Any:
        """Let what waits come oldest first; Flask-Admin's own hook."""
        if request.args.get("desk") or request.args.get("waits"):
            return [(Roster.submitted_at, None, False), (Roster.id, None, False)]
        return super()._get_default_order()

    def hint_when_empty(self, actor: Actor) -> str:
        """Tell the clerk to make one, the officer where they come from."""
        if actor.may(Permission.ROSTER_WRITE):
            return "没有符合条件的花名册。单击“生成花名册”，选择考核合格的人员。"
        return "没有符合条件的花名册。下级机构生成的花名册显示在这里，报送后由接收单位备案或退回。"

    def list_options(self) -> Sequence[Any]:
        """Load the institutions of all rows at once, and where their bureaux stand."""
        bureau = joinedload(Roster.bureau).undefer(InstitutionName.path)
        return (joinedload(Roster.institution), bureau)

    def prepare(self, rows: Sequence[Roster]) -> None:
        """Look for all rows at once whether people on them were changed since."""
        g.overtaken = rosters.overtaken(rows)
        g.heirs = rosters.heirs(rows) if require_actor().may(Permission.ROSTER_FILE) else {}
        g.due = queue.deadlines(rows)
        g.doubted = queue.doubts_of(rows)

    def row_questions(self, row: Roster) -> Mapping[str, Mapping[str, str]]:
        """Say beside its name, before a roster is filed, how much is doubted about its people."""
        doubted = _doubts_in_words(row)
        return {"file": {"aside": f"风险提示{doubted}"}} if doubted else {}

    @staticmethod
    def state_in_words(row: Roster) -> str:
        """Return the state, and that the roster is to be made anew."""
        return f"{row.state.label}，须重新生成" if row.id in g.overtaken else row.state.label

    def acts_on(self, row: Roster) -> frozenset[str]:
        """Return the acts that the roster's state allows; only its bureau decides of it."""
        heir, _name = g.heirs.get(row.id, (None, ""))
        return offered(row, require_actor(), is_overtaken=row.id in g.overtaken, heir=heir)

    def row_name(self, row: Roster) -> str:
        """Name a roster by institution, year and batch."""
        return f"{row.institution.name} {row.year_and_batch}"

    def cell_class(self, row: Roster, name: str) -> str:
        """Colour the state, and what waits long or comes late."""
        if name == "waiting":
            return " is-bad" if (queue.days_waiting(row) or 0) >= queue.LONG else ""
        if name != "state":
            return ""
        return {
            RosterState.FILED: " is-good",
            RosterState.SUBMITTED: " is-waiting",
            RosterState.RETURNED: " is-bad",
        }.get(row.state, "")

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Let the clerk choose year and people, and make the roster."""
        actor = require_actor()
        years = exam_years.years()
        given = request.values.get("year", "")
        year = parse_key(given) if given else exam_years.current_year()
        if year is None and not years:
            raise DomainError("还没有考试年度，不能生成花名册。请联系考区办公室。")
        if year is None or year not in years:
            raise NotFoundError
        chosen = request.form.getlist("certificate")
        form_key = request.form.get("form_key", "") or form_keys.draw()
        status = 200
        if request.method == "POST":
            try:
                roster = rosters.create(actor, year, chosen, form_key=form_key)
                db.session.commit()
            except NotAllowedError as error:
                record_denial(error.message)
                flash(error.message, "error")
            except NotFoundError as error:
                record_absence(keys=error.keys)
                flash(error.message, "error")
            except DomainError as error:
                db.session.rollback()
                flash(error.message, "error")
            except IntegrityError:
                db.session.rollback()
                flash(CONFLICT, "error")
            else:
                flash("花名册已生成。请核对后单击“打印”，盖章后单击“报送”。", "success")
                return redirect(url_for(".details_view", id=roster.id))
            status = 422
        candidates = rosters.candidates(actor, year)
        days = rosters.days_served(candidates, year)
        full = {str(key) for key, served in days.items() if is_full_year(served)}
        body = self.render(
            "admin/roster_new.html",
            years=years,
            year=year,
            candidates=candidates,
            days=days,
            doubts=doubts.of_certificates(one.id for one in candidates),
            summary=doubts.summary,
            full=full,
            chosen=set(chosen) if request.method == "POST" else full,
            form_key=form_key,
            late=entry.lateness_of_new(actor.institution_id, actor.path, year),
            return_url=self.return_url(),
        )
        return body, status


def _doubts_in_words(row: Roster) -> str:
    found = g.doubted.get(row.id)
    return f"{found.doubts}项（{found.people}人）" if found else ""


def _days_waiting(row: Roster) -> str:
    days = queue.days_waiting(row)
    if days is None:
        return ""
    return f"{days}天" if days else "今天报送"
