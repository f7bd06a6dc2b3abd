"""A hostile text in every text column of every table, whatever a rule would have let in."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import JSON, Column, Connection, Enum, String, Table, select, update

from models import Base
from models.encryption import Encrypted

#: Calls ``__hit`` or leaves an element ``hit-me`` wherever a page takes text for anything else: as
#: an address, an element or a template, out of an attribute, a title, a text area or a script.
HOSTILE: Final = (
    "javascript:__hit()//'\"></title></textarea></script><script>__hit()</script>"
    "<img src=hit.png onerror=__hit()><svg onload=__hit()></svg><hit-me onclick=__hit()></hit-me>"
    "{{ 7331 * 7331 }}${7331 * 7331}"
)
#: What a template makes of the end of it.
COMPUTED: Final = str(7331 * 7331)

#: What stands on columns whose texts are drawn or derived.
_DERIVED: Final = frozenset({"internal", "secret"})
#: Other columns that hold no text of anybody, and what they hold.
_FIXED: Final = {
    "audit_entries": "its rows cannot be changed; it gets hostile ones of its own",
    "audit_entries.tag": "a name out of the program",
    "outbox_messages.purpose": "a name out of the program",
    "one_time_codes.purpose": "a name out of the program",
    "grid_preferences.screen": "a name out of the program",
    "grid_preferences.columns": "names of columns out of the program",
    "counters.name": "a name out of the program",
    "education_levels.exam_band": "a name out of the code table that the rules compare",
    "exam_categories.level": "a name out of the code table that the rules compare",
    "exam_categories.category_key": "a name out of the code table that the rules compare",
    "institution_categories.trial_role": "a name out of the code table that the rules compare",
    "institution_categories.licence_rule": "a name out of the code table that the rules compare",
    "import_batches.digest": "computed from the file, which is looked for by it",
    "certificate_reviews.forged_code": "read as a code, so in the letters of codes alone",
    "jobs.digest": "computed from the result",
    "licence_scans.digest": "computed from the file, which is looked for by it",
    "roster_scans.digest": "computed from the file, which is looked for by it",
}

#: Texts that hold a JSON object.
_JSON_AS_TEXT: Final = frozenset({"certificate_drafts.content", "roster_entries.content"})


def text_columns() -> list[Column[Any]]:
    """Return the columns into which a text may find its way."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if _is_text(column) and not _is_fixed(column)
    ]


def poison(connection: Connection) -> set[str]:
    """Put ``HOSTILE``, marked by its column, into every text of every row; return the columns.

    Lengths are not heeded (SQLite does not ask for them): it is the page that must be safe.
    """
    columns: dict[Table, list[Column[Any]]] = {}
    for column in text_columns():
        columns.setdefault(column.table, []).append(column)
    done = set()
    for table, texts in columns.items():
        for number, row in enumerate(connection.execute(select(table)).mappings()):
            values = {column.name: _poisoned(column, row[column.name], number) for column in texts}
            key = [column == row[column.name] for column in table.primary_key]
            connection.execute(update(table).where(*key).values(values))
            done |= {str(column) for column in texts}
    return done


def marked(column: str, number: int = 0) -> str:
    """Return ``HOSTILE`` with what tells in which column, and in which row, it stood."""
    return f"{HOSTILE}[{column}]{number}"


def _poisoned(column: Column[Any], value: Any, number: int) -> Any:
    if isinstance(column.type, JSON):
        return _inside(value, str(column))
    if str(column) in _JSON_AS_TEXT:
        return json.dumps(_inside(json.loads(value), str(column)))
    return marked(str(column), number)


def _inside(value: Any, column: str) -> Any:
    """Return a JSON value whose texts are hostile; its shape and its numbers stay."""
    if isinstance(value, dict):
        return {key: _inside(found, column) for key, found in value.items()}
    if isinstance(value, list):
        return [_inside(found, column) for found in value]
    is_text = isinstance(value, str) and not value.isdigit()
    return marked(column) if is_text else value


def _is_text(column: Column[Any]) -> bool:
    if isinstance(column.type, Enum) or column.primary_key or column.foreign_keys:
        return False
    return isinstance(column.type, String | JSON | Encrypted)


def _is_fixed(column: Column[Any]) -> bool:
    is_path = column.name.endswith("path") or column.name.startswith("branch_")
    is_derived = bool(_DERIVED & column.info.keys())
    return is_path or is_derived or column.table.name in _FIXED or str(column) in _FIXED
