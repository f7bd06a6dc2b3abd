"""The code tables, from the files the platform itself loads."""

from __future__ import annotations

import csv
from typing import Any

from sqlalchemy import insert, select

import models
from config import REFERENCE_DIR
from extensions import db

FILES: dict[type[Any], str] = {
    models.InstitutionCategory: "institution_categories",
    models.InstitutionLevel: "institution_levels",
    models.InstitutionGrade: "institution_grades",
    models.BusinessRank: "business_ranks",
    models.Division: "divisions_hubei",
    models.MedicalDepartment: "medical_departments",
    models.ExamCategory: "exam_categories",
    models.IdDocumentType: "id_document_types",
    models.Gender: "genders",
    models.EthnicGroup: "ethnic_groups",
    models.EducationLevel: "education_levels",
}


def load_codes() -> None:
    """Fill those code tables that are empty."""
    for model, file in FILES.items():
        if db.session.scalar(select(model.code).limit(1)) is None:
            db.session.execute(insert(model), _rows(model, file))


def _rows(model: type[Any], file: str) -> list[dict[str, Any]]:
    columns = {attribute.key for attribute in model.__mapper__.column_attrs}
    with (REFERENCE_DIR / f"{file}.csv").open(encoding="utf-8", newline="") as stream:
        return [
            {
                **{key: text or None for key, text in row.items() if key in columns},
                "position": position,
            }
            for position, row in enumerate(csv.DictReader(stream))
        ]
