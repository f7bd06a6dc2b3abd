"""权限一览: which role may do what, drawn from the table that the platform itself asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask_admin import BaseView, expose

from admin_views.identity import require_actor
from services.permissions import YES, Permission, overview

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue


class PermissionTableView(BaseView):
    """The page of all roles; anybody may know who may do what."""

    title = "权限一览"
    permissions: ClassVar[Mapping[str, Permission]] = {"index": Permission.ACCOUNT_OWN}

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="permission_table", url="permissions")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the table with the reader's own column marked."""
        actor = require_actor()
        page: str = self.render(
            "admin/permission_table.html",
            table=overview(),
            own=(actor.kind, actor.role),
            yes=YES,
        )
        return page
