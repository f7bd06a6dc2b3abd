"""汇总花名册 of a bureau's part of the tree."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from exports.consolidated import (
    ConsolidatedPaper,
    numbered,
    render_consolidated_pdf,
    write_consolidated_workbook,
)
from services import audit, clock
from services.audit import AuditTag
from services.jobs import Outcome
from services.permissions import Permission
from services.rosters import consolidating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exports.consolidated import ConsolidatedPerson
    from services.jobs import Work


def consolidate(work: Work) -> Outcome:
    """Write the people on the rosters of a year, as they were printed, as a sheet or a paper."""
    actor = work.actor
    actor.require(Permission.ROSTER_FILE)
    year = work.arguments["year"]
    which = consolidating.Which(work.arguments["which"])
    shape = consolidating.Shape(work.arguments["shape"])
    total = consolidating.headcount(year, which)
    members = consolidating.members(year, which, lambda done: work.progress(done // 2, total))
    people = tuple(
        numbered(
            {
                **member.values,
                "institution_name": member.institution_name,
                "roster": member.roster,
                "submission_code": member.submission_code,
            }
            for member in members
        )
    )
    paper = ConsolidatedPaper(
        bureau_name=actor.institution_name,
        exam_year=year,
        which=which.label,
        made_on=clock.today(),
        categories=tuple(Counter(person.exam_category for person in people).items()),
        people=people,
    )
    if shape is consolidating.Shape.PDF:
        work.file.write(render_consolidated_pdf(paper))
    else:
        write_consolidated_workbook(paper, _watched(work, people), work.file)
    name = f"{year}年度汇总花名册"
    changes = [audit.said("花名册", which.label), audit.said("人数", str(len(people)))]
    return Outcome(
        f"{name}.{shape.value}",
        partial(audit.record, actor, AuditTag.ROSTER_CONSOLIDATE, label=name, changes=changes),
    )


def _watched(work: Work, people: tuple[ConsolidatedPerson, ...]) -> Iterator[ConsolidatedPerson]:
    """Yield the people, and say how many there were; reading them was the first half."""
    half = len(people) // 2
    for done, person in enumerate(people):
        work.progress(half + done // 2, len(people))
        yield person
