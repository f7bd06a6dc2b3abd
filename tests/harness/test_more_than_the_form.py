"""Every column of every table, posted with every form: only the form's own fields count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Boolean, Date, DateTime, Enum, Integer, update

from extensions import db
from models import Administrator, Base
from models.base import UtcDateTime
from models.encryption import Encrypted
from services.passwords import hash_password
from services.scope import Reason, unscoped
from tests.harness.cases import examples
from tests.harness.checks import NOTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column

    from tests.harness.oracle import Who
    from tests.harness.runner import Change, Form, Harness, Result

#: What a form carries besides columns.
_NOT_COLUMNS: Final = frozenset({"csrf_token", "action", "act", "rowid", "url"})
#: Drawn by chance, counted, or made from what is.
_DRAWN: Final = frozenset(
    {
        *("id", "password_hash", "token_hash", "submission_code", "code", "request_id"),
        *(
            "certificate_id",
            "code_hash",
            "roster_id",
            "licence_id",
            "object_id",
            "form_key",
            "head",
        ),
        "storage_name",
    }
)

#: Keys of rows that the request itself has made, by the table that refers to them.
_MADE: Final = {
    "account_batches": frozenset({"account_ids"}),
    "licence_scans": frozenset({"replaced_by_id"}),
    "password_handovers": frozenset({"administrator_id"}),
}

#: Acts about the list that their address narrows: some columns are filters there.
_ABOUT_LISTS: Final = frozenset({"job:ask", "job:papers"})

_PASSWORD: Final = "Shizhi-7204"
#: Forms of the own account, which ask for the password: with the right one.
_OWN: Final = {
    "/account/password": {
        "old_password": _PASSWORD,
        "new_password": "Chengqiang-Hulu-88",
        "repeated": "Chengqiang-Hulu-88",
    },
    "/account/phone": {"act": "send", "phone": "13700000001", "password": _PASSWORD},
    "/account/totp": {"act": "begin", "password": _PASSWORD},
}


def test_a_form_changes_its_own_fields_only(harness: Harness):
    world, tried = harness.world, 0
    for use, who, thing in examples(world, method="POST"):
        if use.act in {"nobody", "public"}:
            continue
        # Files are read once: every request gets a form of its own.
        tried += _hold(harness, use.act, who, lambda u=use, w=who, t=thing: u.request(world, w, t))
    assert tried > 40


def test_nor_do_the_forms_of_the_own_account(harness: Harness):
    who = harness.world.people["operator at A"]
    with unscoped(Reason.MAINTENANCE):
        db.session.execute(
            update(Administrator)
            .where(Administrator.id == who.key)
            .values(password_hash=hash_password(_PASSWORD))
        )
    db.session.commit()
    harness.take_baseline()
    for path, form in _OWN.items():
        answer = harness.ask(who, path, form)
        assert answer.status < 400, (path, answer.status)
        assert _effect(answer), path
        _hold(harness, path, who, lambda p=path, f=form: (p, dict(f)))


def _hold(harness: Harness, act: str, who: Who, make: Callable[[], tuple[str, Form]]) -> int:
    """Send a form as it is, with all columns, and with all in the address; return how many were."""
    path, form = make()
    plain = harness.ask(who, path, form)
    path, form = make()
    stuffed = harness.ask(who, path, {**_every_column(form), **form})
    results = [stuffed]
    if act not in _ABOUT_LISTS:
        path, form = make()
        results.append(harness.ask(who, _with(path, _every_column(form)), form))
    for result in results:
        if (result.status, _effect(result)) != (plain.status, _effect(plain)):
            harness.fail(result, f"{act}: {_difference(plain, result)}")
    return 2


def _every_column(form: Form) -> Form:
    """Return every column of every table with a value that nobody has given."""
    found = {
        column.name: _strange(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }
    # Rows of a form are numbered; their columns are tried in the first one.
    for column in Base.metadata.tables["trial_periods"].columns:
        if any(name.startswith("periods-0-") for name in form):
            found[f"periods-0-{column.name}"] = _strange(column)
    return {k: v for k, v in found.items() if k not in form and k not in _NOT_COLUMNS}


def _strange(column: Column) -> str:
    kind = column.type
    if isinstance(kind, Enum):
        return str(kind.enums[-1])
    if isinstance(kind, Boolean):
        return "1"
    if isinstance(kind, Integer):
        return "1"
    if isinstance(kind, Date | DateTime | UtcDateTime):
        return "2001-02-03"
    return "0001"


def _with(path: str, values: Form) -> str:
    """Return an address with ``values`` as arguments, except those that the route itself takes."""
    taken = {"id", "institution", "tab", "key"}
    pairs = "&".join(f"{name}={value}" for name, value in values.items() if name not in taken)
    return f"{path}{'&' if '?' in path else '?'}{pairs}"


def _effect(result: Result) -> list[tuple]:
    return sorted(map(_plain, (c for c in result.changes if c.table not in NOTES)))


def _plain(change: Change) -> tuple:
    """Return a change without what chance has put into it."""
    columns = {column.name: column for column in Base.metadata.tables[change.table].columns}
    hidden = _DRAWN | _MADE.get(change.table, frozenset())
    hidden |= {n for n, column in columns.items() if isinstance(column.type, Encrypted)}
    if change.before is not None and change.after is not None:
        before, after = (
            {name: row[name] for name in change.columns if name not in hidden}
            for row in (change.before, change.after)
        )
        return change.table, "changed", repr(sorted(change.columns)), repr((before, after))
    row = change.after or change.before or {}
    kept = {name: row[name] for name in sorted(row) if name not in hidden}
    empty = sorted(name for name in row if row[name] is None)
    return change.table, "added or removed", repr(empty), repr(kept)


def _difference(plain: Result, stuffed: Result) -> str:
    before, after = set(_effect(plain)), set(_effect(stuffed))
    return f"without {sorted(before - after)[:1]}, with all columns {sorted(after - before)[:1]}"
