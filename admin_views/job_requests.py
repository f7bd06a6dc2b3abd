"""What a page asks a job for: read from its address, with what the user is told beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import abort, request

from admin_views.grid_list import SEALED
from admin_views.replay import replayed, screen
from models import JobKind
from services import audit, exam_years, personal_numbers, sealed_keywords
from services.permissions import Permission
from services.rosters import consolidating

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.actor import Actor

#: Rows that a sheet of a workbook holds, less its head (Excel specifications and limits).
MOST_ROWS: Final = 1_048_000
#: Papers in one document.
MOST_PAPERS: Final = 1_000
NOTHING: Final = "没有符合条件的记录。"
OVER: Final = "按号码查找的结果已过期，请回到列表重新查找。"
#: Arguments by which every list is narrowed and sorted.
_OF_LISTS: Final = frozenset({"search", "sort", "desc"})


@dataclass(frozen=True)
class Wanted:
    """A job that could be asked for, and what its page says."""

    kind: JobKind
    title: str
    arguments: Mapping[str, Any]
    #: What it is about, as labels and values.
    lines: tuple[tuple[str, str], ...]
    #: What is to be chosen before: name, label, chosen value, and the values with their labels.
    choices: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = ()
    #: Why it cannot be asked for; empty when it can.
    problem: str = ""


def read(actor: Actor) -> Wanted:
    """Return what the address of this request asks for; 404 for what there is not."""
    reader = _READERS.get(request.values.get("job", ""))
    if reader is None:
        abort(404)
    return reader(actor)


def _grid_export(actor: Actor) -> Wanted:
    view = screen(request.args.get("screen", ""))
    if view.export_tag is None:
        abort(404)
    actor.require(view.permissions["export"])
    return _about_list(actor, JobKind.GRID_EXPORT, view, MOST_ROWS, "条")


def _certificate_papers(actor: Actor) -> Wanted:
    actor.require(Permission.CERTIFICATE_READ)
    view = screen("certificates")
    return _about_list(actor, JobKind.CERTIFICATE_PAPERS, view, MOST_PAPERS, "份")


def _about_list(actor: Actor, kind: JobKind, view: Any, most: int, unit: str) -> Wanted:
    """Return a job about the rows of a list as the address narrows it."""
    query, is_over = _query_of(actor, view)
    with replayed(actor, query):
        count = view.get_count_query().scalar()
        told = view.narrowed()
    problem = OVER if is_over else ""
    if not count:
        problem = NOTHING
    elif count > most:
        problem = f"一次最多{most:,}{unit}，符合条件的有{count:,}{unit}，请缩小范围后再提交。"
    return Wanted(
        kind,
        f"{kind.label}：{view.title}（{count:,}{unit}）"
        if kind is JobKind.GRID_EXPORT
        else f"{kind.label}（{count:,}{unit}）",
        {"screen": view.endpoint, "query": query},
        (
            ("列表", view.title),
            ("条件", audit.story_of(told) or "全部"),
            ("数量", f"{count:,}{unit}"),
        ),
        problem=problem,
    )


def _query_of(actor: Actor, view: Any) -> tuple[list[list[str]], bool]:
    """Return the arguments of the list, and whether a number in them is not told any more.

    A number of a person stands sealed in the address; the job keeps it in clear where it is
    encrypted, since the seal is this session's.
    """
    known = {name for choice in view.filters for name in choice.names} | _OF_LISTS
    query = [[n, v] for n, v in request.args.items(multi=True) if n in known and v]
    if any(name == "search" and personal_numbers.is_personal(value) for name, value in query):
        abort(400)
    sealed = request.args.get(SEALED, "")
    if not sealed or any(name == "search" for name, _value in query):
        return query, False
    number = sealed_keywords.opened(actor, view.endpoint, sealed)
    return [*query, ["search", number]] if number else query, number is None


def _consolidated_roster(actor: Actor) -> Wanted:
    actor.require(Permission.ROSTER_FILE)
    years = exam_years.years()
    year = request.values.get("year", type=int)
    if year not in years:
        year = years[0] if years else 0
    which = _chosen("which", consolidating.Which)
    shape = _chosen("shape", consolidating.Shape)
    count = consolidating.headcount(year, which)
    problem = "" if count else f"{year}年度没有{which.label}的花名册。"
    if shape is consolidating.Shape.PDF and count > consolidating.MOST_ON_PAPER:
        problem = (
            f"纸质汇总花名册一次最多{consolidating.MOST_ON_PAPER:,}人，符合条件的有{count:,}人，"
            "请改为Excel表格。"
        )
    return Wanted(
        JobKind.CONSOLIDATED_ROSTER,
        f"{year}年度汇总花名册（{which.label}，{count:,}人，{shape.value}）",
        {"year": year, "which": which.value, "shape": shape.value},
        (("汇总单位", actor.institution_name), ("人数", f"{count:,}人")),
        (
            ("year", "考试年度", str(year), tuple((str(one), f"{one}年") for one in years)),
            ("which", "花名册", which.value, tuple(consolidating.Which.choices())),
            ("shape", "格式", shape.value, tuple(consolidating.Shape.choices())),
        ),
        problem,
    )


def _chosen(name: str, enum: Any) -> Any:
    """Return the member that the address names, or the first one."""
    try:
        return enum(request.values.get(name, ""))
    except ValueError:
        return next(iter(enum))


_READERS: Final[Mapping[str, Callable[[Actor], Wanted]]] = {
    JobKind.GRID_EXPORT: _grid_export,
    JobKind.CERTIFICATE_PAPERS: _certificate_papers,
    JobKind.CONSOLIDATED_ROSTER: _consolidated_roster,
}
