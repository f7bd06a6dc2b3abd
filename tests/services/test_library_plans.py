"""How the databases find institutions: by which index, and in how many statements. Never seconds.

The province is small, so PostgreSQL would rather read all of it; it is told not to, and shows
whether an index would serve.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from extensions import db
from models import Administrator, CertificateState, Conclusion, Institution, TrialCertificate
from services import certificates, scope
from services.institutions import completeness, search_condition
from services.scope import Reason, unscoped
from tests.factories.sessions import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.services.conftest import Loaded

GRID = "/admin/institutions/"
MOST_QUERIES = 8
MOST_ROWS = 20
LISTS = (
    "",
    "?sort=0&desc=1",
    "?page_size=100",
    "?category=A",
    "?search=卫生室",
    "?search=hkyy",
    "?complete=yes",
    "?complete=no",
    "?licence=90",
    "?licence=none",
    "?within={below}",
    "?within={below}&search=卫生室&category=D&complete=no",
)
ANSWERS = (
    "tree/",
    "tree/?above={below}",
    "ajax/lookup/?query=",
    "ajax/lookup/?query=卫生",
    "ajax/lookup/?query=hkyy",
)


@pytest.fixture
def county(province: Loaded) -> Iterator[Institution]:
    """A county of a small province; the session sees no more than it."""
    with unscoped(Reason.MAINTENANCE):
        found = _called("黄陂区卫生和计划生育委员会")
        db.session.info["scope"] = found.path
        if db.engine.dialect.name == "postgresql":
            db.session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            db.session.connection().exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        yield found


@pytest.fixture(params=["湖北省卫生和计划生育委员会", "黄陂区卫生和计划生育委员会"])
def officer(province: Loaded, request: pytest.FixtureRequest) -> FlaskClient:
    """A browser of the province, or of a county."""
    with unscoped(Reason.MAINTENANCE):
        account = db.session.scalars(
            select(Administrator).where(Administrator.institution_id == _called(request.param).id)
        ).first()
        assert account is not None
        app, _ = province
        client = app.test_client()
        sign_in(client, account)
        db.session.commit()
    return client


def _called(name: str) -> Institution:
    return db.session.scalars(select(Institution).where(Institution.name == name)).unique().one()


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What the database is asked inside of the block."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def plan_of(statement: Any) -> str:
    """Return how the database goes about a statement, as it was asked under the scope."""
    with statements() as seen:
        db.session.execute(statement).all()
    text, values = seen[-1]
    words = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = db.session.connection().exec_driver_sql(f"{words} {text}", values)
    return "\n".join(" ".join(str(cell) for cell in row) for row in rows)


def page(*conditions: Any) -> Any:
    return select(Institution.id).where(*conditions).order_by(Institution.path).limit(MOST_ROWS)


def count(*conditions: Any) -> Any:
    return select(func.count()).select_from(Institution).where(*conditions)


@pytest.mark.parametrize("make", [page, count])
def test_a_part_of_the_tree_is_a_range_of_an_index(county: Institution, make: Any) -> None:
    plan = plan_of(make(scope.subtree(Institution.path, county.path)))
    assert "ix_institutions_path" in plan
    assert "SCAN institutions" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_keyword_is_counted_in_the_index_alone(county: Institution) -> None:
    plan = plan_of(count(search_condition("卫生室")))
    assert "ix_institutions_path" in plan
    if db.engine.dialect.name == "sqlite":
        assert "COVERING INDEX ix_institutions_path_search_text" in plan
    assert "ix_former_names_owner_path" in plan


def test_people_are_looked_for_in_an_index_alone(county: Institution) -> None:
    plan = plan_of(select(TrialCertificate.id).where(certificates.search_condition("zxy")))
    if db.engine.dialect.name == "sqlite":
        assert "COVERING INDEX ix_trial_certificates_search" in plan
    else:
        # Which of the two indexes that begin with the path, no statistics of an empty table say.
        assert "ix_trial_certificates_" in plan
        assert "Seq Scan on trial_certificates" not in plan


def test_lists_of_people_are_narrowed_in_an_index_alone(county: Institution) -> None:
    conditions = (
        TrialCertificate.deleted_at.is_(None),
        TrialCertificate.state == CertificateState.SUBMITTED,
        TrialCertificate.conclusion == Conclusion.QUALIFIED,
        scope.subtree(TrialCertificate.owner_path, county.path),
    )
    plan = plan_of(
        select(TrialCertificate.id).where(*conditions).order_by(TrialCertificate.id.desc())
    )
    if db.engine.dialect.name == "sqlite":
        assert "COVERING INDEX ix_trial_certificates_living" in plan
    else:
        assert "Seq Scan on trial_certificates" not in plan


@pytest.mark.parametrize("is_complete", [True, False])
def test_completeness_is_asked_along_the_path(county: Institution, is_complete: bool) -> None:
    plan = plan_of(page(completeness.condition(is_complete)))
    assert "ix_institutions_path" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    for table in ("licences", "licence_departments"):
        assert f"SCAN {table}" not in plan
        assert f"Seq Scan on {table}" not in plan
    # Scans are known by their digest.
    assert "licence_scans" not in plan


def test_lists_trees_and_pickers_ask_no_more_than_a_page_may(officer: FlaskClient) -> None:
    below = _key_below(officer)
    for query in (*LISTS, *ANSWERS):
        with statements() as seen:
            answer = officer.get(GRID + query.format(below=below))
        assert answer.status_code == 200, query
        assert len(seen) <= MOST_QUERIES, query
        if query in ANSWERS:
            body = answer.get_json()
            rows = body["nodes"] if isinstance(body, dict) else body
            assert len(rows) <= MOST_ROWS, query


def _key_below(officer: FlaskClient) -> str:
    """Return the key of a node that the officer sees, with others below it if there is one."""
    nodes = officer.get(f"{GRID}tree/").get_json()["nodes"]
    found: str = next(
        (key for key, _name, _is_bureau, has_below in nodes if has_below), nodes[0][0]
    )
    return found
