"""A list as a workbook, as its page shows it to the owner of the job."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from admin_views.replay import replayed, screen
from exports.workbook import write_workbook
from services import audit
from services.jobs import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.jobs import Work


def export_grid(work: Work) -> Outcome:
    """Write the rows of a list; the same permission is needed as for its page's own export."""
    view = screen(work.arguments["screen"])
    work.actor.require(view.permissions["export"])
    with replayed(work.actor, work.arguments["query"]):
        rows = _watched(work, view.export_rows(), view.get_count_query().scalar())
        write_workbook(view.title, view.export_columns(), rows, work.file)
        narrowed = view.narrowed()
    return Outcome(
        f"{view.title}.xlsx",
        partial(audit.record, work.actor, view.export_tag, label=view.title, changes=narrowed),
    )


def _watched(work: Work, rows: Iterable[Any], total: int) -> Iterator[Any]:
    """Yield rows, and say how many there were."""
    for done, row in enumerate(rows):
        work.progress(done, total)
        yield row
