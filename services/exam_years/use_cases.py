"""Making and changing exam years: the province's alone, since they hold for everybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from extensions import db
from models import ExamCycle, ExamLaw, JobKind, label_of
from models.exam_cycle import CERTIFICATE_NOTES, LONGEST_NOTES, ROSTER_NOTES, USUAL_TRAINEES
from services import audit, clock, jobs
from services.audit import AuditTag
from services.certificates import doubts
from services.errors import FieldErrors, NotAllowedError
from services.exam_years.reading import cycle_of, latest
from services.fields import FieldChecks
from services.identifiers import InvalidIdentifierError, check_text
from services.permissions import Permission
from services.roles import is_first_bureau
from services.saving import check_version, saving

if TYPE_CHECKING:
    from services.actor import Actor

#: Years outside are typing errors.
YEARS: Final = range(2000, 2100)
MOST_TRAINEES: Final = 99
#: More lines would not fit under a form on one page.
MOST_NOTES: Final = 10
#: The calendar of an exam year keeps within so many years around it.
_FARTHEST: Final = 2
_OF_PROVINCE: Final = "考试年度由考区（省级）的操作员维护，本机构只能查看。"
_TWICE: Final = ("pk_exam_cycles", "exam_cycles.year")
_DAYS: Final = (
    ExamCycle.entry_opens_on,
    ExamCycle.entry_closes_on,
    ExamCycle.roster_due_on,
    ExamCycle.trial_cutoff_on,
)
#: What doubts about certificates hang on.
_DOUBTED_BY: Final = (ExamCycle.trial_cutoff_on, ExamCycle.law, ExamCycle.most_trainees)
_NOTES: Final = (ExamCycle.certificate_notes, ExamCycle.practice_notes, ExamCycle.roster_notes)


@dataclass(frozen=True)
class CycleInput:
    """What the form of an exam year holds; notes are lines, each printed with a number."""

    year: int | None
    entry_opens_on: dt.date | None
    entry_closes_on: dt.date | None
    roster_due_on: dt.date | None
    trial_cutoff_on: dt.date | None
    law: ExamLaw | None
    most_trainees: int | None = USUAL_TRAINEES
    needs_scan: bool = False
    certificate_notes: str = CERTIFICATE_NOTES
    practice_notes: str = CERTIFICATE_NOTES
    roster_notes: str = ROSTER_NOTES


def may_write(actor: Actor) -> bool:
    """Whether the actor keeps the exam years: an operator of the first bureau."""
    return actor.may(Permission.EXAM_YEAR_WRITE) and is_first_bureau(actor.path)


def require_writing(actor: Actor) -> None:
    """Raise ``NotAllowedError`` unless the actor keeps the exam years."""
    if not may_write(actor):
        raise NotAllowedError(_OF_PROVINCE)


def proposal() -> CycleInput:
    """Return the next exam year as it will probably be: the latest one, moved by a year."""
    found = latest()
    if found is None:
        year = clock.today().year + 1
        return CycleInput(
            year=year,
            entry_opens_on=dt.date(year - 1, 9, 1),
            entry_closes_on=dt.date(year, 1, 20),
            roster_due_on=dt.date(year, 1, 31),
            trial_cutoff_on=dt.date(year, 8, 31),
            law=ExamLaw.of_year(year),
        )
    known = input_of(found)
    days: dict[str, Any] = {day.key: _a_year_later(getattr(found, day.key)) for day in _DAYS}
    # A law that was set by hand goes on; else the next year may be the first under another.
    law = ExamLaw.of_year(found.year + 1) if found.law is ExamLaw.of_year(found.year) else found.law
    return replace(known, year=found.year + 1, law=law, **days)


def input_of(cycle: ExamCycle) -> CycleInput:
    """Return a stored year as if it had just been entered."""
    return CycleInput(**{name: getattr(cycle, name) for name in CycleInput.__dataclass_fields__})


def create(actor: Actor, data: CycleInput) -> ExamCycle:
    """Make an exam year. Raises ``FieldErrors``; the same sent twice makes one."""
    require_writing(actor)
    values = check(data)
    known = cycle_of(values["year"])
    if known is not None:
        if input_of(known) == CycleInput(**values):
            return known
        raise _exists()
    with saving(_TWICE, _exists()):
        cycle = ExamCycle(**values)
        db.session.add(cycle)
        changes = audit.changes_of(cycle)
    audit.record(actor, AuditTag.EXAM_YEAR_CREATE, cycle, changes=changes)
    return cycle


def update(actor: Actor, cycle: ExamCycle, data: CycleInput, expected_version: int) -> bool:
    """Change an exam year; what that does to records is told by ``impact.of``.

    The year itself stays. Returns whether the doubts about its certificates follow at once; where
    they are many, a job lets them. Raises ``FieldErrors`` and ``StaleVersionError``.
    """
    require_writing(actor)
    check_version(cycle, expected_version)
    values = check(replace(data, year=cycle.year))
    with saving():
        for name, value in values.items():
            if getattr(cycle, name) != value:
                setattr(cycle, name, value)
        changes = audit.changes_of(cycle)
    if not changes:
        return True
    audit.record(actor, AuditTag.EXAM_YEAR_UPDATE, cycle, changes=changes)
    if {change["label"] for change in changes}.isdisjoint(map(label_of, _DOUBTED_BY)):
        return True
    if doubts.keep_year(cycle.year):
        return True
    jobs.ask(
        actor,
        JobKind.YEAR_RECOUNT,
        f"{JobKind.YEAR_RECOUNT.label}：{cycle.year}年度",
        {"year": cycle.year, "version": cycle.version},
    )
    return False


def problems(data: CycleInput) -> dict[str, str]:
    """Return what is wrong with an exam year: field → sentence."""
    try:
        check(data)
    except FieldErrors as error:
        return dict(error.errors)
    return {}


def check(data: CycleInput) -> dict[str, Any]:
    """Return the values in normal form, or raise ``FieldErrors`` with all that is wrong."""
    checks = FieldChecks()
    if data.year not in YEARS:
        checks.fail("year", f"考试年度应在{YEARS.start}至{YEARS.stop - 1}之间。")
    for day in _DAYS:
        _check_day(checks, day, getattr(data, day.key), data.year)
    opens_on = data.entry_opens_on
    for name in ("entry_closes_on", "roster_due_on"):
        end = getattr(data, name)
        if opens_on is not None and end is not None and end < opens_on:
            checks.fail(name, f"{label_of(getattr(ExamCycle, name))}不能早于填报开始。")
    if data.law is None:
        checks.fail("law", f"请选择{label_of(ExamCycle.law)}。")
    if data.most_trainees is None or not 0 < data.most_trainees <= MOST_TRAINEES:
        checks.fail("most_trainees", f"请填写1至{MOST_TRAINEES}之间的人数。")
    notes = {note.key: _checked_notes(checks, note, getattr(data, note.key)) for note in _NOTES}
    checks.finish()
    named = {name: getattr(data, name) for name in CycleInput.__dataclass_fields__}
    return {**named, **notes}


def _check_day(checks: FieldChecks, column: Any, day: dt.date | None, year: int | None) -> None:
    if day is None:
        checks.fail(column.key, f"请填写{label_of(column)}。")
    elif year is not None and not abs(day.year - year) <= _FARTHEST:
        checks.fail(column.key, f"{label_of(column)}与考试年度相差太远，请核对年份。")


def _checked_notes(checks: FieldChecks, column: Any, text: str) -> str:
    """Return notes without empty lines and blanks around them."""
    lines = [line for raw in text.splitlines() if (line := raw.strip())]
    label, name = label_of(column), column.key
    if len(lines) > MOST_NOTES:
        checks.fail(name, f"{label}最多{MOST_NOTES}条（每行一条），现在是{len(lines)}条。")
        return text
    try:
        return check_text(
            "\n".join(lines), label=label, max_length=LONGEST_NOTES, multiline=True
        ).value
    except InvalidIdentifierError as error:
        checks.fail(name, str(error))
        return text


def _a_year_later(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        # The 29th of February.
        return day.replace(year=day.year + 1, day=28)


def _exists() -> FieldErrors:
    return FieldErrors({"year": "这个考试年度已经有了，请在列表中选中它修改。"})
