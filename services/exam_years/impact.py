"""What a change of an exam year does to what was entered already, told before it is done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from extensions import db
from models import (
    CertificateState,
    CertificateType,
    EducationLevel,
    EntryExtension,
    ExamCategory,
    ExamCycle,
    Roster,
    RosterScan,
    TrialCertificate,
    TrialPeriod,
    label_of,
)
from models.roster import NOT_HANDED_IN
from services import clock
from services.certificates import doubts
from services.certificates.schooling import suffices
from services.certificates.spans import covered_days, is_full_year
from services.exam_years import use_cases
from services.exam_years.entry import returned_before
from services.exam_years.windows import window_of
from services.saving import check_version

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import ColumnElement

    from services.actor import Actor
    from services.exam_years.use_cases import CycleInput
    from services.exam_years.windows import Window


@dataclass(frozen=True)
class Effect:
    """One thing that the change does, and to how many."""

    label: str
    count: int
    unit: str


class _Span(NamedTuple):
    certificate: int
    started_on: dt.date
    ended_on: dt.date


def of(actor: Actor, cycle: ExamCycle, data: CycleInput, expected_version: int) -> list[Effect]:
    """Return what ``data`` would do to the records of ``cycle``; only what is not nothing.

    Raises what ``use_cases.update`` raises. Its reader is at the first bureau and sees all. Few
    queries, whatever the number of people.
    """
    use_cases.require_writing(actor)
    check_version(cycle, expected_version)
    wanted = ExamCycle(**{**use_cases.check(data), "year": cycle.year})
    found = chain(
        _of_cutoff(cycle, wanted.trial_cutoff_on),
        _of_dates(cycle, wanted),
        _of_law(cycle, wanted),
        _of_trainees(cycle, wanted),
        _of_scans(cycle, wanted),
        _of_notes(cycle, wanted),
    )
    return [effect for effect in found if effect.count]


def _of_cutoff(cycle: ExamCycle, after: dt.date) -> Iterator[Effect]:
    before = cycle.trial_cutoff_on
    if before == after:
        return
    spans: dict[int, list[_Span]] = defaultdict(list)
    rows = db.session.execute(
        select(TrialPeriod.certificate_id, TrialPeriod.started_on, TrialPeriod.ended_on)
        .join(TrialCertificate, TrialPeriod.certificate_id == TrialCertificate.id)
        .where(*_living(cycle.year))
    )
    for row in rows:
        spans[row[0]].append(_Span(*row))
    short = enough = beyond = 0
    for periods in spans.values():
        # Whoever ended before both days is not touched by the change.
        last = max(period.ended_on for period in periods)
        if last <= min(before, after):
            continue
        was_full = is_full_year(covered_days(periods, before))
        is_full = is_full_year(covered_days(periods, after))
        short += was_full and not is_full
        enough += is_full and not was_full
        beyond += after < last <= before
    yield Effect(f"截至{after}试用时间变为不满一年", short, "人")
    yield Effect(f"截至{after}试用时间变为满一年", enough, "人")
    yield Effect(f"试用结束晚于{after}，超出部分不再计算", beyond, "人")


def _of_dates(cycle: ExamCycle, wanted: ExamCycle) -> Iterator[Effect]:
    dates = ("entry_opens_on", "entry_closes_on", "roster_due_on")
    if all(getattr(cycle, name) == getattr(wanted, name) for name in dates):
        return
    day, until = clock.today(), _extended(cycle.year)

    def shut(institution_id: int, holds: Callable[[Window], bool]) -> bool:
        own = until.get(institution_id)
        before, after = window_of(cycle, own), window_of(wanted, own)
        return holds(before) and not holds(after)

    entering = db.session.scalars(
        select(TrialCertificate.institution_id)
        .where(*_living(cycle.year), TrialCertificate.state == CertificateState.COMPLETED)
        .distinct()
    )
    closed = sum(shut(key, lambda window: window.is_open_on(day)) for key in entering)
    yield Effect("有未报送人员、填报随即关闭的机构", closed, "家")
    late = [
        row
        for row in _rosters_at_home(cycle.year)
        if shut(row.institution_id, lambda window: window.is_due_after(day))
    ]
    # What was made anew from a returned roster is never late.
    lost = sum(not returned_before(row.institution_id, row.head) for row in late)
    yield Effect("未报送、随即过期不能报送的花名册", lost, "份")
    idle = sum(
        _helps(window_of(cycle, own)) and not _helps(window_of(wanted, own))
        for own in until.values()
    )
    yield Effect("不再起作用的填报延期", idle, "个")


def _of_law(cycle: ExamCycle, wanted: ExamCycle) -> Iterator[Effect]:
    if cycle.law is wanted.law:
        return
    kind, category = TrialCertificate.certificate_type, TrialCertificate.exam_category_code
    rows = db.session.execute(
        select(kind, ExamCategory.level, category, EducationLevel.exam_band, func.count())
        .join(ExamCategory, category == ExamCategory.code)
        .join(EducationLevel, TrialCertificate.education_code == EducationLevel.code)
        .where(*_living(cycle.year))
        .group_by(kind, ExamCategory.level, category, EducationLevel.exam_band)
    )
    lacking = allowed = 0
    for of_kind, level, code, band, count in rows:
        before = suffices(cycle.law, of_kind, level, code, band)
        after = suffices(wanted.law, of_kind, level, code, band)
        lacking += count if before and not after else 0
        allowed += count if after and not before else 0
    yield Effect(f"按{wanted.law.label}学历不再符合报考条件", lacking, "人")
    yield Effect(f"按{wanted.law.label}学历变为符合报考条件", allowed, "人")


def _of_trainees(cycle: ExamCycle, wanted: ExamCycle) -> Iterator[Effect]:
    before, after = cycle.most_trainees, wanted.most_trainees
    if before == after:
        return
    counts = doubts.trainees_at_once(cycle.year).values()
    doubted = sum(after < count <= before for count in counts)
    cleared = sum(before < count <= after for count in counts)
    yield Effect(f"带教老师同时带教超过{after}人，新增风险提示的证明", doubted, "份")
    yield Effect(f"带教老师同时带教不再超过{after}人，取消风险提示的证明", cleared, "份")


def _of_scans(cycle: ExamCycle, wanted: ExamCycle) -> Iterator[Effect]:
    if cycle.needs_scan or not wanted.needs_scan:
        return
    lacking = db.session.scalar(
        select(func.count(Roster.id)).where(
            Roster.exam_year == cycle.year,
            Roster.state.in_(NOT_HANDED_IN),
            Roster.id.not_in(select(RosterScan.roster_id)),
        )
    )
    yield Effect("未报送、须先上传盖章扫描件的花名册", lacking or 0, "份")


def _of_notes(cycle: ExamCycle, wanted: ExamCycle) -> Iterator[Effect]:
    changed = [
        (kind, column)
        for kind, column in (
            (CertificateType.TRIAL, ExamCycle.certificate_notes),
            (CertificateType.PRACTICE, ExamCycle.practice_notes),
        )
        if getattr(cycle, column.key) != getattr(wanted, column.key)
    ]
    counts = _by_kind(cycle.year) if changed else {}
    for kind, column in changed:
        label = f"{label_of(column)}已改动，今后按新内容打印的证明"
        yield Effect(label, counts.get(kind, 0), "份")
    if cycle.roster_notes != wanted.roster_notes:
        made = db.session.scalar(
            select(func.count(Roster.id)).where(Roster.exam_year == cycle.year)
        )
        yield Effect("花名册的注已改动，已生成、仍按原内容打印的花名册", made or 0, "份")


def _by_kind(year: int) -> dict[CertificateType, int]:
    kind = TrialCertificate.certificate_type
    rows = db.session.execute(select(kind, func.count()).where(*_living(year)).group_by(kind))
    return {of_kind: count for of_kind, count in rows}  # noqa: C416 - rows are no pairs


def _living(year: int) -> tuple[ColumnElement[bool], ...]:
    return (TrialCertificate.exam_year == year, TrialCertificate.deleted_at.is_(None))


def _extended(year: int) -> dict[int, dt.date]:
    """Return the last days of the extensions of a year, by institution."""
    rows = db.session.execute(
        select(EntryExtension.institution_id, EntryExtension.until).where(
            EntryExtension.exam_year == year
        )
    )
    return {key: until for key, until in rows}  # noqa: C416 - rows are no pairs


def _rosters_at_home(year: int) -> Iterable[Any]:
    return db.session.execute(
        select(Roster.institution_id, Roster.head).where(
            Roster.exam_year == year, Roster.state.in_(NOT_HANDED_IN)
        )
    ).all()


def _helps(window: Window) -> bool:
    return window.extended_until is not None
