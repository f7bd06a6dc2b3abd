"""What the database refuses reaches the user as a sentence, and nothing half saved remains."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import FormerName, Institution, Licence
from services.errors import DomainError, StaleVersionError
from services.saving import check_version, saving
from services.scope import Reason, unscoped
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.licences import make_licence

TAKEN = DomainError("该名称已被使用。")
MARKS = ("uq_institutions_name", "institutions.name")


@pytest.fixture(autouse=True)
def everywhere(session):
    with unscoped(Reason.MAINTENANCE):
        yield


@pytest.fixture
def hospital():
    return make_institution(make_bureau(), name="甲院")


def save(act, *translation):
    with saving(*translation):
        act()


def rename_to_taken(hospital):
    make_institution(make_bureau(), name="乙院")
    hospital.name = "乙院"


def test_a_broken_constraint_becomes_the_given_error(session, hospital):
    def act():
        session.add(FormerName(institution=hospital, name="旧名"))
        rename_to_taken(hospital)

    with pytest.raises(DomainError, match="已被使用") as caught:
        save(act, MARKS, TAKEN)
    # The database's words hold the values; they must not reach a log by the back door.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert hospital.name == "甲院"
    assert session.scalars(select(FormerName)).all() == []


def test_another_constraint_is_a_mistake_in_the_program(session, hospital):
    with pytest.raises(IntegrityError):
        save(lambda: rename_to_taken(hospital), ("uq_other",), TAKEN)
    assert session.scalar(select(Institution.name).where(Institution.id == hospital.id)) == "甲院"


def test_an_error_of_the_block_undoes_the_block_only(session, hospital):
    make_licence(hospital)

    def act():
        hospital.name = "丙院"
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save(act)
    assert hospital.name == "甲院"
    assert len(session.scalars(select(Licence)).all()) == 1


def test_a_row_saved_by_another_in_the_meantime(session, hospital):
    session.execute(
        Institution.__table__.update().where(Institution.id == hospital.id).values(version=7)
    )
    with pytest.raises(StaleVersionError), saving():
        hospital.name = "丙院"


@pytest.mark.parametrize("expected", [0, 2, -1])
def test_a_form_of_another_version(hospital, expected):
    with pytest.raises(StaleVersionError):
        check_version(hospital, expected)


def test_a_form_of_this_version(hospital):
    check_version(hospital, 1)
