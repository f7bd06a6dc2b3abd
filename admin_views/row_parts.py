"""The rows of a long list, some at a time: read, decrypted and forgotten again."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from services.parts import MOST_AT_ONCE, in_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import InstrumentedAttribute


def rows_in_parts(
    key: InstrumentedAttribute[int], ordered: Any, rows: Any, *, most: int = MOST_AT_ONCE
) -> Iterator[list[Any]]:
    """Yield the rows of the query ``rows`` in the order of ``ordered``, a part at a time.

    First all keys are read (eight bytes each), then the rows of each part by their keys: so no
    database sorts, or keeps, rows with all their columns. Both queries are held to the actor's part
    of the tree; what has left the list meanwhile is left out.
    """
    keys = array("q", (number for (number,) in ordered.with_entities(key)))
    for part in in_parts(keys, most):
        found = {getattr(row, key.key): row for row in rows.filter(key.in_(part))}
        yield [found[number] for number in part if number in found]
