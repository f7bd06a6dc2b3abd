"""Former names (曾用名) in the record of an institution."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import AuditEntry, FormerName
from services import former_names
from services.errors import NotFoundError, StaleVersionError
from services.former_names import FormerNameInput
from tests.factories.actors import acting, make_actor
from tests.services.institution_cases import (
    actor,
    city,
    errors_of,
    hospital,
    neighbour,
    province,
)

__all__ = ["actor", "city", "hospital", "neighbour", "province"]


def test_the_own_institution_adds_and_removes_one(session, hospital):
    with acting(make_actor(hospital)) as actor:
        former = former_names.create(
            actor, hospital, FormerNameInput("甲市工人医院", dt.date(2001, 5, 1))
        )
        assert former.owner_path == hospital.path
        former_names.update(actor, former, FormerNameInput("甲市职工医院", dt.date(2001, 5, 1)), 1)
        assert former.name == "甲市职工医院"
        former_names.delete(actor, former, 2)
        assert session.scalars(select(FormerName)).all() == []
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.tag for entry in entries] == [
        "former_name:create",
        "former_name:update",
        "former_name:delete",
    ]
    # The trail keeps all of what was taken away.
    assert entries[-1].object_label == "甲市职工医院"
    assert entries[-1].changes == [{"label": "停用日期", "old": "2001-05-01", "new": ""}]


def test_a_second_writer_who_has_not_seen_the_first_is_refused(session, hospital, actor):
    former = former_names.create(actor, hospital, FormerNameInput("旧名"))
    former_names.update(actor, former, FormerNameInput("先改的旧名"), 1)
    for act in (
        lambda: former_names.update(actor, former, FormerNameInput("后改的旧名"), 1),
        lambda: former_names.delete(actor, former, 1),
    ):
        with pytest.raises(StaleVersionError):
            act()
    assert session.scalars(select(FormerName.name)).all() == ["先改的旧名"]


def test_what_cannot_be_one(hospital, neighbour, actor):
    former_names.create(actor, hospital, FormerNameInput("旧名"))
    future = dt.date(2999, 1, 1)
    for typed, until, field in [
        ("", None, "name"),
        ("长" * 101, None, "name"),
        ("旧名", None, "name"),
        (hospital.name, None, "name"),
        (neighbour.name, None, "name"),
        ("新名", future, "used_until"),
    ]:
        assert set(
            errors_of(
                lambda typed=typed, until=until: former_names.create(
                    actor, hospital, FormerNameInput(typed, until)
                )
            )
        ) == {field}


def test_a_record_above_is_out_of_reach(city, hospital):
    with acting(make_actor(hospital)) as actor, pytest.raises(NotFoundError):
        former_names.create(actor, city, FormerNameInput("旧名"))
