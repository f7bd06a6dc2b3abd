"""Use cases of an import: upload and preview, judge anew, confirm, give up.

A batch is its uploader's alone: not even a colleague or a superior sees or confirms it. Each person
has one of a kind that waits at the most; the next upload takes its place. The preview is kept
beside the file and names the outcome by its digest; the file is read and evaluated again before
anything is written, and when it would now do something else, that is shown instead.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar, cast

from sqlalchemy import select, update

from extensions import db
from models import ImportBatch, ImportState, Institution, JobKind, utc_now
from services import audit, files, jobs
from services.errors import DomainError, NotFoundError, StaleVersionError
from services.file_names import visible
from services.files import FileDamagedError
from services.importing.outcome import Outcome, RowStatus
from services.scope import find
from services.workbooks import read_table

if TYPE_CHECKING:
    from models import ImportSubject, Job
    from services.actor import Actor
    from services.audit import AuditTag
    from services.permissions import Permission
    from services.workbooks import Layout, ReadTable

FILE_GONE: Final = "上传的文件已不在，请重新上传。"
HANDLED: Final = "该导入已经处理过（已导入或已放弃），没有重复导入。"
HAS_WRONG_ROWS: Final = "还有错误的行，不能导入。请下载标注错误的工作簿，改正后重新上传。"
NOTHING_TO_DO: Final = "没有需要新增或修改的内容。"
#: As many records are written by a job: whoever confirms need not wait for it.
ASIDE_FROM: Final = 1_000
#: Batches that the page lists.
_LISTED: Final = 10
_LONGEST_NAME: Final = 120
#: How many characters of the outcome's digest name the kept preview.
_PART_LENGTH: Final = 16

OutcomeT = TypeVar("OutcomeT", bound="Outcome[Any]")
OutcomeT_co = TypeVar("OutcomeT_co", bound="Outcome[Any]", covariant=True)


class HasOutcome(Protocol[OutcomeT_co]):
    """What an evaluation found out: the outcome to show, and whatever writing needs."""

    @property
    def outcome(self) -> OutcomeT_co:
        """What is shown."""


PlanT = TypeVar("PlanT", bound="HasOutcome[Any]")


@dataclass(frozen=True)
class Preview(Generic[OutcomeT]):
    """A batch and what it would do."""

    batch: ImportBatch
    outcome: OutcomeT


@dataclass(frozen=True)
class Tags:
    """How the acts of an import are called in the trail."""

    upload: AuditTag
    judge: AuditTag
    apply: AuditTag
    discard: AuditTag


class Desk(ABC, Generic[PlanT, OutcomeT]):
    """Where one kind of records is imported."""

    subject: ClassVar[ImportSubject]
    permission: ClassVar[Permission]
    tags: ClassVar[Tags]
    layout: ClassVar[Layout]
    outcome_class: ClassVar[type[Outcome[Any]]]

    @abstractmethod
    def evaluate(self, actor: Actor, table: ReadTable) -> PlanT:
        """Return what the rows of ``table`` would do if ``actor`` imported them now."""

    @abstractmethod
    def write(self, actor: Actor, plan: PlanT, **choices: bool) -> None:
        """Write a plan without wrong rows; ``choices`` were made on the page of the preview.

        Raises ``StaleVersionError`` when a record was saved meanwhile.
        """

    def take_turns(self) -> None:
        """Wait for whoever writes the same, before the rows are evaluated to be written."""

    def upload(self, actor: Actor, file_name: str, data: bytes) -> ImportBatch:
        """Check and evaluate a workbook, keep it, and return its batch; nothing is imported yet.

        Batches of the same person that still wait are given up. Raises ``DomainError`` for a file
        that cannot be understood.
        """
        actor.require(self.permission)
        outcome = self._outcome(actor, data)
        for waiting in self._own(actor, ImportState.PREVIEWED):
            self.discard(actor, waiting)
        stored = files.store(data)
        digest = _keep(stored.name, outcome)
        batch = ImportBatch(
            institution=find(Institution, actor.institution_id),
            administrator_id=actor.administrator_id,
            subject=self.subject,
            file_name=visible(file_name)[-_LONGEST_NAME:] or "未命名.xlsx",
            storage_name=stored.name,
            digest=stored.digest,
            outcome_digest=digest,
            **_counts(outcome),
        )
        db.session.add(batch)
        _record(actor, self.tags.upload, batch)
        return batch

    def waiting(self, actor: Actor) -> list[str]:
        """Return the file names of the actor's batches that wait; the next upload ends them."""
        actor.require(self.permission)
        return [batch.file_name for batch in self._own(actor, ImportState.PREVIEWED)]

    def find_own(self, actor: Actor, key: object) -> ImportBatch:
        """Return a batch of the actor's own; anybody else's is not found."""
        actor.require(self.permission)
        batch = find(ImportBatch, key)
        self._require_own(actor, batch)
        return batch

    def recent(self, actor: Actor) -> list[ImportBatch]:
        """Return the actor's own latest batches, the newest first."""
        actor.require(self.permission)
        return self._own(actor)

    def preview_of(self, actor: Actor, key: object) -> Preview[OutcomeT]:
        """Return a batch of the actor's own that waits, with what it would do as it was shown."""
        batch = self.find_own(actor, key)
        _require_waiting(batch)
        try:
            kept = files.load_part(batch.storage_name, batch.outcome_digest[:_PART_LENGTH])
        except FileDamagedError:
            raise DomainError(FILE_GONE) from None
        return Preview(batch, cast("OutcomeT", self.outcome_class.unpacked(kept)))

    def workbook_of(self, actor: Actor, key: object) -> tuple[Preview[OutcomeT], ReadTable, bytes]:
        """Return a waiting batch with its own workbook, to be marked where rows are wrong."""
        preview = self.preview_of(actor, key)
        data = _load(preview.batch)
        return preview, read_table(data, self.layout), data

    def judge_anew(self, actor: Actor, key: object) -> bool:
        """Evaluate the file of a waiting batch by the records as they are now (重新核对).

        What was wrong for its place among them, such as a lock, may have been mended there. Returns
        whether the outcome has changed; it is shown in the place of the former one.
        """
        batch = self.find_own(actor, key)
        _require_waiting(batch)
        outcome = self._outcome(actor, _load(batch))
        has_changed = outcome.digest() != batch.outcome_digest
        if has_changed:
            _show_again(batch, outcome)
        _record(actor, self.tags.judge, batch)
        return has_changed

    def apply(
        self, actor: Actor, key: object, expected_version: int, **choices: bool
    ) -> ImportBatch | None:
        """Import a batch: all of it, or nothing; return it, or ``None`` when it is shown again.

        It is shown again when the records have changed so that the file would do something else
        than was shown. Raises ``DomainError`` when rows are wrong or the batch was handled already.
        """
        actor.require(self.permission)
        self.take_turns()
        batch = self.find_own(actor, key)
        _require_waiting(batch)
        if batch.version != expected_version:
            raise StaleVersionError
        plan = self.evaluate(actor, read_table(_load(batch), self.layout))
        if plan.outcome.digest() != batch.outcome_digest:
            _show_again(batch, plan.outcome)
            return None
        _require_clean(plan.outcome)
        _claim(batch)
        self.write(actor, plan, **choices)
        _record(actor, self.tags.apply, batch)
        return batch

    def is_large(self, batch: ImportBatch) -> bool:
        """Whether a batch writes so much that a job does it (``apply_aside``)."""
        return batch.new_count + batch.changed_count >= ASIDE_FROM

    def apply_aside(self, actor: Actor, key: object, expected_version: int, **choices: bool) -> Job:
        """Have a job import a batch; return the same job while it is not finished.

        The job does what ``apply`` does, and fails where that shows the batch again. Raises what
        ``apply`` raises as far as it is known already.
        """
        actor.require(self.permission)
        batch = self.find_own(actor, key)
        _require_waiting(batch)
        if batch.version != expected_version:
            raise StaleVersionError
        if batch.wrong_count:
            raise DomainError(HAS_WRONG_ROWS)
        return jobs.ask(
            actor,
            JobKind.RECORD_IMPORT,
            f"{JobKind.RECORD_IMPORT.label}{self.subject.label}"
            f"（新增{batch.new_count:,}，修改{batch.changed_count:,}）",
            {
                "subject": self.subject.value,
                "batch": batch.id,
                "version": expected_version,
                "choices": choices,
            },
        )

    def is_aside(self, actor: Actor, batch: ImportBatch) -> bool:
        """Whether a job that imports a batch waits or is at work."""
        return any(
            json.loads(job.arguments)["batch"] == batch.id
            for job in jobs.unfinished(actor)
            if job.kind is JobKind.RECORD_IMPORT
        )

    def discard(self, actor: Actor, batch: ImportBatch) -> None:
        """Give up a batch of the actor's own that waits."""
        actor.require(self.permission)
        self._require_own(actor, batch)
        _require_waiting(batch)
        batch.move_to(ImportState.DISCARDED)
        _record(actor, self.tags.discard, batch)

    def release_files(self, actor: Actor) -> None:
        """Remove the files of the actor's batches that no longer wait; call it after the commit."""
        for batch in self._own(actor):
            if batch.state is not ImportState.PREVIEWED:
                with suppress(FileDamagedError):
                    files.discard(batch.storage_name)

    def _outcome(self, actor: Actor, data: bytes) -> Outcome[Any]:
        found: Outcome[Any] = self.evaluate(actor, read_table(data, self.layout)).outcome
        return found

    def _require_own(self, actor: Actor, batch: ImportBatch) -> None:
        if batch.administrator_id != actor.administrator_id or batch.subject is not self.subject:
            raise NotFoundError

    def _own(self, actor: Actor, state: ImportState | None = None) -> list[ImportBatch]:
        statement = select(ImportBatch).where(
            ImportBatch.administrator_id == actor.administrator_id,
            ImportBatch.subject == self.subject,
        )
        if state is not None:
            statement = statement.where(ImportBatch.state == state)
        statement = statement.order_by(ImportBatch.id.desc()).limit(_LISTED)
        return list(db.session.scalars(statement))


def _require_waiting(batch: ImportBatch) -> None:
    if batch.state is not ImportState.PREVIEWED:
        raise DomainError(HANDLED)


def _require_clean(outcome: Outcome[Any]) -> None:
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


def _show_again(batch: ImportBatch, outcome: Outcome[Any]) -> None:
    batch.outcome_digest = _keep(batch.storage_name, outcome)
    for name, count in _counts(outcome).items():
        setattr(batch, name, count)


def _keep(storage_name: str, outcome: Outcome[Any]) -> str:
    """Keep the preview beside the file, under the beginning of its digest, which is returned."""
    digest = outcome.digest()
    files.store_part(storage_name, digest[:_PART_LENGTH], outcome.packed())
    return digest


def _load(batch: ImportBatch) -> bytes:
    try:
        return files.load(batch.storage_name, batch.digest)
    except FileDamagedError:
        raise DomainError(FILE_GONE) from None


def _counts(outcome: Outcome[Any]) -> dict[str, int]:
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
