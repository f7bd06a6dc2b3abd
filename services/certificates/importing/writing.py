"""Writing what was evaluated, all or nothing, in a handful of statements for hundreds of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from extensions import db
from models import CertificateState, CodeState, Institution, TrialCertificate
from services import audit
from services.audit import AuditTag
from services.certificates import doubts
from services.certificates.changes import changes_between, stretches_of
from services.certificates.codes import keep_code, retire_code
from services.certificates.content import canonical_content, code_of
from services.certificates.use_cases import fill
from services.errors import StaleVersionError
from services.parts import in_parts
from services.reference import CodeTables
from services.saving import saving
from services.scope import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor
    from services.certificates.importing.evaluation import Plan
    from services.certificates.importing.people import Person

#: The same person was entered meanwhile.
_PERSON_TWICE: Final = ("uq_trial_certificates_person_once", "trial_certificates.id_number_index")


def write(actor: Actor, plan: Plan) -> None:
    """Write a plan without wrong rows at the actor's institution.

    Raises ``StaleVersionError`` when one of the people was saved meanwhile.
    """
    owner = find(Institution, actor.institution_id)
    before = [doubts.ties_of(row) for row in map(_saved, plan.changed)]
    after = [doubts.ties_of(person.data) for person in (*plan.new, *plan.changed)]
    doubts.hold_certificate(owner.id, *before, *after)
    codes = CodeTables()
    with saving(_PERSON_TWICE, StaleVersionError()):
        written = [
            *_change(actor, plan.changed, codes),
            *_create(actor, owner, plan.new, codes),
        ]
        doubts.keep_many(written, before)


def _create(
    actor: Actor, owner: Institution, people: Sequence[Person], codes: CodeTables
) -> list[TrialCertificate]:
    found: list[TrialCertificate] = []
    for part in in_parts(people):
        rows, changes = [], []
        for person in part:
            row = TrialCertificate(
                institution=owner,
                institution_id=owner.id,
                state=CertificateState.COMPLETED,
                content_version=1,
            )
            changes.append(changes_between(row, [], fill(row, person.data), codes))
            # The code holds the key that the database is going to give.
            row.submission_code = uuid4().hex
            rows.append(row)
        db.session.add_all(rows)
        db.session.flush()
        for row, change in zip(rows, changes, strict=True):
            row.submission_code = code_of(row)
            keep_code(row)
            audit.record(actor, AuditTag.CERTIFICATE_CREATE, row, changes=change)
        db.session.flush()
        found += rows
    return found


def _change(actor: Actor, people: Sequence[Person], codes: CodeTables) -> list[TrialCertificate]:
    for part in in_parts(people):
        filled = [(_saved(person), *_fill(_saved(person), person, codes)) for person in part]
        # Its version is compared in the UPDATE of each: a change in between is found.
        db.session.flush()
        for row, old_code, changes in filled:
            if row.submission_code != old_code:
                retire_code(old_code, CodeState.SUPERSEDED, row)
                keep_code(row)
            audit.record(actor, AuditTag.CERTIFICATE_UPDATE, row, changes=changes)
        db.session.flush()
    return [_saved(person) for person in people]


def _fill(
    row: TrialCertificate, person: Person, codes: CodeTables
) -> tuple[str, list[audit.Change]]:
    """Write what a person has into what is saved; return the code so far, and what changed."""
    before, content, old_code = stretches_of(row), canonical_content(row), row.submission_code
    # What is asked for in between must not write half a record.
    with db.session.no_autoflush:
        after = fill(row, person.data)
        if canonical_content(row) != content:
            row.content_version += 1
            row.submission_code = code_of(row)
        return old_code, changes_between(row, before, after, codes)


def _saved(person: Person) -> TrialCertificate:
    assert person.certificate is not None
    return person.certificate
