"""What the people of a table would do at the actor's institution: the heart of preview and import.

Nothing is written here. A person is known by year, type and number; what is known and the same is
left alone, wherever it stands on its way. Empty cells leave a record as it is, and so do rows
without any period.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from extensions import db
from models import CertificateType, Institution, Roster, RosterEntry, TrialCertificate
from models.encryption import blind_index
from models.roster import NOT_HANDED_IN
from services import audit, exam_years, identifiers
from services.certificates import doubts, rules
from services.certificates.changes import of_periods
from services.certificates.content import FIELDS_OF_PERIOD
from services.certificates.importing.columns import (
    BY_KEY,
    DOCUMENT,
    NUMBER,
    OF_PERSON,
    SHORT_TYPES,
    TYPE,
    YEAR,
)
from services.certificates.importing.outcome import PersonOutcome, PersonRow
from services.certificates.importing.people import people_of, wrong_rows
from services.certificates.inputs import ENTERED, input_of
from services.certificates.known import Known
from services.certificates.use_cases import require_editable, require_trainer, visible
from services.clock import today
from services.errors import DomainError
from services.exam_years import entry
from services.identifiers import InvalidIdentifierError
from services.importing import CodeNames, RowStatus
from services.institutions.completeness import require_complete
from services.masking import masked_certificate_number, masked_id_number, masked_phone
from services.parts import in_parts
from services.reference import CodeTables
from services.scope import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models import ExamCycle
    from services.actor import Actor
    from services.audit import Change
    from services.certificates.importing.people import Person
    from services.certificates.inputs import CertificateInput, PeriodInput
    from services.workbooks import ReadTable

TWIN: Final = "与第{row}行是同一人的同一份考核证明，证件号码写法不同，请改为一致。"
OVERTAKEN: Final = "该人员在{rosters}中，导入后该花名册不能报送，须重新生成、打印、盖章"

#: What identifies the person, as the preview shows it.
_MASKS: Final[Mapping[str, Callable[[Any], str]]] = {
    NUMBER: masked_id_number,
    # The day of birth as well: it is in the number.
    "born_on": lambda day: f"{day.year}-**-**",
    "phone": masked_phone,
    "qualification_certificate_number": masked_certificate_number,
}


@dataclass
class Plan:
    """What was found out: the outcome to show, and the people to write."""

    outcome: PersonOutcome
    new: list[Person]
    changed: list[Person]


def evaluate(actor: Actor, table: ReadTable) -> Plan:
    """Return what the rows of ``table`` would do if ``actor`` imported them now.

    Raises ``DomainError`` when there are new people and the record of the own institution is
    incomplete, as the form does.
    """
    require_trainer(actor)
    return _Evaluation(actor, table).plan()


class _Evaluation:
    def __init__(self, actor: Actor, table: ReadTable) -> None:
        self._actor = actor
        self._table = table
        self._day = today()
        self._names = CodeNames(CodeTables())
        self._known = Known()
        self._cycles: dict[int, ExamCycle | None] = {}
        self._people = people_of(table.rows, self._names)

    def plan(self) -> Plan:
        owner = find(Institution, self._actor.institution_id)
        self._match()
        if any(person.certificate is None for person in self._people):
            require_complete(owner)
        for person in self._people:
            self._judge(person, owner.name)
        self._require_open()
        self._note_rosters()
        self._foresee(owner)
        outcome = PersonOutcome([self._outcome(p) for p in self._people], self._table.notes)
        clean = [person for person in self._people if not person.is_wrong]
        return Plan(
            outcome,
            [person for person in clean if person.certificate is None],
            [person for person in clean if person.is_changed],
        )

    def _match(self) -> None:
        """Find what is saved of each person, by the blind index of the number."""
        indexes = {
            person: blind_index(self._number(person), "trial_certificates.id_number")
            for person in self._people
            if person.text(NUMBER)
        }
        saved: dict[tuple[str, str, str], TrialCertificate] = {}
        for some in in_parts(sorted(set(indexes.values()))):
            statement = visible().where(
                TrialCertificate.institution_id == self._actor.institution_id,
                TrialCertificate.id_number_index.in_(some),
            )
            rows = db.session.scalars(statement.execution_options(populate_existing=True))
            for row in rows.unique():
                saved[str(row.exam_year), row.certificate_type.value, row.id_number_index] = row
        first: dict[tuple[str, str, str], Person] = {}
        for person, index in indexes.items():
            key = person.text(YEAR), person.text(TYPE), index
            person.certificate = saved.get(key)
            earlier = first.setdefault(key, person)
            if earlier is not person:
                person.fail(NUMBER, TWIN.format(row=earlier.rows[0].row.number))

    def _number(self, person: Person) -> str:
        """Return the number in the form in which it would be saved."""
        text = person.text(NUMBER)
        try:
            return identifiers.check_identity_document(
                person.text(DOCUMENT), text, today=self._day
            ).value
        except InvalidIdentifierError:
            return identifiers.normalise(text)

    def _judge(self, person: Person, own_name: str) -> None:
        """Check what a person would have by the rules, and whether it differs from what is."""
        if any(draft.row.problem for draft in person.rows):
            # A header that was repeated, or the like: there is nobody in it.
            return
        saved = input_of(person.certificate) if person.certificate is not None else None
        entered = person.entered(saved, own_name)
        person.data, errors = rules.check(
            entered, cycle=self._cycle(entered.exam_year), today=self._day, known=self._known
        )
        if saved is not None and not person.is_wrong and _is_same(person.data, saved):
            return
        for name, sentence in errors.items():
            person.fail(name, sentence)
        if person.certificate is not None:
            person.is_changed = True
            try:
                require_editable(person.certificate)
            except DomainError as error:
                person.fail(NUMBER, error.message)

    def _cycle(self, year: int | None) -> ExamCycle | None:
        if year is None:
            return None
        if year not in self._cycles:
            self._cycles[year] = exam_years.cycle_of(year)
        return self._cycles[year]

    def _require_open(self) -> None:
        """Report whom the deadlines of their years keep out, in the words of the form."""
        sentences = {
            year: entry.refusal(self._actor.institution_id, self._actor.path, year)
            for year, cycle in self._cycles.items()
            if cycle is not None
        }
        changed = [p.certificate for p in self._people if p.is_changed and p.certificate]
        closed = entry.closed(changed)
        for person in self._people:
            certificate = person.certificate
            if certificate is None:
                sentence = sentences.get(person.data.exam_year or 0, "")
            else:
                sentence = closed.get(certificate.id, "")
            if sentence:
                person.fail(YEAR, sentence)

    def _note_rosters(self) -> None:
        """Say which rosters that are not handed in would be void."""
        codes = {
            person.certificate.submission_code: person
            for person in self._people
            if person.is_changed and person.certificate is not None and not person.is_wrong
        }
        listed: dict[str, list[str]] = defaultdict(list)
        for some in in_parts(sorted(codes)):
            statement = (
                select(RosterEntry.submission_code, Roster)
                .join(Roster, RosterEntry.roster_id == Roster.id)
                .where(RosterEntry.submission_code.in_(some), Roster.state.in_(NOT_HANDED_IN))
                .order_by(Roster.id)
            )
            for code, roster in db.session.execute(statement):
                listed[code].append(f"{roster.year_and_batch}花名册（{roster.state.label}）")
        for code, named in listed.items():
            sentence = OVERTAKEN.format(rosters="、".join(named))
            codes[code].rows[0].notes.append(sentence)

    def _foresee(self, owner: Institution) -> None:
        written = [
            person
            for person in self._people
            if not person.is_wrong and (person.certificate is None or person.is_changed)
        ]
        found = doubts.foresee(
            [
                doubts.Foreseen(p.data, p.certificate.id if p.certificate is not None else None)
                for p in written
            ],
            owner.id,
            owner.path,
        )
        for person, findings in zip(written, found, strict=True):
            person.doubts = list(dict.fromkeys(finding.sentence for finding in findings))

    def _outcome(self, person: Person) -> PersonRow:
        certificate = person.certificate
        if person.is_wrong:
            status = RowStatus.WRONG
        elif certificate is None:
            status = RowStatus.NEW
        else:
            status = RowStatus.CHANGED if person.is_changed else RowStatus.UNCHANGED
        numbers = [draft.row.number for draft in person.rows]
        errors = dict(wrong_rows(person))
        kind = person.text(TYPE)
        return PersonRow(
            number=numbers[0],
            status=status,
            key=certificate.id if certificate is not None else None,
            name=person.text("name") or (certificate.name if certificate is not None else ""),
            changes=self._changes(person) if status in {RowStatus.NEW, RowStatus.CHANGED} else [],
            errors=errors.pop(numbers[0], {}),
            notes=[note for draft in person.rows for note in draft.all_notes()],
            numbers=numbers,
            further_errors={str(number): found for number, found in errors.items()},
            exam_year=person.text(YEAR),
            certificate_type=SHORT_TYPES[CertificateType(kind)] if kind else "",
            id_number=masked_id_number(identifiers.normalise(person.text(NUMBER))),
            version=certificate.version if certificate is not None else None,
            doubts=person.doubts,
        )

    def _changes(self, person: Person) -> list[Change]:
        saved = input_of(person.certificate) if person.certificate is not None else None
        found = []
        for key in OF_PERSON:
            old, new = getattr(saved, key, None), getattr(person.data, key)
            if old != new:
                found.append(
                    {
                        "label": BY_KEY[key].label,
                        "old": self._shown(key, old),
                        "new": self._shown(key, new),
                    }
                )
        before = saved.periods if saved is not None else ()
        return [*found, *of_periods(_stretches(before), _stretches(person.data.periods))]

    def _shown(self, key: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if key in _MASKS:
            return _MASKS[key](value)
        column = BY_KEY[key]
        return self._names.shown(column, str(value)) if column.is_coded else audit.shown(value)


def _is_same(data: CertificateInput, saved: CertificateInput) -> bool:
    """Whether two entries say the same; links of places to the library say nothing."""
    same = all(getattr(data, name) == getattr(saved, name) for name in ENTERED)
    return same and _stretches(data.periods) == _stretches(saved.periods)


def _stretches(periods: Sequence[PeriodInput]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) for name in FIELDS_OF_PERIOD} for one in periods]
