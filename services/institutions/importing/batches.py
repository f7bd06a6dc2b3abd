"""Use cases of an import: upload and preview, judge anew, confirm, give up.

A batch is its uploader's alone: not even a colleague or a superior sees or confirms it. Each person
has one that waits at the most; the next upload takes its place. The preview is kept beside the file
and names the outcome by its digest; the file is read and evaluated again before anything is
written, and when it would now do something else, that is shown instead.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from extensions import db
from models import ImportBatch, ImportState, Institution, utc_now
from services import audit, files, numbering
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError, StaleVersionError
from services.file_names import visible
from services.files import FileDamagedError
from services.institutions import moves, names
from services.institutions.importing.evaluation import evaluate
from services.institutions.importing.outcome import Outcome, RowStatus
from services.institutions.importing.reading import read_table
from services.institutions.importing.writing import write
from services.permissions import Permission
from services.scope import find

if TYPE_CHECKING:
    from services.actor import Actor
    from services.workbooks import ReadTable

FILE_GONE: Final = "上传的文件已不在，请重新上传。"
HANDLED: Final = "该导入已经处理过（已导入或已放弃），没有重复导入。"
HAS_WRONG_ROWS: Final = "还有错误的行，不能导入。请下载标注错误的工作簿，改正后重新上传。"
NOTHING_TO_DO: Final = "没有需要新增或修改的内容。"
#: Batches that the page lists.
_LISTED: Final = 10
_LONGEST_NAME: Final = 120
#: How many characters of the outcome's digest name the kept preview.
_PART_LENGTH: Final = 16


@dataclass(frozen=True)
class Preview:
    """A batch and what it would do."""

    batch: ImportBatch
    outcome: Outcome


def upload(actor: Actor, file_name: str, data: bytes) -> ImportBatch:
    """Check and evaluate a workbook, keep it, and return its batch; nothing is imported yet.

    Batches of the same person that still wait are given up. Raises ``DomainError`` for a file that
    cannot be understood.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    outcome = evaluate(actor, read_table(data)).outcome
    for waiting in _own(actor, ImportState.PREVIEWED):
        discard(actor, waiting)
    stored = files.store(data)
    digest = _keep(stored.name, outcome)
    batch = ImportBatch(
        institution=find(Institution, actor.institution_id),
        administrator_id=actor.administrator_id,
        file_name=visible(file_name)[-_LONGEST_NAME:] or "未命名.xlsx",
        storage_name=stored.name,
        digest=stored.digest,
        outcome_digest=digest,
        **_counts(outcome),
    )
    db.session.add(batch)
    _record(actor, AuditTag.INSTITUTION_IMPORT_UPLOAD, batch)
    return batch


def waiting(actor: Actor) -> list[str]:
    """Return the file names of the actor's batches that wait; the next upload gives them up."""
    actor.require(Permission.INSTITUTION_WRITE)
    return [batch.file_name for batch in _own(actor, ImportState.PREVIEWED)]


def find_own(actor: Actor, key: object) -> ImportBatch:
    """Return a batch of the actor's own; anybody else's is not found."""
    actor.require(Permission.INSTITUTION_WRITE)
    batch = find(ImportBatch, key)
    if batch.administrator_id != actor.administrator_id:
        raise NotFoundError
    return batch


def recent(actor: Actor) -> list[ImportBatch]:
    """Return the actor's own latest batches, the newest first."""
    actor.require(Permission.INSTITUTION_WRITE)
    return _own(actor)


def preview_of(actor: Actor, key: object) -> Preview:
    """Return a batch of the actor's own that waits, with what it would do as it was shown."""
    batch = find_own(actor, key)
    _require_waiting(batch)
    try:
        kept = files.load_part(batch.storage_name, batch.outcome_digest[:_PART_LENGTH])
    except FileDamagedError:
        raise DomainError(FILE_GONE) from None
    return Preview(batch, Outcome.unpacked(kept))


def workbook_of(actor: Actor, key: object) -> tuple[Preview, ReadTable, bytes]:
    """Return a waiting batch with its own workbook, to be marked where rows are wrong."""
    preview = preview_of(actor, key)
    data = _load(preview.batch)
    return preview, read_table(data), data


def judge_anew(actor: Actor, key: object) -> bool:
    """Evaluate the file of a waiting batch by the library as it is now (重新核对).

    What was wrong for its place in the library, such as a lock, may have been mended there. Returns
    whether the outcome has changed; it is shown in the place of the former one.
    """
    batch = find_own(actor, key)
    _require_waiting(batch)
    outcome = evaluate(actor, read_table(_load(batch))).outcome
    has_changed = outcome.digest() != batch.outcome_digest
    if has_changed:
        _show_again(batch, outcome)
    _record(actor, AuditTag.INSTITUTION_IMPORT_JUDGE, batch)
    return has_changed


def apply(
    actor: Actor, key: object, expected_version: int, *, keep_former_names: bool
) -> ImportBatch | None:
    """Import a batch: all of it, or nothing; return it, or ``None`` when it must be shown again.

    It is shown again when the library has changed so that the file would do something else than
    was shown. Raises ``DomainError`` when rows are wrong or the batch was handled already.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    # In alphabetical order. Afterwards nobody else moves or names an institution.
    numbering.take_turn(moves.MOVES)
    numbering.take_turn(names.NAMES)
    batch = find_own(actor, key)
    _require_waiting(batch)
    if batch.version != expected_version:
        raise StaleVersionError
    plan = evaluate(actor, read_table(_load(batch)))
    if plan.outcome.digest() != batch.outcome_digest:
        _show_again(batch, plan.outcome)
        return None
    _require_clean(plan.outcome)
    _claim(batch)
    write(actor, plan, keep_former_names=keep_former_names)
    _record(actor, AuditTag.INSTITUTION_IMPORT, batch)
    return batch


def discard(actor: Actor, batch: ImportBatch) -> None:
    """Give up a batch of the actor's own that waits."""
    actor.require(Permission.INSTITUTION_WRITE)
    if batch.administrator_id != actor.administrator_id:
        raise NotFoundError
    _require_waiting(batch)
    batch.move_to(ImportState.DISCARDED)
    _record(actor, AuditTag.INSTITUTION_IMPORT_DISCARD, batch)


def release_files(actor: Actor) -> None:
    """Remove the files of the actor's batches that no longer wait; call it after the commit."""
    for batch in _own(actor):
        if batch.state is not ImportState.PREVIEWED:
            with suppress(FileDamagedError):
                files.discard(batch.storage_name)


def _own(actor: Actor, state: ImportState | None = None) -> list[ImportBatch]:
    statement = select(ImportBatch).where(ImportBatch.administrator_id == actor.administrator_id)
    if state is not None:
        statement = statement.where(ImportBatch.state == state)
    statement = statement.order_by(ImportBatch.id.desc()).limit(_LISTED)
    return list(db.session.scalars(statement))


def _require_waiting(batch: ImportBatch) -> None:
    if batch.state is not ImportState.PREVIEWED:
        raise DomainError(HANDLED)


def _require_clean(outcome: Outcome) -> None:
    counts = outcome.counts()
    if counts[RowStatus.WRONG]:
        raise DomainError(HAS_WRONG_ROWS)
    if not counts[RowStatus.NEW] + counts[RowStatus.CHANGED]:
        raise DomainError(NOTHING_TO_DO)


def _claim(batch: ImportBatch) -> None:
    """Mark the batch as imported; of two that try at once, one finds that it was handled."""
    claimed = db.session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch.id, ImportBatch.state == ImportState.PREVIEWED)
        .values(state=ImportState.APPLIED, applied_at=utc_now(), version=ImportBatch.version + 1)
        .returning(ImportBatch.id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if claimed is None:
        raise DomainError(HANDLED)
    db.session.refresh(batch)


def _show_again(batch: ImportBatch, outcome: Outcome) -> None:
    batch.outcome_digest = _keep(batch.storage_name, outcome)
    for name, count in _counts(outcome).items():
        setattr(batch, name, count)


def _keep(storage_name: str, outcome: Outcome) -> str:
    """Keep the preview beside the file, under the beginning of its digest, which is returned."""
    digest = outcome.digest()
    files.store_part(storage_name, digest[:_PART_LENGTH], outcome.packed())
    return digest


def _load(batch: ImportBatch) -> bytes:
    try:
        return files.load(batch.storage_name, batch.digest)
    except FileDamagedError:
        raise DomainError(FILE_GONE) from None


def _counts(outcome: Outcome) -> dict[str, int]:
    counts = outcome.counts()
    return {f"{status.value}_count": counts[status] for status in RowStatus}


def _record(actor: Actor, tag: AuditTag, batch: ImportBatch) -> None:
    audit.record(
        actor,
        tag,
        batch,
        label=batch.file_name,
        changes=[
            audit.said(f"{status.label}行数", str(count))
            for status in RowStatus
            if (count := getattr(batch, f"{status.value}_count"))
        ],
    )
