"""本机构信息设置: the own institution's record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import url_for
from flask_admin import BaseView, expose

from admin_views.identity import require_actor
from admin_views.institution_record import record_page
from models import Institution
from services import scope
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue


class MyInstitutionView(BaseView):
    """The page of the institution to which the account belongs."""

    title = "本机构信息设置"
    permissions: ClassVar[Mapping[str, Permission]] = {"index": Permission.INSTITUTION_OWN}

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="my_institution", url="my-institution")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the record, or take a change of it."""
        return record_page(self, scope.find(Institution, require_actor().institution_id))

    def record_url(self, institution: Institution, tab: str, **more: Any) -> str:
        """Return the address of a tab."""
        return url_for("my_institution.index", tab=tab, **more)

    def back_url(self) -> str:
        """Return where 返回 leads."""
        return url_for("admin.index")
