"""The desk at which people are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import ImportSubject
from services.audit import AuditTag
from services.certificates.importing.evaluation import Plan, evaluate
from services.certificates.importing.outcome import PersonOutcome
from services.certificates.importing.reading import LAYOUT
from services.certificates.importing.writing import write
from services.importing import Desk, Tags
from services.permissions import Permission

if TYPE_CHECKING:
    from services.actor import Actor
    from services.workbooks import ReadTable


class _PeopleDesk(Desk[Plan, PersonOutcome]):
    subject = ImportSubject.PEOPLE
    permission = Permission.CERTIFICATE_WRITE
    tags = Tags(
        upload=AuditTag.CERTIFICATE_IMPORT_UPLOAD,
        judge=AuditTag.CERTIFICATE_IMPORT_JUDGE,
        apply=AuditTag.CERTIFICATE_IMPORT,
        discard=AuditTag.CERTIFICATE_IMPORT_DISCARD,
    )
    layout = LAYOUT
    outcome_class = PersonOutcome

    def evaluate(self, actor: Actor, table: ReadTable) -> Plan:
        return evaluate(actor, table)

    def write(self, actor: Actor, plan: Plan, **_choices: bool) -> None:
        write(actor, plan)


DESK: Final = _PeopleDesk()
