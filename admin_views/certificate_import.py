"""试用人员批量导入: the import of people, and the table of each exam year that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import Response, request
from flask_admin import expose

from admin_views.completeness import own_checklist
from admin_views.identity import require_actor
from admin_views.import_screen import ImportView
from exports.http import XLSX, attachment
from exports.people_template import people_template_bytes
from services import clock, exam_years
from services.certificates import importing
from services.errors import NotFoundError
from services.importing import drop_downs
from services.permissions import Permission
from services.reference import CodeTables
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from services.exam_years import Window


class CertificateImportView(ImportView):
    """The pages of the import of people by the clerk of an institution."""

    title = "试用人员批量导入"
    place = "已录入的内容"
    unit = "人"
    desk = importing.DESK
    upload_template = "admin/certificate_import.html"
    preview_template = "admin/certificate_import_preview.html"
    list_endpoint = "certificates.index_view"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.CERTIFICATE_WRITE,
        "batch": Permission.CERTIFICATE_WRITE,
        "marked": Permission.CERTIFICATE_WRITE,
        "template": Permission.CERTIFICATE_WRITE,
    }

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="certificate_import", url="certificates/import")

    def upload_context(self) -> dict[str, Any]:
        """Return the open years, or why there is none, and what the own record needs."""
        actor = require_actor()
        found = exam_years.windows(actor.institution_id)
        years = _open(found)
        return {
            "years": years,
            "closed": "" if years else exam_years.why_no_entry(found, clock.today(), actor.path),
            "checklist": own_checklist(),
        }

    @expose("/template.xlsx")
    def template(self) -> ResponseReturnValue:
        """Give the empty table of an exam year in which people may be entered."""
        actor, codes = require_actor(), CodeTables()
        year = parse_key(request.args.get("year", ""))
        found = next(
            (one for one in _open(exam_years.windows(actor.institution_id)) if one.year == year),
            None,
        )
        if found is None:
            raise NotFoundError
        data = people_template_bytes(
            found.year,
            found.closes_on,
            actor.institution_name,
            drop_downs(importing.COLUMNS, codes),
            importing.physician_categories(codes),
        )
        return Response(data, headers=attachment(f"{found.year}年度试用人员导入表.xlsx", XLSX))


def _open(found: list[Window]) -> list[Window]:
    return [one for one in found if one.is_open_on(clock.today())]
