"""Loading the code tables and reading them."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, event, func, select, update

from config import REFERENCE_DIR
from extensions import db
from models import (
    Division,
    ExamCategory,
    Gender,
    InstitutionCategory,
    MedicalDepartment,
)
from models.reference import CodeTable
from services import reference


def rows_of(file: str) -> list[dict[str, str]]:
    with (REFERENCE_DIR / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.usefixtures("app")
class TestLoading:
    def test_every_code_table_has_a_file(self) -> None:
        models = {m.class_ for m in db.Model.registry.mappers if issubclass(m.class_, CodeTable)}
        assert set(reference.FILES) == models

    def test_every_row_of_every_file_is_loaded_in_the_order_of_the_file(self) -> None:
        for model in reference.FILES:
            db.session.execute(delete(model))
        assert reference.load_reference_tables() > 600
        for model, file in reference.FILES.items():
            found = db.session.scalars(select(model).order_by(model.position)).all()
            expected = rows_of(file)
            assert [row.code for row in found] == [row["code"] for row in expected]
            assert [row.name for row in found] == [row["name"] for row in expected]

    def test_loading_again_changes_nothing(self) -> None:
        reference.load_reference_tables()
        assert reference.load_reference_tables() == 0

    def test_loading_again_mends_a_row_and_keeps_those_that_the_file_does_not_know(self) -> None:
        reference.load_reference_tables()
        db.session.add(Gender(code="7", name="另一个", position=50))
        db.session.execute(update(Gender).where(Gender.code == "1").values(name="错"))
        db.session.expire_all()
        assert reference.load_reference_tables() == 1
        assert reference.name_of(Gender, "1") == "男性"
        assert reference.name_of(Gender, "7") == "另一个"

    def test_empty_cells_are_null_and_children_know_their_parents(self) -> None:
        reference.load_reference_tables()
        root = db.session.scalars(
            select(InstitutionCategory).where(InstitutionCategory.code == "A")
        ).one()
        assert root.parent_code is None
        orphans = db.session.scalar(
            select(func.count())
            .select_from(MedicalDepartment)
            .where(MedicalDepartment.parent_code == "")
        )
        assert orphans == 0
        respiratory = db.session.scalars(
            select(MedicalDepartment).where(MedicalDepartment.code == "03.01")
        ).one()
        assert respiratory.parent_code == "03"


@pytest.mark.usefixtures("app")
class TestReading:
    @pytest.fixture(autouse=True)
    def _loaded(self, app) -> None:
        reference.load_reference_tables()

    def test_choices_are_code_and_name_in_the_order_of_the_file(self) -> None:
        expected = [(row["code"], row["name"]) for row in rows_of("exam_categories.csv")]
        assert reference.choices(ExamCategory) == expected

    def test_the_name_of_a_code(self) -> None:
        assert reference.name_of(ExamCategory, "110") == "临床执业医师"

    @pytest.mark.parametrize("code", [None, "", "999"])
    def test_an_unknown_code_has_an_empty_name(self, code: str | None) -> None:
        assert reference.name_of(ExamCategory, code) == ""


@pytest.mark.usefixtures("app")
class TestEntries:
    def test_a_tree_names_the_code_above(self) -> None:
        reference.load_reference_tables()
        entries = reference.entries(InstitutionCategory)
        assert ("Z1", "省卫计委", "Z") in entries
        assert entries[0] == ("Z", "卫生和计划生育委员会", None)
        assert ("1", "男性", None) in reference.entries(Gender)

    def test_they_are_kept_until_the_table_is_loaded_anew(self) -> None:
        reference.load_reference_tables()
        name = reference.name_of(Gender, "1")
        db.session.execute(update(Gender).where(Gender.code == "1").values(name="错"))
        db.session.expire_all()
        assert reference.name_of(Gender, "1") == name
        assert reference.load_reference_tables() == 1
        assert reference.name_of(Gender, "1") == name
        assert reference.name_of(Gender, "77") == reference.name_of(Gender, None) == ""

    def test_an_old_copy_is_given_up(self) -> None:
        reference.load_reference_tables()
        with time_machine.travel(0, tick=False) as clock:
            reference.entries(Gender)
            db.session.execute(update(Gender).where(Gender.code == "1").values(name="新"))
            clock.shift(301)
            assert reference.name_of(Gender, "1") == "新"
        reference.load_reference_tables()

    def test_all_tables_are_read_at_once(self) -> None:
        reference.load_reference_tables()
        db.session.commit()
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("SELECT"):
                asked.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            for table in reference.FILES:
                assert reference.entries(table)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        assert len(asked) == 1

    def test_a_code_and_all_below_it(self) -> None:
        reference.load_reference_tables()
        found = reference.code_and_below(Division, "420100")
        assert found[0] == "420100"
        assert "420102" in found
        assert "420202" not in found
        assert reference.code_and_below(Gender, "1") == ["1"]
        assert reference.code_and_below(Division, "999999") == []
