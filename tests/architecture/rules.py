"""The laws as functions: the text of one file in, the breaches found in it out (line and words)."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

LONGEST_MODULE: Final = 400
"""Lines after which a module is to be divided."""

_EVENTS: Final = (
    "abort|animation\\w+|beforeunload|blur|change|click|contextmenu|copy|cut|dblclick|drag\\w*|drop"
    "|error|focus\\w*|hashchange|input|invalid|key\\w+|load\\w*|message|mouse\\w+|paste|pointer\\w+"
    "|reset|resize|scroll|select|submit|toggle|touch\\w+|transition\\w+|unload|wheel"
)
_CODE: Final = re.compile(
    rf"(?<![\w-])on(?:{_EVENTS})\s*=|javascript\s*:|<script(?![^>]*\ssrc\s*=)[^>]*>",
    re.IGNORECASE,
)
_STYLE: Final = re.compile(r"<style\b|(?<![\w-])style\s*=", re.IGNORECASE)
_FOREIGN: Final = re.compile(
    r"""(?:https?|wss?|ftp):\\?/\\?/[^\s"'<>)]+|(?:["'(=]|@import\s)\s*//[\w.-]+\.\w+[^\s"'<>)]*""",
    re.IGNORECASE,
)
_NAMESPACES: Final = ("http://www.w3.org/",)
"""Names that look like addresses and are never asked for."""

_READS_PAST_THE_WALL: Final = frozenset({"get", "get_one", "merge", "get_or_404"})
# Columns of a mapper's table are not attributes of its class: a count of them is not scoped.
_CORE_ATTRIBUTES: Final = frozenset(
    {"__table__", "exec_driver_sql", "primary_key", "raw_connection"}
)
_BULK: Final = re.compile(r"bulk_(insert|update|save)_\w+")


@cache
def parsed(source: str) -> ast.Module:
    """Return the tree of a file, made once for all laws; nobody may change it."""
    return ast.parse(source)


@cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """Return all nodes of a file."""
    return tuple(ast.walk(parsed(source)))


def too_long(source: str) -> list[str]:
    """Modules stay under 400 lines."""
    lines = source.count("\n") + (not source.endswith("\n"))
    return [f"{lines} lines"] if lines > LONGEST_MODULE else []


def backrefs(source: str) -> list[str]:
    """Both ends of a relationship are written out: ``back_populates``, never ``backref``."""
    return [
        f"{node.lineno}: backref"
        for node in nodes_of(source)
        if (isinstance(node, ast.keyword) and node.arg == "backref")
        or (isinstance(node, ast.Name) and node.id == "backref")
    ]


def raw_sql(source: str) -> list[str]:
    """No ``text(``, tables or connections: the wall sees statements of the ORM only."""
    tree = parsed(source)
    texts = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in {"text", "table", "Table"}
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in texts | {"sa.text", "sqlalchemy.text", "db.text"} or (
                called.endswith(("session.connection", "engine.connect", "engine.begin"))
            ):
                found.append(f"{node.lineno}: {called}(")
        if isinstance(node, ast.Attribute) and (
            node.attr in _CORE_ATTRIBUTES or _BULK.fullmatch(node.attr)
        ):
            found.append(f"{node.lineno}: .{node.attr}")
    return found


def unwalled_reads(source: str) -> list[str]:
    """No ``session.get`` and its like: they hand out rows that the session holds, unasked."""
    tree = parsed(source)
    cookies = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for alias in node.names
        if alias.name == "session"
    }
    return [
        f"{node.lineno}: {ast.unparse(node.func)}("
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _READS_PAST_THE_WALL
        and (owner := ast.unparse(node.func.value)) not in cookies
        and owner.removesuffix("()").endswith(("session", ".query", "db"))
    ]


def unwalled_writes(source: str, scoped: frozenset[str]) -> list[str]:
    """No ``insert(Model)`` of a model in ``scoped``: it bypasses ``before_flush``."""
    return [
        f"{node.lineno}: insert({node.args[0].id})"
        for node in nodes_of(source)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1].startswith("insert")
        and node.args
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id in scoped
    ]


def prints(source: str) -> list[str]:
    """What is worth saying is logged; only commands speak to a terminal."""
    return [
        f"{node.lineno}: print("
        for node in nodes_of(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "pprint", "pp"}
    ]


def inline_code(markup: str, *, may_hold_styles: bool = False) -> list[str]:
    """No scripts, styles or handlers in a page: the content policy forbids them.

    Printed papers, which no browser shows, may hold styles.
    """
    found = [_at(markup, match) for match in _CODE.finditer(markup)]
    if not may_hold_styles:
        found += [_at(markup, match) for match in _STYLE.finditer(markup)]
    return found


def foreign_addresses(text: str) -> list[str]:
    """Nothing is loaded from, or sent to, another host."""
    return [
        _at(text, match)
        for match in _FOREIGN.finditer(text)
        if not match[0].startswith(_NAMESPACES)
    ]


def _at(text: str, match: re.Match[str]) -> str:
    return f"{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"


def uncollected_tests(source: str) -> list[str]:
    """What looks like a test is named like one, or pytest passes it by in silence.

    A function looks like a test when it asserts something and nothing in its file refers to it.
    """
    tree = parsed(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    return [
        f"{node.lineno}: {node.name}"
        for node in _definitions(tree)
        if not isinstance(node, ast.ClassDef)
        and not node.name.startswith("test_")
        and node.name not in used
        and not any(_is_called_by_its_library(decorator) for decorator in node.decorator_list)
        and _asserts(node)
    ]


def _is_called_by_its_library(decorator: ast.expr) -> bool:
    """Whether pytest (a fixture) or hypothesis (a step, an invariant) calls what is decorated."""
    return any(name in ast.unparse(decorator) for name in ("fixture", "invariant(", "rule("))


def misplaced_tests(source: str) -> list[str]:
    """Tests stand in ``test_….py``; pytest looks nowhere else."""
    return [
        f"{node.lineno}: {node.name}"
        for node in _definitions(parsed(source))
        if not isinstance(node, ast.ClassDef) and node.name.startswith("test_") and _asserts(node)
    ]


def _asserts(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Assert)
        or (isinstance(inner, ast.Call) and ast.unparse(inner.func) == "pytest.raises")
        for inner in ast.walk(node)
    )


def missing_docstrings(source: str) -> list[str]:
    """Every module and everything public in it says what it is for."""
    tree = parsed(source)
    found = [] if not tree.body or ast.get_docstring(tree) else ["1: the module"]
    found += [
        f"{node.lineno}: {node.name}"
        for node in _definitions(tree, public_only=True)
        if not ast.get_docstring(node)
        and not any(
            ast.unparse(decorator).split(".")[-1] in {"overload", "override", "setter"}
            for decorator in node.decorator_list
        )
    ]
    return found


def _definitions(
    node: ast.Module | ast.ClassDef, *, public_only: bool = False
) -> Iterator[Definition]:
    """Yield functions and classes of a module and, in turn, of its classes."""
    for inner in node.body:
        if not isinstance(inner, Definition):
            continue
        if public_only and inner.name.startswith("_"):
            continue
        yield inner
        if isinstance(inner, ast.ClassDef):
            yield from _definitions(inner, public_only=public_only)
