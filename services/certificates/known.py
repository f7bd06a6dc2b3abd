"""What rules of certificates ask of the database, each thing once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from extensions import db
from models import ExamCategory, InstitutionName
from services.parts import in_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Known:
    """Remembers what was asked for: for one form or one import."""

    def __init__(self) -> None:
        """Start without having asked for anything."""
        self._categories: dict[str, ExamCategory | None] = {}
        self._places: dict[str, int | None] = {}

    def category(self, code: str) -> ExamCategory | None:
        """Return an exam category."""
        if code not in self._categories:
            self._categories[code] = db.session.scalar(
                select(ExamCategory).where(ExamCategory.code == code)
            )
        return self._categories[code]

    def places(self, names: Iterable[str]) -> Mapping[str, int | None]:
        """Return the keys of living institutions by these names, at least; others have none."""
        unknown = sorted(set(names) - self._places.keys())
        for some in in_parts(unknown):
            self._places |= dict.fromkeys(some)
            rows = db.session.execute(
                select(InstitutionName.name, InstitutionName.id).where(
                    InstitutionName.name.in_(some), InstitutionName.deleted_at.is_(None)
                )
            )
            self._places |= {row.name: row.id for row in rows}
        return self._places
