"""Laws that hold in every file. Each has a test that it can be broken.

A law that hinders is changed here, with a reason, not worked around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.architecture import rules
from tests.architecture.sources import files_of_tests, name_of, page_files, python_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: (law, file) → why the law does not hold there.
EXCEPTIONS: Final[dict[tuple[str, str], str]] = {
    (
        "unwalled_writes",
        "services/trail/pending.py",
    ): "entries of the trail are sealed and inserted in this one place, past the session",
    (
        "raw_sql",
        "services/scale/bulk.py",
    ): "COPY is no statement of the ORM; a command fills an empty database, and no request",
}

PACKAGES_UNDER_THE_WALL: Final = (
    *("admin_views", "app", "cli", "exports", "forms", "jobs", "services"),
)
EVERYWHERE_BUT_COMMANDS: Final = (
    *(
        "admin_views",
        "app",
        "config",
        "exports",
        "extensions",
        "forms",
        "jobs",
        "models",
        "services",
    ),
)
SCOPED: Final = frozenset({"AuditEntry", "Institution", "TrialCertificate"})

#: Each law with the files for which it holds.
LAWS: Final[list[tuple[Callable[[str], list[str]], list[Path]]]] = [
    # Tests are exempt: a table of cases may be as long as it needs to be.
    (rules.too_long, python_files()),
    (rules.backrefs, python_files()),
    # Models are exempt: their indexes have conditions, and they ask nothing.
    (rules.raw_sql, python_files(*PACKAGES_UNDER_THE_WALL)),
    (rules.unwalled_reads, python_files(*PACKAGES_UNDER_THE_WALL, "models")),
    (rules.prints, python_files(*EVERYWHERE_BUT_COMMANDS)),
    (rules.missing_docstrings, python_files()),
    (rules.foreign_addresses, page_files(".html", ".js", ".css", ".svg")),
    (rules.uncollected_tests, [p for p in files_of_tests() if p.name.startswith("test_")]),
    (
        rules.misplaced_tests,
        [p for p in files_of_tests() if not p.name.startswith("test_")],
    ),
]


@pytest.mark.parametrize(
    ("law", "path"),
    [
        pytest.param(law, path, id=f"{law.__name__}-{name_of(path)}")
        for law, paths in LAWS
        for path in paths
    ],
)
def test_law_holds(law: Callable[[str], list[str]], path: Path):
    if (law.__name__, name_of(path)) in EXCEPTIONS:
        return
    breaches = law(path.read_text(encoding="utf-8"))
    assert not breaches, f"{name_of(path)}: {law.__doc__}"


@pytest.mark.parametrize("path", page_files(".html"), ids=name_of)
def test_pages_hold_no_code(path: Path):
    on_paper = name_of(path).startswith("templates/pdf/")
    markup = path.read_text(encoding="utf-8")
    assert not rules.inline_code(markup, may_hold_styles=on_paper), name_of(path)


@pytest.mark.parametrize("path", python_files(*PACKAGES_UNDER_THE_WALL), ids=name_of)
def test_scoped_rows_are_written_by_the_session(path: Path):
    scoped = scoped_models()
    if ("unwalled_writes", name_of(path)) in EXCEPTIONS:
        return
    breaches = rules.unwalled_writes(path.read_text(encoding="utf-8"), scoped)
    assert not breaches, f"{name_of(path)}: {rules.unwalled_writes.__doc__}"


def scoped_models() -> frozenset[str]:
    """Return the names of the models that the wall holds."""
    from models import Base  # noqa: PLC0415 - the other laws hold without the models
    from services.scope import path_column  # noqa: PLC0415

    return frozenset(
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if path_column(mapper.class_) is not None
    )


def test_the_wall_holds_the_models_that_matter():
    assert scoped_models() >= SCOPED


def test_every_law_has_files():
    for law, paths in LAWS:
        assert paths, law.__name__


def test_exceptions_are_still_needed():
    for law_name, name in EXCEPTIONS:
        source = next(p for p in python_files() if name_of(p) == name).read_text(encoding="utf-8")
        law = getattr(rules, law_name)
        found = law(source, scoped_models()) if law is rules.unwalled_writes else law(source)
        assert found, f"{name} no longer breaks {law_name}: remove the exception"


BREACHES: Final[list[tuple[Callable[[str], list[str]], str]]] = [
    (rules.too_long, "x = 1\n" * 401),
    (rules.backrefs, "r = relationship('X', backref='ys')"),
    (rules.backrefs, "r = relationship(backref=backref('ys'))"),
    (rules.raw_sql, "from sqlalchemy import text\nq = text('SELECT 1')"),
    (rules.raw_sql, "from sqlalchemy.sql import text as t\nq = t('SELECT 1')"),
    (rules.raw_sql, "import sqlalchemy as sa\nq = sa.text('SELECT 1')"),
    (rules.raw_sql, "q = select(Institution.__table__)"),
    (rules.raw_sql, "q = select(func.count(inspect(Institution).primary_key[0]))"),
    (rules.raw_sql, "db.session.connection().execute(q)"),
    (rules.raw_sql, "with db.engine.connect() as c: pass"),
    (rules.raw_sql, "db.session.bulk_insert_mappings(Institution, rows)"),
    (rules.unwalled_reads, "row = db.session.get(Institution, 1)"),
    (rules.unwalled_reads, "row = session.get_one(Institution, 1)"),
    (rules.unwalled_reads, "row = db.session().get(Institution, 1)"),
    (rules.unwalled_reads, "row = Institution.query.get(1)"),
    (rules.unwalled_reads, "row = db.get_or_404(Institution, 1)"),
    (rules.prints, "def f():\n    print('x')"),
    (rules.missing_docstrings, "x = 1"),
    (rules.missing_docstrings, "'''M.'''\ndef f(): pass"),
    (rules.missing_docstrings, "'''M.'''\nclass C:\n    '''C.'''\n    def f(self): pass"),
    (rules.foreign_addresses, '<script src="https://example.com/x.js"></script>'),
    (rules.foreign_addresses, '<img src="//example.com/x.png">'),
    (rules.foreign_addresses, "@import url(//example.com/x.css);"),
    (rules.foreign_addresses, 'fetch("http://example.com")'),
    (rules.uncollected_tests, "def tets_sum():\n    assert 1 + 1 == 2"),
    (rules.uncollected_tests, "def sum_is_right():\n    with pytest.raises(ValueError): f()"),
    (rules.uncollected_tests, "class TestSum:\n    def small(self):\n        assert True"),
    (rules.misplaced_tests, "def test_sum():\n    assert 1 + 1 == 2"),
    (rules.inline_code, '<a onclick="go()">x</a>'),
    (rules.inline_code, '<BODY ONLOAD = "go()">'),
    (rules.inline_code, '<p style="color: red">'),
    (rules.inline_code, "{{ field(style='x') }}"),
    (rules.inline_code, '<a href="JavaScript:go()">'),
    (rules.inline_code, "<script>go()</script>"),
    (rules.inline_code, "<style>p {}</style>"),
]


@pytest.mark.parametrize(("law", "text"), BREACHES)
def test_law_finds_a_breach(law: Callable[[str], list[str]], text: str):
    assert law(text)


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (rules.too_long, "x = 1\n" * 400),
        (rules.backrefs, "r = relationship(back_populates='ys')"),
        (rules.raw_sql, "q = select(Institution).where(Institution.text == text(1))"),
        (rules.unwalled_reads, "from flask import session\nx = session.get('x')"),
        (rules.unwalled_reads, "x = settings.get('x')"),
        (rules.prints, "blueprint(x)"),
        (rules.missing_docstrings, ""),
        (rules.missing_docstrings, "'''M.'''\ndef _f(): pass\nclass _C:\n    def f(self): pass"),
        (rules.foreign_addresses, '<svg xmlns="http://www.w3.org/2000/svg"><a href="/x//y">'),
        (rules.foreign_addresses, "x = 1; // a remark about this.js"),
        (rules.uncollected_tests, "def test_sum():\n    check(1)\ndef check(x):\n    assert x"),
        (rules.uncollected_tests, "@pytest.fixture\ndef one():\n    assert True"),
        (rules.misplaced_tests, "def test_files(): return []"),
        (
            rules.inline_code,
            '<p data-style="x" class="only on"><script src="/a.js" defer></script>',
        ),
    ],
)
def test_law_lets_the_rest_pass(law: Callable[[str], list[str]], text: str):
    assert law(text) == []


def test_papers_may_hold_styles_but_no_code():
    assert rules.inline_code('<style>p {}</style><p style="x">', may_hold_styles=True) == []
    assert rules.inline_code('<p onclick="x">', may_hold_styles=True)
    assert rules.inline_code("<script>x</script>", may_hold_styles=True)


def test_inserts_of_scoped_models_are_found():
    scoped = frozenset({"Institution"})
    assert rules.unwalled_writes("db.session.execute(insert(Institution), rows)", scoped)
    assert rules.unwalled_writes("insert_for(Institution)", scoped)
    assert rules.unwalled_writes("postgresql.insert(Institution)", scoped)
    assert not rules.unwalled_writes("insert(Captcha)", scoped)


def test_each_law_is_shown_to_be_breakable():
    assert {law for law, _ in LAWS} <= {law for law, _ in BREACHES}
