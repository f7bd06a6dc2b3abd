"""Imports point one way: app, jobs → admin_views → forms, exports → services → models → extensions.

A law that hinders is changed in the tables below, with a reason, not worked around.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

import pytest

from tests.architecture.sources import MODULES, PACKAGES, name_of, python_files

if TYPE_CHECKING:
    from pathlib import Path

OURS: Final = frozenset({*MODULES, *PACKAGES, "tests"})

#: What each place may import of ours, itself aside.
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "config": frozenset(),
    "extensions": frozenset(),
    "models": frozenset({"extensions"}),
    "services": frozenset({"models", "extensions"}),
    "forms": frozenset({"services", "models", "extensions"}),
    "exports": frozenset({"services", "models"}),
    "admin_views": frozenset({"forms", "exports", "services", "models", "extensions"}),
    "jobs": frozenset({"admin_views", "exports", "services", "models", "extensions"}),
    "cli": frozenset({"jobs", "services", "models", "extensions"}),
    # They measure the whole from outside.
    "benchmarks": OURS - {"tests"},
    "app": OURS - {"tests", "benchmarks"},
}

#: (file, import) → why that one file may import one thing more.
EXCEPTIONS: Final[dict[tuple[str, str], str]] = {
    ("benchmarks/province.py", "tests.postgres"): "it measures on the PostgreSQL of the tests",
    ("admin_views/hosts.py", "config.hosts.bare_host"): "a host is read as the settings read it",
    ("admin_views/headers.py", "config.Environment"): "production alone promises https for ever",
    ("cli.py", "config.Environment"): "demo data must never reach a real platform",
    ("cli.py", "admin_views.delivery.deliver_pending"): "a command sends what it has queued",
    ("services/reference.py", "config.REFERENCE_DIR"): "the code tables are files of config/",
    ("services/demo/tree.py", "config.REFERENCE_DIR"): "the bureaux are a file of config/",
}

_REQUEST: Final = frozenset(
    {
        "abort",
        "flash",
        "g",
        "has_request_context",
        "make_response",
        "redirect",
        "render_template",
        "render_template_string",
        "request",
        "session",
        "url_for",
    }
)

#: Names of libraries that a place must not import: ``library`` as a whole or ``library.name``.
FORBIDDEN: Final[dict[str, frozenset[str]]] = {
    # Rules and rows do not know that there is a request.
    **dict.fromkeys(
        ("models", "services"),
        frozenset(
            {f"flask.{name}" for name in _REQUEST} | {"flask_admin", "flask_login", "flask_wtf"}
        ),
    ),
    # Rows are handed in.
    "exports": frozenset({"sqlalchemy", "flask_sqlalchemy", "flask_login", "flask_admin"}),
    # Settings are read before anything else is there.
    "config": frozenset({"flask", "sqlalchemy"}),
}


def imports_of(source: str) -> set[str]:
    """Return the dotted names that ``source`` imports; relative ones keep their dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            found.update(f"{origin}.{alias.name}" for alias in node.names)
    return found


def breaches_of(place: str, source: str) -> list[str]:
    """Return the imports in ``source``, a file of ``place``, that the tables do not allow."""
    found = []
    for name in sorted(imports_of(source)):
        first = name.split(".")[0]
        if name.startswith("."):
            found.append(f"{name} (imports are absolute)")
        elif first in OURS - ALLOWED[place] - {place} or _is_forbidden(place, name):
            found.append(name)
    return found


def _is_forbidden(place: str, name: str) -> bool:
    return any(
        name == banned or name.startswith(f"{banned}.")
        for banned in FORBIDDEN.get(place, frozenset())
    )


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_imports_point_one_way(path: Path):
    name = name_of(path)
    place = name.split("/", maxsplit=1)[0].removesuffix(".py")
    breaches = [
        breach
        for breach in breaches_of(place, path.read_text(encoding="utf-8"))
        if (name, breach) not in EXCEPTIONS
    ]
    assert not breaches, f"{name} must not import {', '.join(breaches)}"


def test_every_place_has_its_line_in_the_table():
    assert set(ALLOWED) == {*MODULES, *PACKAGES}


def test_exceptions_are_still_needed():
    for name, breach in EXCEPTIONS:
        path = next(path for path in python_files() if name_of(path) == name)
        place = name.split("/", maxsplit=1)[0].removesuffix(".py")
        assert breach in breaches_of(place, path.read_text(encoding="utf-8")), (name, breach)


def test_imports_are_found_wherever_they_stand():
    source = """
import models
import os.path as p
from services.scope import find as f, bind
from . import sibling
if TYPE_CHECKING:
    from forms.base import BaseForm
def late():
    import admin_views.base
"""
    assert imports_of(source) == {
        "models",
        "os.path",
        "services.scope.find",
        "services.scope.bind",
        "..sibling",
        "forms.base.BaseForm",
        "admin_views.base",
    }


@pytest.mark.parametrize(
    ("place", "source", "breaches"),
    [
        ("models", "from extensions import db", []),
        ("models", "import services.scope", ["services.scope"]),
        ("models", "def f():\n    from admin_views import base", ["admin_views.base"]),
        ("services", "from models import Roster", []),
        ("services", "from forms.base import Form", ["forms.base.Form"]),
        ("services", "from flask import current_app", []),
        ("services", "from flask import request", ["flask.request"]),
        ("services", "import flask_login", ["flask_login"]),
        ("services", "from config import load", ["config.load"]),
        ("exports", "from sqlalchemy.orm import Session", ["sqlalchemy.orm.Session"]),
        ("exports", "from extensions import db", ["extensions.db"]),
        ("forms", "import exports", ["exports"]),
        ("admin_views", "import services\nimport forms\nimport exports", []),
        ("admin_views", "import app", ["app"]),
        ("cli", "import admin_views", ["admin_views"]),
        ("config", "import flask", ["flask"]),
        ("app", "import tests.factories", ["tests.factories"]),
        (
            "services",
            "from .errors import DomainError",
            [".errors.DomainError (imports are absolute)"],
        ),
    ],
)
def test_breaches_are_found(place: str, source: str, breaches: list[str]):
    assert breaches_of(place, source) == breaches
