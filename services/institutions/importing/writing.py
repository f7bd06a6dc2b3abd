"""Writing what was evaluated, all or nothing, in a handful of statements for thousands of rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from extensions import db
from models import Institution, InstitutionKind
from services import audit, numbering
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError, StaleVersionError
from services.institutions import names
from services.institutions.changes import told
from services.institutions.editing import NAME_TWICE
from services.institutions.importing.columns import NAME
from services.institutions.importing.drafts import Draft
from services.institutions.importing.library import CHUNK
from services.parts import in_parts
from services.reference import CodeTables
from services.saving import saving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.actor import Actor
    from services.institutions.importing.evaluation import Plan


def write(actor: Actor, plan: Plan, *, keep_former_names: bool) -> None:
    """Write a plan without wrong rows; hold the turns at moves and names before it is made.

    With ``keep_former_names`` the old names of renamed institutions become former ones (曾用名).
    Raises ``StaleVersionError`` when a record was changed, locked or moved meanwhile.
    """
    codes = CodeTables()
    with saving(NAME_TWICE, DomainError(names.NAME_TAKEN, field=NAME)):
        _change(actor, plan.changed, codes, keep_former_names=keep_former_names)
        _create(actor, plan.levels, codes)


def _change(
    actor: Actor, drafts: Sequence[Draft], codes: CodeTables, *, keep_former_names: bool
) -> None:
    renamed: dict[Institution, str] = {}
    changes = []
    for draft in drafts:
        row = draft.institution
        assert row is not None
        if NAME in draft.changed:
            renamed[row] = row.name
        for key in draft.changed:
            setattr(row, key, draft.values[key])
        changes.append((row, audit.changes_of(row)))
    # Its version is compared in the UPDATE of each: a lock or a change in between is found.
    db.session.flush()
    for part in in_parts(changes, CHUNK):
        borne = names.former_names_of([row.id for row, _change in part if row in renamed])
        for row, change in part:
            told_of = told(change, codes)
            if row in renamed:
                told_of += names.follow_renaming(
                    row, renamed[row], borne.get(row.id, ()), keeps=keep_former_names
                )
            audit.record(actor, AuditTag.INSTITUTION_UPDATE, row, changes=told_of)
        db.session.flush()


def _create(actor: Actor, levels: Sequence[Sequence[Draft]], codes: CodeTables) -> None:
    wanted = Counter(draft.kind for level in levels for draft in level)
    numbers = {
        kind: iter(numbering.next_unit_numbers(kind, wanted[kind]))
        for kind in InstitutionKind
        if wanted[kind]
    }
    for level in levels:
        for part in in_parts(level, CHUNK):
            _create_part(actor, part, numbers, codes)


def _create_part(
    actor: Actor,
    drafts: Sequence[Draft],
    numbers: dict[InstitutionKind, Iterator[int]],
    codes: CodeTables,
) -> None:
    below: dict[int, list[Draft]] = {}
    parents: dict[int, Institution] = {}
    for draft in drafts:
        parent = draft.parent.institution if isinstance(draft.parent, Draft) else draft.parent
        assert parent is not None
        parents[parent.id] = parent
        below.setdefault(parent.id, []).append(draft)
    # In the order of their keys, so that two imports do not wait for each other in a circle.
    for key in sorted(below):
        try:
            paths = numbering.next_paths(parents[key], len(below[key]))
        except NotFoundError:
            raise StaleVersionError from None
        for draft, path in zip(below[key], paths, strict=True):
            assert draft.kind is not None
            draft.institution = Institution(
                path=path,
                parent_id=key,
                kind=draft.kind,
                unit_number=next(numbers[draft.kind]),
                **{name: value or None for name, value in draft.values.items()},
            )
    rows = [draft.institution for draft in drafts if draft.institution is not None]
    db.session.add_all(rows)
    changes = [audit.changes_of(row) for row in rows]
    db.session.flush()
    for row, change in zip(rows, changes, strict=True):
        in_words = told(change, codes, parents[row.parent_id or 0])
        audit.record(actor, AuditTag.INSTITUTION_CREATE, row, changes=in_words)
    db.session.flush()
