"""What each row of a table would do under the actor's scope: the heart of preview and import.

Nothing is written here. Rows are matched by unit number, else by name; what is left makes new
institutions, below those of the library or of other rows. Empty cells leave a record as it is.
An import never moves an institution: what hangs on a move is shown where moves are made.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models import Institution, InstitutionKind
from models.institution import LONGEST_PATH, SEGMENT_LENGTH
from models.search_text import name_key_of
from services.errors import DomainError
from services.importing import CodeNames, RowStatus
from services.institutions import field_rules, moves, names, placing
from services.institutions.editing import OTHER_KIND, kind_of
from services.institutions.importing.columns import (
    BY_KEY,
    CATEGORY,
    COLUMNS,
    DIVISION,
    NAME,
    NUMBER,
    PARENT,
)
from services.institutions.importing.drafts import Draft, drafts_of
from services.institutions.importing.library import Library, rows_with
from services.institutions.importing.outcome import InstitutionOutcome, InstitutionRow
from services.reference import CodeTables
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.actor import Actor
    from services.audit import Change
    from services.workbooks import ReadTable

CODE: Final = "organisation_code"
NO_SUCH_NUMBER: Final = (
    "没有这个单位编号，或不在您的管理范围内。新增机构的单位编号由系统生成，请留空。"
)
NO_SUCH_PARENT: Final = "“{name}”不存在或不在您的管理范围内，请核对信息上报。"
TWIN_NAME: Final = "与第{row}行的机构名称相同（或只有全角半角、空格、括号不同）。"
TWIN_INSTITUTION: Final = "与第{row}行是同一家机构。"
TWIN_CODE: Final = "与第{row}行相同，请核对"
NEARLY_KNOWN: Final = (
    "与已有机构“{name}”只有全角半角、空格或括号不同。"
    "如是同一家机构，请改为相同的名称或填写单位编号。"
)
NO_MOVES: Final = (
    "导入不能变更信息上报（现为“{name}”）。请在机构信息管理中用“修改”变更，或将此单元格清空。"
)
OWN_RECORD: Final = "这是本机构，不能通过导入修改。请删除这一行，在“本机构信息设置”中修改。"
PARENT_WRONG: Final = "信息上报“{name}”在第{row}行，该行有错误，请先改正。"
IN_CIRCLE: Final = "与其他行的信息上报互相引用，请核对。"
MISSING: Final = "请填写{label}。"


@dataclass
class Plan:
    """What was found out: the outcome to show, and the rows to write, parents before children."""

    outcome: InstitutionOutcome
    changed: list[Draft]
    levels: list[list[Draft]]


def evaluate(actor: Actor, table: ReadTable) -> Plan:
    """Return what the rows of ``table`` would do if ``actor`` imported them now."""
    return _Evaluation(actor, table).plan()


class _Evaluation:
    def __init__(self, actor: Actor, table: ReadTable) -> None:
        self._actor = actor
        self._table = table
        self._codes = CodeTables()
        self._code_names = CodeNames(self._codes)
        self._library = Library()
        self._drafts = drafts_of(table.rows, self._codes, self._code_names)
        self._levels: list[list[Draft]] = []

    def plan(self) -> Plan:
        self._match()
        self._refuse_twins()
        bearers = names.bearers({d.values[NAME] for d in self._drafts if NAME in d.values})
        for draft in self._drafts:
            self._check_name(draft, bearers.get(draft.name, frozenset()))
            if draft.institution is not None:
                self._compare(draft, draft.institution)
            else:
                self._require_new(draft)
        self._doubt_codes()
        self._place_new_ones()
        outcome = InstitutionOutcome(
            [self._outcome(draft) for draft in self._drafts],
            self._table.notes,
            has_renames=any(NAME in d.changed and not d.errors for d in self._drafts),
        )
        changed = [draft for draft in self._drafts if draft.changed and not draft.errors]
        return Plan(outcome, changed, self._levels)

    def _match(self) -> None:
        """Find the institution of each row: by its unit number, else by its name."""
        keys = {draft: self._key_of(draft) for draft in self._drafts}
        wanted = {key for key in keys.values() if key is not None}
        wanted |= {key for d in self._drafts if (key := self._parent_key(d)) is not None}
        wanted.add(self._actor.institution_id)
        self._rows = {row.id: row for row in rows_with(Institution.id, wanted)}
        for draft, key in keys.items():
            draft.institution = self._rows.get(key) if key is not None else None

    def _key_of(self, draft: Draft) -> int | None:
        number = draft.row.text(NUMBER)
        if number:
            key = self._library.by_number.get(_unit_number(number))
            if key is None:
                draft.fail(NUMBER, NO_SUCH_NUMBER)
            return key
        return self._library.by_name.get(draft.name)

    def _parent_key(self, draft: Draft) -> int | None:
        """Return the institution of the library that 信息上报 names, by name or unit number."""
        text = draft.row.text(PARENT)
        key = self._library.by_name.get(text)
        if key is None and text:
            alike = self._library.alike(text)
            key = alike[0] if len(alike) == 1 else None
        if key is None:
            key = self._library.by_number.get(_unit_number(text))
        return key

    def _refuse_twins(self) -> None:
        """Report what stands twice in the file, on both rows."""
        by_name: dict[str, list[Draft]] = {}
        by_key: dict[int, list[Draft]] = {}
        by_code: dict[str, list[Draft]] = {}
        for draft in self._drafts:
            if draft.name and not draft.row.problem:
                by_name.setdefault(name_key_of(draft.name), []).append(draft)
            if draft.institution is not None:
                by_key.setdefault(draft.institution.id, []).append(draft)
            if code := draft.values.get(CODE):
                by_code.setdefault(code, []).append(draft)
        # Institutions that have had the same name for long may come back as they are.
        given = (group for group in by_name.values() if not all(map(_keeps_name, group)))
        for draft, other in _twins(given):
            draft.fail(NAME, TWIN_NAME.format(row=other.row.number))
        for draft, other in _twins(by_key.values()):
            at = NUMBER if draft.row.text(NUMBER) else NAME
            draft.fail(at, TWIN_INSTITUTION.format(row=other.row.number))
        # A branch may bear the code of its head office.
        for draft, other in _twins(by_code.values()):
            draft.note(CODE, TWIN_CODE.format(row=other.row.number))

    def _check_name(self, draft: Draft, bearers: frozenset[int]) -> None:
        institution = draft.institution
        own = institution.id if institution is not None else 0
        if NAME not in draft.values or (institution is not None and institution.name == draft.name):
            return
        alike = [key for key in self._library.alike(draft.name) if key != own]
        known = self._library.names[alike[0]] if alike else draft.name
        if known != draft.name:
            draft.fail(NAME, NEARLY_KNOWN.format(name=known))
        elif others := bearers - {own}:
            draft.fail(NAME, names.taken(draft.name, self._first_known(others)))

    def _first_known(self, keys: Iterable[int]) -> str | None:
        """Return the name of the first of these institutions that the actor sees."""
        known = self._library.names
        return next((known[key] for key in sorted(keys) if key in known), None)

    def _doubt_codes(self) -> None:
        """Note the codes that another institution has already, as the form does."""
        given = [d for d in self._drafts if d.institution is None or CODE in d.changed]
        leaving = {d.institution.id for d in given if d.institution is not None}
        bearers = names.code_bearers({d.values[CODE] for d in given if CODE in d.values})
        for draft in given:
            others = set(bearers.get(draft.values.get(CODE, ""), ())) - leaving
            if others:
                draft.note(CODE, names.code_twin(self._first_known(others)))

    def _compare(self, draft: Draft, institution: Institution) -> None:
        """Note what the row changes of a known institution, and what it may not change."""
        for key, value in draft.values.items():
            present = getattr(institution, key) or ""
            if present == value:
                continue
            if present in draft.meant.get(key, ()):
                # A name that stands for several codes, one of which the record has: it stays.
                draft.understood.pop(key, None)
                continue
            try:
                field_rules.require_change(self._actor, institution, key)
            except DomainError as error:
                draft.fail(key, error.message)
                continue
            draft.changed.append(key)
        if institution.id == self._actor.institution_id:
            if draft.changed or draft.errors:
                draft.fail(NUMBER if draft.row.text(NUMBER) else NAME, OWN_RECORD)
            return
        kind = kind_of(self._codes, draft.values.get(CATEGORY))
        if CATEGORY in draft.changed:
            if kind is not institution.kind:
                draft.fail(CATEGORY, OTHER_KIND)
            elif kind is InstitutionKind.BUREAU:
                self._judge(
                    draft, lambda: placing.require_new_category(institution, draft.values[CATEGORY])
                )
        self._compare_parent(draft, institution)

    def _compare_parent(self, draft: Draft, institution: Institution) -> None:
        text = draft.row.text(PARENT)
        if not text:
            return
        above = self._parent_key(draft)
        if above is None:
            draft.fail(PARENT, NO_SUCH_PARENT.format(name=text[:40]))
        elif above != institution.parent_id:
            now = self._library.names.get(institution.parent_id or 0, "")
            draft.fail(PARENT, NO_MOVES.format(name=now))

    def _require_new(self, draft: Draft) -> None:
        if draft.row.problem:
            return
        for column in COLUMNS:
            if column.is_required and column.key not in draft.values:
                draft.fail(column.key, MISSING.format(label=column.label))
        draft.kind = kind_of(self._codes, draft.values.get(CATEGORY))

    def _place_new_ones(self) -> None:
        """Find the parents of new institutions, and an order in which parents come first."""
        waiting = [d for d in self._drafts if d.institution is None and not d.row.problem]
        named = {name_key_of(d.name): d for d in self._drafts if d.name}
        for draft in waiting:
            self._find_parent(draft, named)
        # A wrong row has no place, and what goes below it has none either.
        while waiting:
            level = [d for d in waiting if not isinstance(d.parent, Draft) or d.parent.place]
            if not level:
                break
            done = set(level)
            waiting = [draft for draft in waiting if draft not in done]
            for draft in level:
                self._give_place(draft)
            good = [draft for draft in level if not draft.errors]
            if good:
                self._levels.append(good)
        self._refuse_unplaced(waiting)

    def _find_parent(self, draft: Draft, named: dict[str, Draft]) -> None:
        text = draft.row.text(PARENT)
        if PARENT in draft.errors:
            return
        if not text:
            draft.parent = self._rows[self._actor.institution_id]
            return
        key = self._parent_key(draft)
        if key is not None:
            draft.parent = self._rows[key]
            if self._library.names[key] != text:
                draft.understood[PARENT] = f"“{text}”按“{self._library.names[key]}”理解"
            return
        other = named.get(name_key_of(text))
        if other is None:
            draft.fail(PARENT, NO_SUCH_PARENT.format(name=text[:40]))
        else:
            # A known institution that another row renames is named by its new name here.
            draft.parent = other.institution or other

    def _give_place(self, draft: Draft) -> None:
        parent = draft.parent.place if isinstance(draft.parent, Draft) else draft.parent
        if parent is None or draft.kind is None:
            return
        kind, category = draft.kind, draft.values[CATEGORY]
        self._judge(draft, lambda: moves.require_place(kind, parent))
        self._judge(draft, lambda: placing.require_rank(category, parent))
        self._doubt_division(draft, parent)
        if not draft.errors:
            draft.place = Institution(
                path=parent.path + "0" * SEGMENT_LENGTH,
                kind=draft.kind,
                name=draft.name,
                category_code=category,
                division_code=draft.values.get(DIVISION),
            )
            assert len(draft.place.path) <= LONGEST_PATH

    @staticmethod
    def _judge(draft: Draft, rule: Callable[[], None]) -> None:
        """Note what a rule of the tree says, in the column of the field that it names."""
        try:
            rule()
        except DomainError as error:
            draft.fail(error.field or PARENT, error.message)

    @staticmethod
    def _doubt_division(draft: Draft, parent: Institution) -> None:
        division = draft.values.get(DIVISION)
        if division and parent.is_bureau and parent.division_code:
            doubt = placing.division_outside(division, parent.name, parent.division_code)
            if doubt:
                draft.note(DIVISION, doubt)

    @staticmethod
    def _refuse_unplaced(waiting: list[Draft]) -> None:
        for draft in waiting:
            assert isinstance(draft.parent, Draft)
            text, row = draft.row.text(PARENT)[:40], draft.parent.row.number
            above: object = draft.parent
            seen = {draft}
            while isinstance(above, Draft) and above not in seen:
                seen.add(above)
                above = above.parent
            is_circle = isinstance(above, Draft)
            draft.fail(PARENT, IN_CIRCLE if is_circle else PARENT_WRONG.format(name=text, row=row))

    def _outcome(self, draft: Draft) -> InstitutionRow:
        institution = draft.institution
        if draft.errors:
            status = RowStatus.WRONG
        elif institution is None:
            status = RowStatus.NEW
        else:
            status = RowStatus.CHANGED if draft.changed else RowStatus.UNCHANGED
        keys = draft.changed if institution is not None else list(draft.values)
        return InstitutionRow(
            number=draft.row.number,
            status=status,
            key=institution.id if institution is not None else None,
            name=draft.name or (institution.name if institution is not None else ""),
            category=self._category(draft),
            parent=self._parent_name(draft),
            below=_below(draft.parent),
            changes=[self._change(draft, key) for key in keys] if not draft.errors else [],
            errors={c.key: draft.errors[c.key] for c in COLUMNS if c.key in draft.errors},
            notes=draft.all_notes(),
        )

    def _category(self, draft: Draft) -> str:
        """Return the category that the institution would have; of a wrong one what was typed."""
        institution = draft.institution
        stays = CATEGORY not in draft.changed and CATEGORY not in draft.errors
        if institution is not None and stays:
            return self._shown(CATEGORY, institution.category_code)
        return self._shown(CATEGORY, draft.values.get(CATEGORY)) or draft.row.text(CATEGORY)

    def _parent_name(self, draft: Draft) -> str:
        if draft.institution is not None:
            return self._library.names.get(draft.institution.parent_id or 0, "")
        if isinstance(draft.parent, Draft):
            return draft.parent.name
        return draft.parent.name if draft.parent is not None else draft.row.text(PARENT)

    def _change(self, draft: Draft, key: str) -> Change:
        old = getattr(draft.institution, key, None) if draft.institution is not None else None
        return {
            "label": BY_KEY[key].label,
            "old": self._shown(key, old),
            "new": self._shown(key, draft.values[key]),
        }

    def _shown(self, key: str, value: str | None) -> str:
        column = BY_KEY[key]
        return self._code_names.shown(column, value) if column.is_coded else value or ""


def _below(parent: Institution | Draft | None) -> str:
    """Return where a new institution goes: the key of its parent, or the row that makes it."""
    if isinstance(parent, Draft):
        return f"row {parent.row.number}"
    return str(parent.id) if parent is not None else ""


def _keeps_name(draft: Draft) -> bool:
    return draft.institution is not None and draft.institution.name == draft.name


def _twins(groups: Iterable[list[Draft]]) -> Iterable[tuple[Draft, Draft]]:
    """Yield every row of a group with another one of it: the first, or the second for the first."""
    for group in groups:
        if len(group) > 1:
            yield group[0], group[1]
            yield from ((draft, group[0]) for draft in group[1:])


def _unit_number(text: str) -> int:
    """Return a unit number, its digits in whichever width; 0 when it is none."""
    return parse_key(unicodedata.normalize("NFKC", text)) or 0
