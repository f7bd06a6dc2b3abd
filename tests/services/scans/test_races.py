"""Two people at one licence, with real commits on both databases."""

from __future__ import annotations

import threading
from functools import partial

from sqlalchemy import select

from extensions import db
from models import Licence, LicenceScan, ScanType
from models.engine import writing
from services import files, licences, scope
from services.errors import DomainError
from services.licence_checks import seen_of
from services.scans import use_cases
from services.scans.receiving import Received
from services.scope import Reason, unscoped
from tests.factories.actors import make_actor
from tests.factories.institutions import make_institution
from tests.factories.licences import make_licence, make_scan


def race(app, actor, *acts):
    """Run the acts at the same time, each in a transaction of its own; return their errors."""
    start = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(number, act):
        with app.app_context():
            start.wait(timeout=10)
            with writing():
                scope.bind(actor)
                try:
                    act()
                    db.session.commit()
                except DomainError as error:
                    db.session.rollback()
                    results[number] = error
                finally:
                    db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def prepared(app, make):
    with app.app_context(), writing():
        hospital = make_institution()
        actor = make_actor(hospital)
        keys = make(hospital)
        db.session.commit()
    return actor, keys


def test_two_put_licences_to_use(committed_app):
    actor, keys = prepared(
        committed_app, lambda hospital: [make_licence(hospital).id for _ in range(2)]
    )

    def use(key):
        licence = scope.find(Licence, key)
        licences.set_in_use(actor, licence, seen_of(licence))

    race(committed_app, actor, *(partial(use, key) for key in keys))
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        used = db.session.scalars(select(Licence.id).where(Licence.is_in_use)).all()
    assert len(used) == 1
    assert used[0] in keys


def test_two_replace_the_same_scan(committed_app):
    actor, key = prepared(committed_app, lambda hospital: make_scan(make_licence(hospital)).id)

    def replace():
        received = Received("新.jpg", ScanType.JPEG, 1, files.store(b"new"))
        use_cases.replace(actor, scope.find(LicenceScan, key), received)

    errors = race(committed_app, actor, replace, replace)
    assert sum(error is None for error in errors) == 1
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        present = select(LicenceScan).where(LicenceScan.replaced_at.is_(None))
        assert len(db.session.scalars(present).all()) == 1


def test_the_same_licence_entered_by_two(committed_app):
    actor, key = prepared(committed_app, lambda hospital: make_licence(hospital).institution_id)
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        made = db.session.scalars(select(Licence)).one()
        given = {
            name: getattr(made, name)
            for name in licences.LicenceInput.__dataclass_fields__
            if name != "department_codes"
        }
    given["valid_from"] = given["valid_from"].replace(year=2008)

    def enter():
        institution = scope.find(licences.Institution, key)
        licences.create(actor, institution, licences.LicenceInput(**given))

    errors = race(committed_app, actor, enter, enter)
    (refused,) = [error for error in errors if error is not None]
    assert "不能重复录入" in str(refused.errors)
