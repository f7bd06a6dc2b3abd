"""The list, as Django's documentation advises for tables that are not small."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch

from benchmarks.peers.library.models import Institution, Licence


@admin.register(Institution)
class InstitutionAdmin(admin.ModelAdmin):
    """The columns of the stock list of Flask-Admin; nothing is asked for row by row."""

    list_display = (
        "name",
        "category",
        "reports_to",
        "organisation_code",
        "licence_in_use",
        "locked_at",
    )
    list_select_related = ("category", "reports_to")
    list_filter = ("category",)
    search_fields = ("name",)
    list_per_page = 20
    show_full_result_count = False
    ordering = ("id",)

    def get_queryset(self, request: Any) -> Any:
        """Leave out what was deleted, and read the licences of a page at once."""
        in_use = Prefetch("licences", Licence.objects.filter(is_in_use=True), "in_use")
        rows = super().get_queryset(request).filter(deleted_at__isnull=True)
        return rows.prefetch_related(in_use)

    @admin.display(description="许可证")
    def licence_in_use(self, row: Any) -> str:
        """Return the number of the licence in use."""
        return str(row.in_use[0]) if row.in_use else ""
