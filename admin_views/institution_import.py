"""机构批量导入, and the library as a table that can be changed and uploaded again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import Response
from flask_admin import expose

from admin_views.handing_over import hand_over
from admin_views.identity import require_actor
from admin_views.import_screen import ImportView
from exports.http import XLSX, attachment
from exports.import_template import library_file, template_bytes
from services.audit import AuditTag
from services.institutions import importing
from services.permissions import Permission
from services.reference import CodeTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue


class InstitutionImportView(ImportView):
    """The pages of the import of institutions."""

    title = "机构批量导入"
    place = "机构库"
    unit = "家"
    desk = importing.DESK
    upload_template = "admin/institution_import.html"
    preview_template = "admin/institution_import_preview.html"
    list_endpoint = "institutions.index_view"
    choices = ("keep_former_names",)
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.INSTITUTION_WRITE,
        "batch": Permission.INSTITUTION_WRITE,
        "marked": Permission.INSTITUTION_WRITE,
        "template": Permission.INSTITUTION_WRITE,
        "library": Permission.INSTITUTION_EXPORT,
    }

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="institution_import", url="institutions/import")

    @expose("/template.xlsx")
    def template(self) -> ResponseReturnValue:
        """Give the empty import table."""
        data = template_bytes(importing.choices_for(require_actor(), CodeTables()))
        return Response(data, headers=attachment("机构导入表.xlsx", XLSX))

    @expose("/library")
    def library(self) -> ResponseReturnValue:
        """Give all institutions below the own one as tables that can be uploaded again."""
        actor, codes = require_actor(), CodeTables()
        rows = importing.library_rows(actor, codes)
        file = library_file(rows, importing.choices_for(actor, codes))
        return hand_over(file.data, file.name, AuditTag.INSTITUTION_EXPORT, file.mimetype)
