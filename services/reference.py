"""Code tables: loading them from ``config/reference/*.csv``, and reading them for forms and lists.

Code tables are common to all actors, so the wall does not concern them.
"""

from __future__ import annotations

import csv
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from flask import current_app
from sqlalchemy import String, cast, inspect, literal, null, select, union_all

from config import REFERENCE_DIR
from extensions import db
from models import (
    BusinessRank,
    Division,
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
    InstitutionCategory,
    InstitutionGrade,
    InstitutionLevel,
    MedicalDepartment,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.reference import CodeTable

#: Code, name, and the code above where the table is a tree.
Entry = tuple[str, str, str | None]
#: Code tables change with a release only; another process takes them over after so many seconds.
_KEPT_FOR: Final = 300.0
#: Each code table and its file; a column of the file is taken when the model has it.
FILES: Final[Mapping[type[CodeTable], str]] = {
    BusinessRank: "business_ranks.csv",
    Division: "divisions_hubei.csv",
    EducationLevel: "education_levels.csv",
    EthnicGroup: "ethnic_groups.csv",
    ExamCategory: "exam_categories.csv",
    Gender: "genders.csv",
    IdDocumentType: "id_document_types.csv",
    InstitutionCategory: "institution_categories.csv",
    InstitutionGrade: "institution_grades.csv",
    InstitutionLevel: "institution_levels.csv",
    MedicalDepartment: "medical_departments.csv",
}


def load_reference_tables() -> int:
    """Bring the code tables in line with their files; return how many rows were added or changed.

    May be run again at any time: rows keep their code, take over name and order, and are never
    removed, since records refer to them.
    """
    return sum(_load(model, file) for model, file in FILES.items())


def _load(model: type[CodeTable], file: str) -> int:
    known = {row.code: row for row in db.session.scalars(select(model))}
    _kept().pop(model, None)
    changed = 0
    for position, values in enumerate(read(file, model), start=1):
        row = known.get(values["code"] or "")
        wanted: dict[str, object] = {**values, "position": position}
        if row is None:
            db.session.add(model(**wanted))
            changed += 1
        elif any(getattr(row, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(row, name, value)
            changed += 1
    db.session.flush()
    return changed


def read(file: str, model: type[CodeTable]) -> list[dict[str, str | None]]:
    """Return the rows of a file of ``config/reference``, cut to the columns of ``model``.

    An empty cell is ``None``. Files are UTF-8 with a header; parents stand before their children.
    """
    names = {attribute.key for attribute in inspect(model).column_attrs}
    return [{name: value for name, value in row.items() if name in names} for row in lines_of(file)]


def lines_of(file: str) -> list[dict[str, str | None]]:
    """Return the rows of a file of ``config/reference`` with all its columns, see ``read``."""
    with (REFERENCE_DIR / file).open(encoding="utf-8-sig", newline="") as lines:
        return [
            {name: value or None for name, value in row.items()} for row in csv.DictReader(lines)
        ]


class CodeTables:
    """The code tables as one request or one import sees them: as they were when first asked for."""

    def __init__(self) -> None:
        """Start without having read anything."""
        self._names: dict[type[CodeTable], Mapping[str, str]] = {}
        self._categories: dict[str, tuple[str, str | None]] | None = None

    def names(self, model: type[CodeTable]) -> Mapping[str, str]:
        """Return a code table as code → name, in its order."""
        if model not in self._names:
            self._names[model] = names(model)
        return self._names[model]

    def has(self, model: type[CodeTable], code: str) -> bool:
        """Whether ``code`` stands in the code table."""
        return code in self.names(model)

    def name_of(self, model: type[CodeTable], code: str | None) -> str:
        """Return the name of a code, or an empty text when there is no such code."""
        return self.names(model).get(code or "", "")

    def trial_role(self, category_code: str | None) -> str | None:
        """Return the role of a category in trials (``bureau``, ``trial`` …), if there is one."""
        return self._category(category_code)[0]

    def licence_rule(self, category_code: str | None) -> str | None:
        """Return ``required`` where institutions of the category practise under a licence."""
        return self._category(category_code)[1]

    def _category(self, code: str | None) -> tuple[str | None, str | None]:
        if self._categories is None:
            statement = select(
                InstitutionCategory.code,
                InstitutionCategory.trial_role,
                InstitutionCategory.licence_rule,
            )
            self._categories = {
                key: (role, licence) for key, role, licence in db.session.execute(statement)
            }
        return self._categories.get(code or "", (None, None))


class _Kept(NamedTuple):
    """A code table in memory, and until when (seconds since 1970)."""

    until: float
    entries: list[Entry]
    names: Mapping[str, str]


def entries(model: type[CodeTable]) -> list[Entry]:
    """Return a code table as (code, name, code above), in its order."""
    return _table(model).entries


def names(model: type[CodeTable]) -> Mapping[str, str]:
    """Return a code table as code → name, in its order."""
    return _table(model).names


def choices(model: type[CodeTable]) -> list[tuple[str, str]]:
    """Return the rows of a code table as (code, name) for a select field, in their order."""
    return list(names(model).items())


def has(model: type[CodeTable], code: str) -> bool:
    """Whether ``code`` stands in the code table."""
    return code in names(model)


def name_of(model: type[CodeTable], code: str | None) -> str:
    """Return the name of a code, or an empty text when there is no such code."""
    return names(model).get(code or "", "")


def _table(model: type[CodeTable]) -> _Kept:
    """Return a code table, kept in memory from one request to the next.

    All are read at once, so that a list that shows names of five costs one query and not five. An
    empty one is asked for again each time.
    """
    kept = _kept().get(model)
    if kept is None or kept.until < time.time():
        until = time.time() + _KEPT_FOR
        found = {
            table: _Kept(until, rows, MappingProxyType({code: name for code, name, _above in rows}))
            for table, rows in _read_all().items()
        }
        _kept().update({table: made for table, made in found.items() if made.entries})
        return found[model]
    return kept


def _read_all() -> dict[type[CodeTable], list[Entry]]:
    tables = {file: model for model, file in FILES.items()}
    nothing = cast(null(), String(8))
    statement = union_all(
        *(
            select(
                literal(file).label("of"),
                model.code,
                model.name,
                getattr(model, "parent_code", nothing).label("above"),
                model.position,
            )
            for file, model in tables.items()
        )
    ).order_by("position")
    found: dict[type[CodeTable], list[Entry]] = {model: [] for model in FILES}
    for of, code, name, above, _position in db.session.execute(statement):
        found[tables[of]].append((code, name, above))
    return found


def code_and_below(model: type[CodeTable], code: str) -> list[str]:
    """Return a code and all below it, level by level; nothing when there is no such code."""
    children: dict[str | None, list[str]] = {}
    for child, _name, above in entries(model):
        children.setdefault(above, []).append(child)
    found = [code] if has(model, code) else []
    for one in found:  # It grows while it is read.
        found += children.get(one, [])
    return found


def forget() -> None:
    """Read code tables anew when they are next asked for."""
    _kept().clear()


def _kept() -> dict[type[CodeTable], _Kept]:
    kept: dict[type[CodeTable], _Kept] = current_app.extensions.setdefault("code_tables", {})
    return kept
