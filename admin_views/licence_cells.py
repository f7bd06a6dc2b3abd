"""What the grid of licences says and colours in its cells, and what its filters ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import not_

from models import Licence
from services.licence_checks import Waiting, is_waiting, waiting_of
from services.licence_validity import (
    NOTICE_DAYS,
    SECOND_NOTICE,
    Validity,
    days_left,
    expiring_within,
    stands,
    validity_of,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from admin_views.filters import Choice

#: Days that are offered; any other number can be typed.
TERMS: Final = (30, 60, 90)


def terms() -> list[Choice]:
    """Return the choices of the filter by validity."""
    return [
        *((str(days), f"{days}天内到期", None) for days in TERMS),
        (SECOND_NOTICE, f"{NOTICE_DAYS[0] + 1}至{NOTICE_DAYS[1]}天内到期", None),
        *((one.value, one.label, None) for one in Validity),
    ]


def validity_condition(value: str) -> ColumnElement[bool]:
    """Return the condition of the filter by validity."""
    if value in set(Validity):
        return stands(Validity(value))
    if value == SECOND_NOTICE:
        month, quarter = NOTICE_DAYS
        return expiring_within(quarter, beyond=month)
    return expiring_within(int(value))


def scan_states() -> list[Choice]:
    """Return the choices of the filter by scans."""
    return [
        ("waiting", "待核对", None),
        *((why.value, f"待核对：{why.label}", None) for why in Waiting),
        ("none", "未上传", None),
        ("some", "已上传", None),
    ]


def scans_condition(value: str) -> ColumnElement[bool]:
    """Return the condition of the filter by scans."""
    if value == "waiting":
        return is_waiting()
    if value in set(Waiting):
        return is_waiting(Waiting(value))
    return Licence.scans.any() if value == "some" else not_(Licence.scans.any())


def scans_text(row: Licence) -> str:
    """Return what the grid says of a licence's scans."""
    if not row.scans:
        return "未上传"
    why = waiting_of(row)
    return f"{len(row.scans)}个" + (f"，{why.label}" if why is not None else "")


def term_text(row: Licence) -> str:
    """Return the last day of a licence, and that it has not begun."""
    begins = validity_of(row) is Validity.NOT_BEGUN
    return f"{row.valid_until}" + ("（未生效）" if begins else "")


def cell_class(row: Licence, name: str) -> str:
    """Return the class of one cell: it colours what wants attention, and the one in use."""
    if name == "valid_from":
        return " is-bad" if validity_of(row) is Validity.NOT_BEGUN else ""
    if name == "valid_until":
        if validity_of(row) is not Validity.VALID:
            return " is-bad"
        return " is-waiting" if days_left(row) <= max(NOTICE_DAYS) else ""
    if name == "scans":
        missing = row.is_in_use and not row.scans
        return " is-bad" if missing or waiting_of(row) is not None else ""
    return " is-good" if name == "is_in_use" and row.is_in_use else ""
