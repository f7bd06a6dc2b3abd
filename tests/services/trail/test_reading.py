"""How the databases find entries: along an index that gives rows and order alike. Never seconds.

The trail is small, so PostgreSQL would rather read and sort all of it; it is told not to, and shows
whether an index would serve.
"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, select

from extensions import db
from models import AuditEntry, utc_now
from services.scope import Reason, unscoped
from services.trail import pending, reading
from tests.factories.trail import hold_entry

ROOT, CITY, COUNTY = "0001", "00010002", "000100020003"
HOSPITAL, BRANCH = "0001000200030004", "00010002000300040005"
PLACES = (ROOT, CITY, COUNTY, HOSPITAL, BRANCH)
INDEXES = {
    CITY: "ix_audit_entries_branch_2_id",
    COUNTY: "ix_audit_entries_branch_3_id",
    HOSPITAL: "ix_audit_entries_branch_4_id",
    BRANCH: "ix_audit_entries_branch_4_id",
}


@pytest.fixture
def trail(session):
    """Entries of ten days at every level, and of a neighbour at each."""
    for day in range(10):
        for path in PLACES:
            for place in (path, path[:-4] + "0009"):
                hold_entry(owner_path=place, at=utc_now() - dt.timedelta(days=10 - day))
    pending.write_waiting(session())
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE audit_entries")
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")


def plan_of(*conditions):
    """Return how the database finds a page of entries."""
    statement = select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).limit(21)
    seen = []

    def note(_connection, _cursor, statement, values, *_rest):
        seen.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with unscoped(Reason.MAINTENANCE):
            db.session.execute(statement).all()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    text, values = seen[-1]
    words = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = db.session.connection().exec_driver_sql(f"{words} {text}", values)
    return "\n".join(" ".join(str(cell) for cell in row) for row in rows)


def assert_in_order(plan):
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("more", ["nothing", "act", "days", "object", "all", "below"])
def test_a_part_of_the_tree_is_read_along_its_own_index(trail, path, more):
    now = utc_now()
    days = reading.between(now - dt.timedelta(days=6), now - dt.timedelta(days=5))
    act = reading.by_act("institution:update", is_narrowed=path != ROOT)
    kind = reading.by_object_type("Institution")
    found = {
        "nothing": (),
        "act": (act,),
        "days": (days,),
        "object": (kind,),
        "all": (act, days, kind, AuditEntry.id < 90),
        "below": (AuditEntry.id < 90,),
    }[more]
    plan = plan_of(reading.at_or_below(path), *found)
    assert_in_order(plan)
    # PostgreSQL knows how few entries there are here; the benchmark shows its choice among many.
    if path in INDEXES and db.engine.dialect.name == "sqlite":
        assert INDEXES[path] in plan


def test_one_act_of_the_whole_tree_is_read_along_its_index(trail):
    plan = plan_of(reading.at_or_below(ROOT), reading.by_act("x:y", is_narrowed=False))
    assert_in_order(plan)
    assert "ix_audit_entries_tag_id" in plan


def test_an_institution_alone_is_read_along_its_index(trail):
    plan = plan_of(reading.at_or_below(ROOT), AuditEntry.institution_id == 7)
    assert_in_order(plan)
    assert "ix_audit_entries_institution_id_id" in plan


@pytest.mark.parametrize("path", PLACES)
def test_the_condition_means_at_or_below(trail, path):
    with unscoped(Reason.MAINTENANCE):
        found = db.session.scalars(
            select(AuditEntry.owner_path).where(reading.at_or_below(path)).distinct()
        ).all()
        everything = db.session.scalars(select(AuditEntry.owner_path).distinct()).all()
    assert sorted(found) == sorted(place for place in everything if place.startswith(path))


def test_days_are_a_range_of_keys(trail):
    now = utc_now()
    condition = reading.between(now - dt.timedelta(days=6), now - dt.timedelta(days=5))
    assert str(condition).count("audit_entries.id") == 2
    assert reading.between(None, None) is None
