"""Two at one record: whoever comes second sees what the first has done, on both databases.

The first holds its transaction open until the second waits for it.
"""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import Administrator, AuditEntry, FormerName, Institution
from models.engine import writing
from models.institution import BIN
from services import former_names, institutions, scope
from services.errors import DomainError, LockedError, NotFoundError
from services.former_names import FormerNameInput
from services.scope import Reason, unscoped
from tests.factories.actors import make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.services.institution_cases import details, form, wait_until_the_other_waits


class World:
    """A city with a hospital, committed, and two people who act on it in threads."""

    def __init__(self, app):
        self.app = app
        with app.app_context(), writing():
            city = make_bureau()
            hospital = make_institution(city, name="甲市第一医院")
            self.boss, self.city = make_actor(city), city.id
            self.key, self.version = hospital.id, hospital.version
            self.typed = form(hospital, name="甲市中心医院")
            db.session.commit()

    def race(self, first, second):
        """Run ``first``, then ``second`` while the first has not committed; return its outcome."""
        done, wrong = threading.Event(), []

        def lead():
            try:
                with self.app.app_context(), writing():
                    scope.bind(self.boss)
                    first()
                    done.set()
                    wait_until_the_other_waits()
                    db.session.commit()
            except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
                wrong.append(error)
                done.set()

        thread = threading.Thread(target=lead)
        thread.start()
        assert done.wait(timeout=20)
        outcome = None
        with self.app.app_context(), writing():
            scope.bind(self.boss)
            try:
                second()
                db.session.commit()
            except (DomainError, IntegrityError) as error:
                outcome = error
                db.session.rollback()
        thread.join()
        assert not wrong
        return outcome

    def hospital(self):
        return scope.find(Institution, self.key)

    def stored(self, *columns):
        with self.app.app_context(), unscoped(Reason.MAINTENANCE):
            return db.session.execute(select(*columns).where(Institution.id == self.key)).one()

    def count(self, model, *conditions):
        with self.app.app_context(), unscoped(Reason.MAINTENANCE):
            return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


@pytest.fixture
def world(committed_app):
    return World(committed_app)


def lock(world):
    institutions.lock(world.boss, [world.hospital()])


@pytest.mark.parametrize("what", ["main", "details", "former name", "move", "delete"])
def test_a_lock_that_falls_first_keeps_everything_as_it_was(world, what):
    def act():
        row = world.hospital()
        match what:
            case "main":
                institutions.update(world.boss, row, world.typed, world.version)
            case "details":
                institutions.update(world.boss, row, details(), world.version, is_complete=True)
            case "former name":
                former_names.create(world.boss, row, FormerNameInput("旧名"))
            case "move":
                county = make_bureau(scope.find(Institution, world.city))
                institutions.move(world.boss, row, county)
            case "delete":
                institutions.delete(world.boss, row)

    before = world.stored(Institution.name, Institution.address, Institution.path)
    assert isinstance(world.race(lambda: lock(world), act), LockedError)
    assert world.stored(Institution.name, Institution.address, Institution.path) == before
    assert world.stored(Institution.locked_at).locked_at is not None
    assert world.count(FormerName) == 0
    assert world.count(AuditEntry, AuditEntry.tag != "institution:lock") == 0


def test_a_lock_that_falls_second_freezes_what_was_saved(world):
    def save():
        institutions.update(world.boss, world.hospital(), world.typed, world.version)

    assert world.race(save, lambda: lock(world)) is None
    row = world.stored(Institution.name, Institution.locked_at)
    assert row.name == "甲市中心医院"
    assert row.locked_at is not None


def test_an_account_that_is_being_added_hinders_deletion(world):
    def add():
        make_actor(world.hospital())

    outcome = world.race(add, lambda: institutions.delete(world.boss, world.hospital()))
    assert "1个用户" in outcome.message
    assert world.stored(Institution.deleted_at).deleted_at is None


def test_nothing_is_added_to_what_is_being_deleted(world):
    def remove():
        institutions.delete(world.boss, world.hospital())

    def add_account():
        make_actor(world.hospital())

    def add_below():
        new = institutions.InstitutionInput(name="新诊所", category_code="A1", parent_id=world.key)
        institutions.create(world.boss, new)

    for act in (add_account, add_below):
        outcome = world.race(remove, act)
        assert isinstance(outcome, DomainError | IntegrityError)
        assert world.count(Administrator, Administrator.institution_id == world.key) == 0
        assert world.count(Institution, Institution.parent_id == world.key) == 0
        with world.app.app_context(), writing():
            scope.bind(world.boss)
            institutions.restore(world.boss, world.key)
            db.session.commit()


def test_a_former_name_that_two_enter_at_once_stands_once(world):
    def add(written):
        former_names.create(world.boss, world.hospital(), FormerNameInput(written))

    outcome = world.race(lambda: add("旧名（一）"), lambda: add("旧名(一)"))
    assert "已登记" in outcome.errors["name"]
    assert world.count(FormerName) == 1


def test_one_form_of_a_former_name_that_is_sent_twice_at_once(world):
    def add():
        data = FormerNameInput("旧名")
        former_names.create(world.boss, world.hospital(), data, form_key="f" * 32)

    assert world.race(add, add) is None
    assert world.count(FormerName) == 1


def test_a_name_that_is_just_being_given_is_no_former_one(world):
    def rename():
        institutions.update(world.boss, world.hospital(), world.typed, world.version)

    outcome = world.race(
        rename,
        lambda: former_names.create(
            world.boss, world.hospital(), FormerNameInput(world.typed.name)
        ),
    )
    assert "不能与现用名称相同" in outcome.errors["name"]
    assert world.count(FormerName) == 0


def test_two_who_restore_at_once(world):
    with world.app.app_context(), writing():
        scope.bind(world.boss)
        institutions.delete(world.boss, world.hospital())
        db.session.commit()

    def restore():
        institutions.restore(world.boss, world.key)

    assert isinstance(world.race(restore, restore), NotFoundError)
    assert not world.stored(Institution.path).path.startswith(BIN)
    assert world.count(AuditEntry, AuditEntry.tag == "institution:restore") == 1


def test_a_name_taken_at_the_same_moment_is_not_given_twice(world):
    with world.app.app_context(), writing():
        scope.bind(world.boss)
        institutions.delete(world.boss, world.hospital())
        db.session.commit()

    def take():
        new = institutions.InstitutionInput(
            name="甲市第一医院", category_code="A1", parent_id=world.city
        )
        institutions.create(world.boss, new)

    outcome = world.race(take, lambda: institutions.restore(world.boss, world.key))
    assert "使用（或为其曾用名）" in outcome.message
    assert world.stored(Institution.deleted_at).deleted_at is not None
