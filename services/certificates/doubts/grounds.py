"""What certificates are held against: years, code tables, licences in use; each is read once."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from extensions import db
from models import (
    EducationLevel,
    ExamCategory,
    ExamCycle,
    Institution,
    InstitutionCategory,
    Licence,
    LicenceDepartment,
    MedicalDepartment,
)
from services import reference
from services.institutions.completeness import LICENCE_REQUIRED
from services.parts import in_parts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence


class Category(NamedTuple):
    """What an exam category says of level and field."""

    name: str
    level: str
    #: clinical, dental …, as departments are marked.
    key: str
    #: The category inside certificate numbers.
    inside_numbers: str


class Practice(NamedTuple):
    """The licence in use of an institution: its term, and the fields that its departments cover."""

    valid_from: dt.date
    valid_until: dt.date
    fields: frozenset[str]


class Grounds:
    """The facts besides the certificate itself, as they are now; for one request or command."""

    def __init__(self) -> None:
        """Start without having read anything."""
        self._practices: dict[int, Practice | None] = {}
        self._without_need: set[int] = set()

    @cached_property
    def cycles(self) -> dict[int, ExamCycle]:
        """Return all exam years."""
        return {one.year: one for one in db.session.scalars(select(ExamCycle))}

    @cached_property
    def bands(self) -> dict[str, str | None]:
        """Return the 报考学历 of each level of education."""
        rows = db.session.execute(select(EducationLevel.code, EducationLevel.exam_band))
        return {code: band for code, band in rows}  # noqa: C416 - rows are no pairs

    @cached_property
    def categories(self) -> dict[str, Category]:
        """Return the exam categories."""
        rows = db.session.execute(
            select(
                ExamCategory.code,
                ExamCategory.name,
                ExamCategory.level,
                ExamCategory.category_key,
                ExamCategory.certificate_category_code,
            )
        )
        return {code: Category(*values) for code, *values in rows}

    def practices_under_licence(self, institution_id: int) -> bool:
        """Whether the category of an institution practises under a licence at all."""
        self.load([institution_id])
        return institution_id not in self._without_need

    def practice(self, institution_id: int) -> Practice | None:
        """Return the licence in use of an institution that the session sees, if there is one."""
        self.load([institution_id])
        return self._practices[institution_id]

    def load(self, institution_ids: Iterable[int]) -> None:
        """Read the licences in use of many institutions at once."""
        keys = sorted(set(institution_ids) - self._practices.keys())
        for some in in_parts(keys):
            self._load(some)

    def _load(self, keys: Sequence[int]) -> None:
        departments: dict[int, set[str]] = {}
        terms: dict[int, tuple[dt.date, dt.date]] = {}
        rows = db.session.execute(
            select(
                Institution.id,
                InstitutionCategory.licence_rule,
                Licence.valid_from,
                Licence.valid_until,
                LicenceDepartment.department_code,
            )
            .outerjoin(InstitutionCategory, Institution.category_code == InstitutionCategory.code)
            .outerjoin(Licence, (Licence.institution_id == Institution.id) & Licence.is_in_use)
            .outerjoin(LicenceDepartment, LicenceDepartment.licence_id == Licence.id)
            .where(Institution.id.in_(keys))
        )
        for key, rule, valid_from, valid_until, code in rows:
            if rule != LICENCE_REQUIRED:
                self._without_need.add(key)
            if valid_from is not None:
                terms[key] = valid_from, valid_until
                departments.setdefault(key, set()).update({code} if code else ())
        for key in keys:
            self._practices[key] = (
                Practice(*terms[key], fields_of(departments[key])) if key in terms else None
            )


def fields_of(department_codes: Iterable[str]) -> frozenset[str]:
    """Return the fields of the exam that 诊疗科目 cover; what lies above each counts, too."""
    marks, found = _marks(), set[str]()
    for given in department_codes:
        code: str | None = given
        while code in marks:
            fields, code = marks[code]
            found.update(fields)
    return frozenset(found - {""})


@cache
def _marks() -> dict[str | None, tuple[tuple[str, ...], str | None]]:
    """Return by 诊疗科目 its fields of the exam and the one above; the marks are our own."""
    return {
        row["code"]: (tuple((row["exam_class_hint"] or "").split(";")), row["parent_code"])
        for row in reference.lines_of(reference.FILES[MedicalDepartment])
    }
