"""现场审核记录: what was reviewed, on a day or ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import g

from admin_views.base import GridView
from admin_views.filters import DateFilter, Filter, SelectFilter, enum_filter
from admin_views.identity import require_actor
from admin_views.lookup_filters import PlaceFilter
from admin_views.tools import Link
from models import CertificateReview, ReviewResult
from services import reviews, scope
from services.audit import AuditTag, moment
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool


class ReviewView(GridView):
    """The grid of reviews; they are made at the desk and never changed."""

    title = "现场审核记录"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.REVIEW_READ,
        "export": Permission.REVIEW_EXPORT,
    }
    list_template = "admin/reviews.html"
    can_create = False
    can_edit = False
    opens = ""
    export_tag = AuditTag.REVIEW_EXPORT
    largest_export = 50_000
    column_list = (
        "reviewed_at",
        "name",
        "institution",
        "code",
        "status",
        "result",
        "note",
        "actor_name",
        "office",
    )
    labels: ClassVar[Mapping[str, str]] = {
        "name": "姓名",
        "institution": "出具机构",
        "code": "提交编码",
    }
    column_sortable_list = ("reviewed_at",)
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", True)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "reviewed_at": lambda _v, _c, row, _n: moment(row.reviewed_at),
        "name": lambda _v, _c, row, _n: row.person,
        "institution": lambda _v, _c, row, _n: row.issued_by,
        "code": lambda _v, _c, row, _n: row.printed_code,
        "actor_name": lambda _v, _c, row, _n: reviews.shown_reviewer(require_actor(), row),
    }
    keyword_hint = "姓名、机构名称、提交编码"
    empty_hint = "没有符合条件的审核记录。在“现场审核”中扫描编码、登记结论后，记录显示在这里。"
    tools: ClassVar[Sequence[Tool | None]] = (
        Link("现场审核", "review.index", Permission.REVIEW_WRITE),
        None,
        Link("导出", ".export", Permission.REVIEW_EXPORT, keeps_filter=True),
    )
    filters: ClassVar[Sequence[Filter]] = (
        DateFilter("at", "日期", CertificateReview.reviewed_at),
        enum_filter("result", "结论", "全部", ReviewResult, CertificateReview.result),
        SelectFilter(
            "reviewer",
            "审核人",
            "所有审核人",
            lambda: [(str(key), name, None) for key, name in _reviewers()],
            reviews.by_reviewer,
        ),
        PlaceFilter(
            "place",
            "机构",
            "输入名称或拼音首字母",
            lambda row: CertificateReview.institution_id == row.id,
            whole=lambda row: scope.subtree(CertificateReview.owner_path, row.path),
            is_advanced=True,
        ),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(CertificateReview, name=self.title, endpoint="reviews", url="reviews")

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search person, institution and code."""
        return reviews.search_condition(keyword)

    def list_options(self) -> Sequence[Any]:
        """Load code, person and institution of all rows at once."""
        return (reviews.with_certificate(),)

    def counts(self) -> Mapping[ReviewResult, int]:
        """Return how many of the listed reviews came to each result."""
        return reviews.counts(self.conditions())

    def row_name(self, row: CertificateReview) -> str:
        """Name a review by person and result."""
        return f"{row.person or row.printed_code} {row.result.label}"

    def cell_class(self, row: CertificateReview, name: str) -> str:
        """Colour the result."""
        if name == "result":
            return " is-good" if row.result is ReviewResult.MATCHES else " is-bad"
        return " code" if name == "code" else ""


def _reviewers() -> list[tuple[int, str]]:
    """Return who may be chosen, asked for once in a request."""
    if "reviewers" not in g:
        g.reviewers = reviews.reviewers(require_actor())
    found: list[tuple[int, str]] = g.reviewers
    return found
