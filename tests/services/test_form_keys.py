"""A form for a new record, sent more than once: one record, and nothing lost without a word."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from extensions import db
from models import AuditEntry, Institution, Licence
from models.engine import writing
from services import form_keys, former_names, institutions, licences, scope
from services.errors import DomainError
from services.former_names import FormerNameInput
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.services.institution_cases import (
    actor,
    city,
    hospital,
    neighbour,
    new_form,
    province,
    wait_until_the_other_waits,
)
from tests.services.test_licences import FORM as LICENCE

__all__ = ["actor", "city", "hospital", "neighbour", "province"]

KEY = "0f4c9a2e-form"


def refusal_of(act):
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.message


class TestInstitutions:
    def test_sent_twice_it_is_one(self, session, city, actor):
        made = institutions.create(actor, new_form(city), form_key=KEY)
        assert institutions.create(actor, new_form(city, name=" 新医院 "), form_key=KEY) is made
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1

    @pytest.mark.parametrize("changes", [{"name": "别的医院"}, {"address": "中山路2号"}])
    def test_sent_again_with_something_else(self, city, actor, changes):
        made = institutions.create(actor, new_form(city), form_key=KEY)
        again = refusal_of(
            lambda: institutions.create(actor, new_form(city, **changes), form_key=KEY)
        )
        assert again == form_keys.CHANGED
        assert (made.name, made.address) == ("新医院", None)

    def test_sent_again_for_another_bureau(self, city, actor):
        county = make_bureau(city)
        institutions.create(actor, new_form(city), form_key=KEY)
        again = refusal_of(lambda: institutions.create(actor, new_form(county), form_key=KEY))
        assert again == form_keys.CHANGED

    def test_after_it_was_deleted(self, city, actor):
        institutions.delete(actor, institutions.create(actor, new_form(city), form_key=KEY))
        again = refusal_of(lambda: institutions.create(actor, new_form(city), form_key=KEY))
        assert again == form_keys.EXPIRED

    def test_a_key_of_somebody_else_tells_nothing(self, city, neighbour):
        with acting(make_actor(neighbour)) as stranger:
            institutions.create(stranger, new_form(neighbour), form_key=KEY)
        with acting(make_actor(city)) as own:
            form = new_form(city, name="别的医院")
            assert refusal_of(lambda: institutions.create(own, form, form_key=KEY)) == (
                form_keys.EXPIRED
            )

    @pytest.mark.parametrize("key", ["x", "a" * 37, "a" * 8 + "\x00", "'; --------"])
    def test_a_key_that_was_made_up(self, city, actor, key):
        again = refusal_of(lambda: institutions.create(actor, new_form(city), form_key=key))
        assert again == form_keys.EXPIRED


class TestLicences:
    def test_sent_twice_it_is_one(self, hospital, actor):
        made = licences.create(actor, hospital, LICENCE, form_key=KEY)
        assert licences.create(actor, hospital, LICENCE, form_key=KEY) is made

    @pytest.mark.parametrize("changes", [{"address": "别处"}, {"department_codes": ("02",)}])
    def test_sent_again_with_something_else(self, hospital, actor, changes):
        licences.create(actor, hospital, LICENCE, form_key=KEY)
        again = refusal_of(
            lambda: licences.create(actor, hospital, replace(LICENCE, **changes), form_key=KEY)
        )
        assert again == form_keys.CHANGED

    def test_sent_again_for_another_institution(self, city, hospital, actor):
        licences.create(actor, hospital, LICENCE, form_key=KEY)
        other = make_institution(city)
        again = refusal_of(lambda: licences.create(actor, other, LICENCE, form_key=KEY))
        assert again == form_keys.CHANGED


class TestFormerNames:
    def test_sent_twice_it_is_one(self, session, hospital, actor):
        made = former_names.create(actor, hospital, FormerNameInput("旧名"), form_key=KEY)
        again = former_names.create(actor, hospital, FormerNameInput(" 旧名 "), form_key=KEY)
        assert again is made
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1

    def test_sent_again_with_something_else(self, city, hospital, actor):
        former_names.create(actor, hospital, FormerNameInput("旧名"), form_key=KEY)
        other = make_institution(city)
        for where, name in ((hospital, "别的旧名"), (other, "旧名")):
            again = refusal_of(
                lambda where=where, name=name: former_names.create(
                    actor, where, FormerNameInput(name), form_key=KEY
                )
            )
            assert again == form_keys.CHANGED


class TestAtOnce:
    """Two submits of one form at the same moment: the database decides who makes it."""

    @pytest.fixture
    def world(self, committed_app):
        with committed_app.app_context(), writing():
            city = make_bureau()
            boss, hospital = make_actor(city), make_institution(city)
            keys = boss, city.id, hospital.id
            db.session.commit()
        return committed_app, *keys

    @pytest.mark.parametrize("what", [Institution, Licence])
    def test_one_is_made(self, world, what):
        app, boss, city, hospital = world
        entered, made = threading.Event(), []

        def send(is_first):
            with app.app_context(), writing():
                scope.bind(boss)
                if what is Licence:
                    owner = scope.find(Institution, hospital)
                    row = licences.create(boss, owner, LICENCE, form_key=KEY)
                else:
                    above = scope.find(Institution, city)
                    row = institutions.create(boss, new_form(above), form_key=KEY)
                made.append(row.id)
                if is_first:
                    entered.set()
                    wait_until_the_other_waits()
                db.session.commit()

        threads = [threading.Thread(target=send, args=(True,))]
        threads[0].start()
        assert entered.wait(timeout=20)
        threads.append(threading.Thread(target=send, args=(False,)))
        threads[1].start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(made) == 2
        assert len(set(made)) == 1
        with app.app_context(), unscoped(Reason.MAINTENANCE):
            bearers = db.session.scalars(select(what.id).where(what.form_key == KEY)).all()
        assert bearers == [made[0]]
