"""在线用户: who is signed in at or below the own node, and 强制下线."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from admin_views.base import GridView
from admin_views.device_names import device_name
from admin_views.filters import Filter, enum_filter
from admin_views.lookup_filters import institution_filter
from admin_views.tools import action
from models import Administrator, AuthMethod, Institution, SignInSession
from models.administrator import fold_username
from services import audit, sessions
from services.audit import AuditTag
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


class OnlineUserView(GridView):
    """The living sessions of the part of the tree; a row can be ended and not be changed."""

    title = "在线用户"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.SESSION_READ,
        "action_view": Permission.SESSION_END,
    }
    can_create = False
    can_edit = False
    opens = ""
    column_list = (
        "username",
        "full_name",
        "institution",
        "method",
        "created_at",
        "last_seen_at",
        "last_address",
        "device",
    )
    labels: ClassVar[Mapping[str, str]] = {
        "username": "用户名",
        "full_name": "姓名",
        "institution": "机构名称",
    }
    column_sortable_list = ("created_at", "last_seen_at")
    column_default_sort = ("last_seen_at", True)
    column_formatters: ClassVar[dict[str, Any]] = {
        "username": lambda _v, _c, row, _n: row.administrator.username,
        "full_name": lambda _v, _c, row, _n: row.administrator.full_name,
        "institution": lambda _v, _c, row, _n: row.institution.name,
        "device": lambda _v, _c, row, _n: device_name(row.device),
    }
    keyword_hint = "机构名称、姓名、用户名"
    empty_hint = "没有符合条件的在线用户。"
    filters: ClassVar[Sequence[Filter]] = (
        institution_filter(SignInSession.institution_id),
        enum_filter("method", "登录方式", "全部", AuthMethod, SignInSession.method),
    )

    @action(
        "end",
        "强制下线",
        Permission.SESSION_END,
        confirm="下列用户将立即退出，未保存的内容不会保存：\n{rows}",
        needs="some",
        is_dangerous=True,
    )
    def _end(self, actor: Actor, rows: list[SignInSession], _reason: str) -> str:
        others = [row for row in rows if row.administrator_id != actor.administrator_id]
        ended = sessions.end_listed(actor, [row.id for row in others])
        for row in others:
            audit.record(actor, AuditTag.SESSION_END, row.administrator)
        if len(others) < len(rows):
            return f"已强制{ended}个登录下线；您本人的登录请用右上角的“退出”。"
        return f"已强制{ended}个登录下线。"

    tools: ClassVar[Sequence[Tool | None]] = (_end,)

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(
            SignInSession, name=self.title, endpoint="online_users", url="online-users"
        )

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Leave out what has ended or grown too old."""
        return sessions.living()

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search institution, person and user name."""
        named = select(Institution.id).where(Institution.name.contains(keyword, autoescape=True))
        people = select(Administrator.id).where(
            or_(
                Administrator.full_name.contains(keyword, autoescape=True),
                Administrator.username_folded.contains(fold_username(keyword), autoescape=True),
            )
        )
        return or_(
            SignInSession.institution_id.in_(named), SignInSession.administrator_id.in_(people)
        )

    def list_options(self) -> Sequence[Any]:
        """Load accounts and institutions of all rows at once."""
        return (joinedload(SignInSession.administrator), joinedload(SignInSession.institution))

    def row_name(self, row: SignInSession) -> str:
        """Call a session by its account and its device."""
        return f"{row.administrator.username}（{device_name(row.device)}）"
