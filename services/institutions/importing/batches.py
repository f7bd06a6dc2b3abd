"""The desk at which institutions are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import ImportSubject
from services import numbering
from services.audit import AuditTag
from services.importing import Desk, Tags
from services.institutions import moves, names
from services.institutions.importing.evaluation import Plan, evaluate
from services.institutions.importing.outcome import InstitutionOutcome
from services.institutions.importing.reading import LAYOUT
from services.institutions.importing.writing import write
from services.permissions import Permission

if TYPE_CHECKING:
    from services.actor import Actor
    from services.workbooks import ReadTable


class _InstitutionDesk(Desk[Plan, InstitutionOutcome]):
    subject = ImportSubject.INSTITUTIONS
    permission = Permission.INSTITUTION_WRITE
    tags = Tags(
        upload=AuditTag.INSTITUTION_IMPORT_UPLOAD,
        judge=AuditTag.INSTITUTION_IMPORT_JUDGE,
        apply=AuditTag.INSTITUTION_IMPORT,
        discard=AuditTag.INSTITUTION_IMPORT_DISCARD,
    )
    layout = LAYOUT
    outcome_class = InstitutionOutcome

    def take_turns(self) -> None:
        # In alphabetical order. Afterwards nobody else moves or names an institution.
        numbering.take_turn(moves.MOVES)
        numbering.take_turn(names.NAMES)

    def evaluate(self, actor: Actor, table: ReadTable) -> Plan:
        return evaluate(actor, table)

    def write(self, actor: Actor, plan: Plan, **choices: bool) -> None:
        write(actor, plan, keep_former_names=choices["keep_former_names"])


DESK: Final = _InstitutionDesk()
