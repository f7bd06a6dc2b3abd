"""An import of many records, after its preview was confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models import ImportSubject
from services.certificates import importing as people
from services.errors import DomainError
from services.institutions import importing as institutions
from services.jobs import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.importing import Desk
    from services.jobs import Work

DESKS: Final[Mapping[ImportSubject, Desk[Any, Any]]] = {
    desk.subject: desk for desk in (institutions.DESK, people.DESK)
}
CHANGED_MEANWHILE: Final = (
    "确认之后平台内的记录有了变化，导入结果与预览不同，没有写入任何内容。请重新核对后再确认。"
)


def import_records(work: Work) -> Outcome:
    """Write a batch in the transaction that finishes the job: all of it and done, or nothing."""
    asked = work.arguments
    desk = DESKS[ImportSubject(asked["subject"])]

    def write() -> None:
        done = desk.apply(work.actor, asked["batch"], asked["version"], **asked["choices"])
        if done is None:
            raise DomainError(CHANGED_MEANWHILE)

    return Outcome(record=write, afterwards=lambda: desk.release_files(work.actor))
