"""What workers do: one handler for each kind of job, and the worker that calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.certificate_papers import print_certificates
from jobs.consolidated_roster import consolidate
from jobs.grid_export import export_grid
from jobs.record_import import import_records
from jobs.year_recount import recount_year
from models import JobKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.jobs import Handler

HANDLERS: Final[Mapping[JobKind, Handler]] = {
    JobKind.GRID_EXPORT: export_grid,
    JobKind.CERTIFICATE_PAPERS: print_certificates,
    JobKind.CONSOLIDATED_ROSTER: consolidate,
    JobKind.YEAR_RECOUNT: recount_year,
    JobKind.RECORD_IMPORT: import_records,
}
