"""Asks one request after another, each in a savepoint, and notes all that it said and changed."""

from __future__ import annotations

import io
import re
import secrets
import traceback
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import pypdf
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from werkzeug.datastructures import Headers

from extensions import db
from models import Base
from models.reference import CodeTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from sqlalchemy import Connection, Table
    from werkzeug.test import TestResponse

    from tests.harness.oracle import Who
    from tests.harness.world import World

Form = dict[str, Any]
Row = dict[str, Any]
Rows = dict[tuple, Row]

#: Statements that change nothing, and those that change one table.
_READING: Final = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")
_WRITING: Final = re.compile(
    r'\s*(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+)?"?(\w+)', re.IGNORECASE
)
#: Tables whose rows take others along when they change or go.
_CASCADING: Final = frozenset(
    {
        key.column.table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.onupdate == "CASCADE" or key.ondelete == "CASCADE"
    }
)
#: Statements that ask for nothing.
_POINTS: Final = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")
#: What differs from one answer to the next: numbers of requests, nonces, tokens.
_CHANGING: Final = re.compile(
    r'\b[0-9a-f]{32}\b|nonce-?="?[\w-]+|\'nonce-[\w-]+|name="csrf_token" value="[^"]*"'
)
#: What an entry tells of a request.
_TOLD: Final = ("tag", "result", "owner_path", "object_type", "object_id", "object_label")
#: Who may be told by the name of a browser.
USER_AGENT: Final = "harness"


@dataclass(frozen=True)
class Change:
    """A row that a request added, changed or removed."""

    table: str
    before: Row | None
    after: Row | None

    @property
    def columns(self) -> frozenset[str]:
        """Return the names of the columns that differ."""
        before, after = self.before or {}, self.after or {}
        return frozenset(name for name in before | after if before.get(name) != after.get(name))

    def __str__(self) -> str:
        row = self.after or self.before or {}
        verb = "+" if self.before is None else "-" if self.after is None else "~"
        return f"{verb}{self.table}[{row.get('id')}] {sorted(self.columns)[:6]}"


@dataclass(frozen=True)
class Result:
    """What a request came to."""

    what: str
    status: int
    location: str = ""
    #: All that can be read: head, body, what is packed into it, and messages for the next page.
    text: str = ""
    body: str = ""
    flashes: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    #: All that the asker has sent: what comes back of it tells nothing.
    sent: str = ""
    #: How many statements the database was given.
    queries: int = 0
    headers: Headers = field(default_factory=Headers)

    def same_as(self, other: Result, mine: object, theirs: object) -> bool:
        """Whether both answers are the same, apart from the keys that were asked for."""
        return (
            self.status,
            self.location.replace(str(mine), "KEY"),
            self.flashes,
            self._noted(),
        ) == (
            other.status,
            other.location.replace(str(theirs), "KEY"),
            other.flashes,
            other._noted(),
        ) and _normal(self.body, mine) == _normal(other.body, theirs)

    def _noted(self) -> list[str]:
        """Return what the trail keeps of the request, apart from the keys that were asked for."""
        entries = [one.after for one in self.changes if one.table == "audit_entries" and one.after]
        return [
            repr([entry[name] for name in _TOLD]) + re.sub("[0-9]+", "KEY", str(entry["changes"]))
            for entry in entries
        ]


@dataclass
class Harness:
    """A world inside an application, and the count of what was asked of it."""

    app: Flask = field(repr=False)
    world: World = field(repr=False)
    requests: int = 0
    leaks: int = 0
    #: What must not be → the requests that brought it about.
    failures: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._connection: Connection = db.engines[None]  # type: ignore[assignment]
        self._statements: list[str] = []
        event.listen(self._connection, "before_cursor_execute", self._note)
        self._client = self.app.test_client(use_cookies=False)
        self._cookies = self.app.session_interface.get_signing_serializer(self.app)
        self._tokens = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token")
        self._visits = {name: secrets.token_hex(20) for name in self.world.people}
        self._tables = [
            table
            for table in Base.metadata.sorted_tables
            if table.name not in {m.__tablename__ for m in CodeTable.__subclasses__()}
        ]
        self.take_baseline()

    def take_baseline(self) -> None:
        """Hold what comes against the present state of the database."""
        self._baseline = self._snapshot()
        self._files = {
            path: path.read_bytes()
            for path in Path(self.app.config["DATA_DIR"], "files").glob("**/*")
            if path.is_file()
        }

    @property
    def backend(self) -> str:
        """The name of the database, ``sqlite`` or ``postgresql``."""
        return self._connection.dialect.name

    def break_with(self, statements: Mapping[str, str]) -> None:
        """Break the database by the statement for its kind; it is whole again after the test."""
        self._connection.exec_driver_sql(statements[self.backend])

    def ask(
        self,
        who: Who,
        path: str,
        form: Form | None = None,
        *,
        token_of: Who | str | None = "own",  # noqa: S107 - whose token, not a token
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> Result:
        """Make one request as ``who`` and undo what it changed.

        A form is sent by POST with the token of ``token_of``: ``"own"``, somebody else, or none.
        """
        data = dict(form or {})
        if form is not None and token_of is not None:
            owner = who if token_of == "own" else token_of
            data["csrf_token"] = self._tokens.dumps(self._visits[owner.name])
        self.requests += 1
        self._statements.clear()
        what = f"{who.name}: {_shown(method, path, form)}"
        savepoint = self._connection.begin_nested()
        try:
            response = self._client.open(
                path,
                method=method or ("GET" if form is None else "POST"),
                data=None if form is None else data,
                headers={
                    "Cookie": f"session={self._cookie(who)}",
                    "User-Agent": USER_AGENT,
                    **(headers or {}),
                },
                # The platform would hide what went wrong behind its error page.
                environ_overrides={"platform.raise_errors": True},
            )
            queries = sum(not one.startswith(_POINTS) for one in self._statements)
            changes = self._changes()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            return Result(f"{what}: {_place_of(error)}", 500)
        finally:
            savepoint.rollback()
            if form is not None:
                self._bring_back_files()
        return self._result(what, response, changes, queries, sent=f"{unquote(path)} {form}")

    def _bring_back_files(self) -> None:
        """Undo the removal of files, which is no part of a transaction."""
        for path, content in self._files.items():
            if not path.exists():
                path.write_bytes(content)

    def fail(self, result: Result, why: str) -> None:
        """Note what must not be."""
        self.failures.setdefault(f"{why} (status {result.status})", []).append(result.what)

    def story(self, most: int) -> str:
        """Return what was wrong, each thing with the first request that showed it."""
        lines = [
            f"{why}\n    {whats[0]}" + (f" and {len(whats) - 1} more" if whats[1:] else "")
            for why, whats in self.failures.items()
        ]
        return f"of {self.requests} requests:\n" + "\n".join(lines[:most])

    def assert_untouched(self) -> None:
        """Hold the database against its state at the beginning, whatever was asked."""
        assert self._snapshot() == self._baseline

    def _note(self, _conn, _cursor, statement, *_rest) -> None:
        self._statements.append(statement)

    def _cookie(self, who: Who) -> str:
        visit = {"csrf_token": self._visits[who.name], "browser": f"browser of {who.name}"}
        if who.name in self.world.tokens:
            visit |= {"_user_id": self.world.tokens[who.name], "_fresh": False}
        return self._cookies.dumps(visit)

    def _snapshot(self) -> dict[str, Rows]:
        return {table.name: self._rows(table) for table in self._tables}

    def _rows(self, table: Table, *, after: int | None = None) -> Rows:
        keys = [column.name for column in table.primary_key]
        fresh = f" WHERE id > {after}" if after is not None else ""
        rows = self._connection.exec_driver_sql(f'SELECT * FROM "{table.name}"{fresh}').mappings()  # noqa: S608 - names of our own tables
        return {tuple(row[key] for key in keys): dict(row) for row in rows}

    def _changes(self) -> tuple[Change, ...]:
        """Return what the statements since the last request have left in the tables they named."""
        verbs: dict[str, set[str]] = {}
        for statement in self._statements:
            found = _WRITING.match(statement)
            if found is None:
                assert statement.lstrip().upper().startswith(_READING), statement
            else:
                verbs.setdefault(found[2], set()).add(found[1].upper())
        if any(verb != {"INSERT"} and name in _CASCADING for name, verb in verbs.items()):
            verbs = {table.name: {"UPDATE"} for table in self._tables}
        changes: list[Change] = []
        for table in (table for table in self._tables if table.name in verbs):
            changes += self._changes_of(table, only_added=verbs[table.name] == {"INSERT"})
        return tuple(changes)

    def _changes_of(self, table: Table, *, only_added: bool) -> list[Change]:
        before = self._baseline[table.name]
        if only_added and "id" in table.columns:
            last = max((key[0] for key in before), default=0)
            added = self._rows(table, after=last)
            return [Change(table.name, None, row) for row in added.values()]
        after = self._rows(table)
        return [
            Change(table.name, before.get(key), after.get(key))
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
        ]

    def _result(
        self,
        what: str,
        response: TestResponse,
        changes: tuple[Change, ...],
        queries: int,
        *,
        sent: str,
    ) -> Result:
        flashes: tuple[tuple[str, str], ...] = ()
        visit = ""
        for cookie in response.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition("=")
            if name == "session" and value.partition(";")[0]:
                content = self._cookies.loads(value.partition(";")[0])
                flashes = tuple(tuple(pair) for pair in content.get("_flashes", ()))
                visit = repr(content)
        body = readable(response)
        head = "\n".join(f"{key}: {unquote(value)}" for key, value in response.headers)
        return Result(
            what=what,
            status=response.status_code,
            location=response.headers.get("Location", ""),
            text=f"{head}\n{visit}\n{body}",
            body=body,
            flashes=flashes,
            changes=changes,
            sent=sent,
            queries=queries,
            headers=response.headers,
        )


def readable(response: TestResponse) -> str:
    """Return all text of an answer: of pages, sheets and papers."""
    data = response.data
    if data.startswith(b"%PDF"):
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        return "\n".join(page.extract_text() for page in pages)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            read = (parts.read(name) for name in parts.namelist())
            return "\n".join(part.decode("utf-8", "replace") for part in read)
    return data.decode("utf-8", "replace")


def _place_of(error: Exception) -> str:
    """Return what went wrong and where, without the values that the error's own text may hold."""
    ours = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
    ]
    return f"{type(error).__name__} at {ours[-1] if ours else '?'}"


def _normal(body: str, key: object) -> str:
    # What was typed into a form comes back with it.
    typed = rf'(<input (?![^>]*name="version")[^>]*type="hidden"[^>]*value="){key}"'
    return re.sub(typed, r'\1KEY"', _CHANGING.sub("", body))


def _shown(method: str | None, path: str, form: Form | None) -> str:
    if form is None:
        return f"{method or 'GET'} {path}"
    short = {k: v for k, v in form.items() if len(form) < 6 or k in {"act", "action"}}
    return f"{method or 'POST'} {path} {short or '…'}"
