"""Papers of certificates: one in its window, or those of a selection as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response
from flask_admin import expose

from admin_views.base import GridView
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from admin_views.tools import Link, action
from exports.certificates import render_certificates_pdf
from exports.http import PDF, attachment
from exports.papers import certificate_papers
from exports.pdf import printable_paper
from extensions import db
from models import JobKind
from services import certificates
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import TrialCertificate
    from services.actor import Actor


@action(
    "print",
    "打印证明",
    Permission.CERTIFICATE_READ,
    confirm="打印下列人员的考核证明：\n{rows}",
    needs="some",
    opens_window=True,
)
def print_certificates(
    _screen: CertificatePapers, actor: Actor, rows: list[TrialCertificate], _reason: str
) -> Response:
    """Give the papers of the selected people in the order of the list."""
    return _printed(actor, [row.id for row in rows])


#: The papers of the whole list as one document.
print_all: Final = Link(
    "打印所列全部",
    "jobs.ask",
    Permission.JOB_OWN,
    keeps_filter=True,
    given=(("job", JobKind.CERTIFICATE_PAPERS.value),),
)


class CertificatePapers(GridView):
    """What the grid of certificates prints."""

    @expose("/<int:key>/print.pdf")
    def print_pdf(self, key: int) -> Response:
        """Give the paper of one certificate."""
        # A GET that leaves an entry: the transaction starts anew as one that may write.
        begin_writing()
        return _printed(require_actor(), [key])


def _printed(actor: Actor, keys: Sequence[int]) -> Response:
    """Record that papers were printed, and draw them; what no font can draw was not printed.

    They are drawn after the commit: on SQLite nobody else could write meanwhile.
    """
    rows = certificates.find_to_print(keys)
    papers = [printable_paper(paper) for paper in certificate_papers(rows)]
    name = f"{rows[0].name}-{rows[0].submission_code}"
    if len(rows) > 1:
        name = f"考核证明-{rows[0].name}等{len(rows)}人"
    certificates.mark_printed(actor, rows)
    db.session.commit()
    body = render_certificates_pdf(papers)
    return Response(body, headers=attachment(f"{name}.pdf", PDF, inline=True))
