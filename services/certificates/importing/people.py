"""From the rows of the sheet to people: rows with the same number are one person's periods."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from models import CertificateType, Conclusion
from services import identifiers
from services.certificates.importing.columns import (
    BY_KEY,
    COLUMNS,
    DATES,
    NUMBER,
    OF_ASSISTANT,
    OF_PERIOD,
    OF_PERSON,
    PERSONAL,
    PLACE,
    START,
    TYPE,
    YEAR,
)
from services.certificates.inputs import CertificateInput, PeriodInput
from services.errors import DomainError
from services.importing import RowDraft, RowReader
from services.typed_dates import parse_date
from services.workbooks import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from models import TrialCertificate
    from services.importing import CodeNames
    from services.workbooks import ReadRow

NO_YEAR: Final = "考试年度应为四位数字，如2018。"
NO_NUMBER: Final = "请填写证件号码；同一人有多段试用信息的，每一行都要填写。"
CONTRADICTION: Final = (
    "与第{row}行填写的不同。同一人（证件号码相同）的各行应一致，或只在第一行填写。"
)
TIDIED: Final = "去掉了单元格内多余的换行、撇号等，请核对"
NOT_OF_TRIAL: Final = "报考类型为“试用期”的不需填写，已忽略"
_YEAR: Final = re.compile(r"([0-9]{4})年?度?")
#: A field of a period as the rules call it.
_OF_PERIOD: Final = re.compile(r"periods-([0-9]+)-(.+)")


@dataclass(eq=False)
class Person:
    """One person of the sheet, while he or she is being evaluated."""

    rows: list[RowDraft]
    #: What is saved of the person, if there is anything.
    certificate: TrialCertificate | None = None
    #: What would be saved: checked by the rules, if it keeps them.
    data: CertificateInput = field(default_factory=CertificateInput)
    is_changed: bool = False
    doubts: list[str] = field(default_factory=list)

    @property
    def periods(self) -> list[RowDraft]:
        """The rows in which a period stands."""
        return [draft for draft in self.rows if any(map(draft.row.holds, OF_PERIOD))]

    @property
    def is_wrong(self) -> bool:
        """Whether any of the rows has an error."""
        return any(draft.errors for draft in self.rows)

    def text(self, key: str) -> str:
        """Return what the rows say of the person, the first that says anything; often empty."""
        return next((draft.values[key] for draft in self.rows if key in draft.values), "")

    def fail(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field, as the rules call it, where the user finds it."""
        found = _OF_PERIOD.fullmatch(name)
        if found is None:
            self._row_of(name).fail(START if name == "periods" else name, sentence)
            return
        periods, at = self.periods, int(found[1])
        if at < len(periods):
            periods[at].fail(found[2], sentence)
        else:
            # A period that is saved already, and that the sheet leaves as it is.
            self.rows[0].fail(NUMBER, f"已录入的第{at + 1}段试用信息：{sentence}")

    def _row_of(self, key: str) -> RowDraft:
        named = (draft for draft in self.rows if key in draft.errors or draft.row.holds(key))
        return next(named, self.rows[0])

    def entered(self, saved: CertificateInput | None, own_name: str) -> CertificateInput:
        """Return what the rows say, over what is ``saved``; a place left empty is the own one."""
        given = {key: _plain(key, text) for key in OF_PERSON if (text := self.text(key))}
        if periods := self.periods:
            given["periods"] = tuple(_period(draft, own_name) for draft in periods)
        return replace(saved or CertificateInput(), **given)  # type: ignore[arg-type]


def people_of(rows: Sequence[ReadRow], names: CodeNames) -> list[Person]:
    """Read rows, and put those of each person together in the order in which they stand."""
    reader = RowReader(COLUMNS, names, _check, main_key=NUMBER)
    found: dict[tuple[str, ...], Person] = {}
    last: dict[str, RowDraft] = {}
    for row in rows:
        draft = RowDraft(row, BY_KEY)
        reader.fill(draft)
        _hush(draft)
        number = identifiers.normalise(draft.values.get(NUMBER, ""))
        if not number:
            draft.fail(NUMBER, NO_NUMBER)
            found[str(row.number), ""] = Person([draft])
            continue
        _inherit(draft, last.get(number))
        last[number] = draft
        key = number, draft.values.get(YEAR, ""), draft.values.get(TYPE, "")
        if key in found:
            _compare(draft, found[key])
            found[key].rows.append(draft)
        else:
            found[key] = Person([draft])
    people = list(found.values())
    for person in people:
        _note_unneeded(person)
    return people


def _check(key: str, typed: str) -> tuple[str, Sequence[str]]:
    """Take a cell as it stands; what it must be is for the rules of certificates."""
    if key == YEAR:
        found = _YEAR.fullmatch(fold(typed))
        if found is None:
            raise DomainError(NO_YEAR)
        return found[1], ()
    if key in DATES:
        try:
            return parse_date(typed).isoformat(), ()
        except ValueError as error:
            raise DomainError(str(error)) from None
    return typed, ()


def _hush(draft: RowDraft) -> None:
    """Leave out what goes without saying, and never repeat what identifies a person."""
    for key in draft.understood.keys() & {YEAR, *DATES}:
        if key in draft.values:
            del draft.understood[key]
    for key in draft.understood.keys() & PERSONAL:
        draft.understood[key] = TIDIED


def _inherit(draft: RowDraft, above: RowDraft | None) -> None:
    """Let a further row of the same number be about the same year and type."""
    if above is None or draft.errors.keys() & {YEAR, TYPE}:
        return
    for key in (YEAR, TYPE):
        if key in above.values:
            draft.values.setdefault(key, above.values[key])


def _compare(draft: RowDraft, person: Person) -> None:
    """Report what a further row says otherwise of the person than the rows above it."""
    for key in OF_PERSON:
        if key not in draft.values:
            continue
        earlier = next((other for other in person.rows if key in other.values), None)
        if earlier is not None and fold(earlier.values[key]) != fold(draft.values[key]):
            draft.fail(key, CONTRADICTION.format(row=earlier.row.number))


def _note_unneeded(person: Person) -> None:
    if person.text(TYPE) == CertificateType.TRIAL:
        for draft in person.rows:
            for key in OF_ASSISTANT:
                if draft.values.pop(key, ""):
                    draft.note(key, NOT_OF_TRIAL)


def _plain(key: str, text: str) -> object:
    """Return the value of a person's field out of its text."""
    return _VALUES[key](text) if key in _VALUES else text


def _period(draft: RowDraft, own_name: str) -> PeriodInput:
    values: dict[str, object] = {
        key: _plain(key, draft.values[key]) for key in OF_PERIOD if key in draft.values
    }
    if not draft.row.holds(PLACE):
        values[PLACE] = own_name
    return PeriodInput(**values)  # type: ignore[arg-type]


_VALUES: Final[Mapping[str, Callable[[str], object]]] = {
    YEAR: int,
    TYPE: CertificateType,
    "conclusion": Conclusion,
    **dict.fromkeys(DATES, dt.date.fromisoformat),
}


def wrong_rows(person: Person) -> Iterable[tuple[int, dict[str, str]]]:
    """Yield the rows of a person that have errors, which stand in the order of the columns."""
    for draft in person.rows:
        if draft.errors:
            yield (
                draft.row.number,
                {key: draft.errors[key] for key in BY_KEY if key in draft.errors},
            )
