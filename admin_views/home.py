"""The home page (工作台): what waits for this account, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask_admin import AdminIndexView, expose

from admin_views.completeness import own_checklist
from admin_views.identity import require_actor
from services import home
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue


class HomeView(AdminIndexView):
    """Counts and next steps of the signed-in account's node."""

    permissions: ClassVar[Mapping[str, Permission]] = {"index": Permission.ACCOUNT_OWN}

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the home page."""
        page: str = self.render(
            "admin/home.html", summary=home.summary(require_actor()), checklist=own_checklist()
        )
        return page
