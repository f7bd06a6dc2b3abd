"""Numbers that are drawn once: unit numbers and places in the tree.

Each is drawn by one statement that counts and returns, so that two transactions never draw the
same; the second waits for the first. A transaction that is rolled back gives its number back.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select, update

from extensions import db
from models import Counter, Institution, InstitutionKind
from models.institution import SEGMENT_LENGTH
from services.errors import DomainError, NotFoundError
from services.scope import Reason, unscoped
from services.upsert import insert_for

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROOTS: Final = "institution:roots"
#: The first digit of a unit number says which kind of node it belongs to.
_UNIT_DIGIT: Final = {InstitutionKind.BUREAU: 2, InstitutionKind.HEALTHCARE: 3}
#: Numbers asked for in one statement.
_MOST_AT_ONCE: Final = 1000
#: Unit numbers have five digits; when all of a kind are used, six, then seven.
_UNIT_LENGTH: Final = 5


def next_number(name: str) -> int:
    """Draw the next number of the counter ``name``: 1, 2, 3 …"""
    return _count(name, Counter.value + 1, first=1)


def advance(name: str, to: int) -> None:
    """Let the counter ``name`` go on after ``to`` (for bulk loads); it never goes back."""
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    later = func.max if is_sqlite else func.greatest
    _count(name, later(Counter.value, to), first=to)


def take_turn(name: str) -> None:
    """Wait until every other transaction that took its turn at ``name`` has ended.

    For the few rules that no constraint can hold, such as a name that stands in one of two tables.
    Take turns before changing rows, always in the alphabetical order of their names.
    """
    next_number(f"turn:{name}")


def next_unit_number(kind: InstitutionKind) -> int:
    """Draw a unit number: bureaux 20001, 20002 …, places of practice 30001, 30002 …

    After 39999 come 300000, 300001 … Numbers that were given by hand are passed over.
    """
    return next_unit_numbers(kind, 1)[0]


def next_unit_numbers(kind: InstitutionKind, count: int) -> list[int]:
    """Draw ``count`` unit numbers at once, for an import."""
    drawn: list[int] = []
    while len(drawn) < count:
        # As many again as are still missing, when some were given by hand.
        missing = min(count - len(drawn), _MOST_AT_ONCE)
        last = _count(f"unit:{kind.value}", Counter.value + missing, first=missing)
        numbers = [unit_number(kind, last - missing + step) for step in range(1, missing + 1)]
        with unscoped(Reason.NUMBERING):
            taken = set(
                db.session.scalars(
                    select(Institution.unit_number).where(Institution.unit_number.in_(numbers))
                )
            )
        drawn += [number for number in numbers if number not in taken]
    return drawn


def unit_number(kind: InstitutionKind, ordinal: int) -> int:
    """Return the ``ordinal``-th (from 1) unit number of ``kind``."""
    digit, length = _UNIT_DIGIT[kind], _UNIT_LENGTH
    # The number with nothing but zeros behind the digit is left out at the first length only.
    while ordinal >= 10 ** (length - 1):
        ordinal -= 10 ** (length - 1)
        length += 1
    number: int = digit * 10 ** (length - 1) + ordinal
    return number


def next_path(parent: Institution | None) -> str:
    """Draw the path of a new node below ``parent``, or of a new root.

    The parent's path is read by the statement that counts, since the parent may have moved. Raises
    ``NotFoundError`` when the parent lies outside of the scope.
    """
    if parent is None:
        return segment_of(next_number(_ROOTS))
    return next_paths(parent, 1)[0]


def next_paths(parent: Institution, count: int) -> list[str]:
    """Draw the paths of ``count`` new nodes below ``parent`` at once; see ``next_path``."""
    drawn = db.session.execute(
        update(Institution)
        .where(Institution.id == parent.id)
        .values(
            children_numbered=Institution.children_numbered + count,
            # The record itself is not changed by getting a child.
            updated_at=Institution.updated_at,
        )
        .returning(Institution.path, Institution.children_numbered),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if drawn is None:
        raise NotFoundError
    path, last = drawn
    return [str(path) + segment_of(last - count + step) for step in range(1, count + 1)]


def segment_of(number: int) -> str:
    """Return a number as a segment of a path: base 36, four places, capitals."""
    if not 0 < number < len(_DIGITS) ** SEGMENT_LENGTH:
        raise DomainError("该机构的下级机构数量已达到上限，不能再新增。")
    places = []
    for _ in range(SEGMENT_LENGTH):
        number, place = divmod(number, len(_DIGITS))
        places.append(_DIGITS[place])
    return "".join(reversed(places))


def _count(name: str, value: object, *, first: int) -> int:
    """Set the counter to ``value``, or to ``first`` when it is new, and return what it is now."""
    statement = (
        insert_for(Counter)
        .values(name=name, value=first)
        .on_conflict_do_update(index_elements=[Counter.name], set_={"value": value})
        .returning(Counter.value)
    )
    number: int = db.session.execute(statement).scalar_one()
    return number
