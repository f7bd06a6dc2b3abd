"""The papers of all certificates of a list as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin_views.replay import replayed, screen
from exports.certificates import render_certificate_pdf
from exports.papers import certificate_papers
from exports.pdf import joined
from services import certificates
from services.errors import DomainError
from services.jobs import Outcome
from services.parts import in_parts
from services.permissions import Permission

if TYPE_CHECKING:
    from services.jobs import Work

CHANGED = "打印期间有人员的信息被修改或删除，请重新提交任务。"


def print_certificates(work: Work) -> Outcome:
    """Draw the papers in the order of the list; each print is kept, as from its page.

    Raises ``DomainError`` when a certificate was changed meanwhile: its paper would be void.
    """
    actor = work.actor
    actor.require(Permission.CERTIFICATE_READ)
    view = screen(work.arguments["screen"])
    drawn: dict[int, str] = {}
    documents = []
    with replayed(actor, work.arguments["query"]):
        keys = [key for (key,) in view.sorted_query().with_entities(view.model.id)]
        for part in in_parts(keys, certificates.MOST_AT_ONCE):
            rows = certificates.find_to_print(part)
            for row, paper in zip(rows, certificate_papers(rows), strict=True):
                work.progress(len(drawn), len(keys))
                documents.append(render_certificate_pdf(paper))
                drawn[row.id] = row.submission_code
    work.file.write(joined(documents))

    def record() -> None:
        for part in in_parts(keys, certificates.MOST_AT_ONCE):
            rows = certificates.find_to_print(part)
            if any(row.submission_code != drawn[row.id] for row in rows):
                raise DomainError(CHANGED)
            certificates.mark_printed(actor, rows)

    return Outcome(f"考核证明-{len(keys)}人.pdf", record)
