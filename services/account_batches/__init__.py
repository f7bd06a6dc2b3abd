"""Accounts for many institutions in one act (批量开户), and their one-time passwords on paper.

The officer picks institutions in the grid, or fills in a table of those without an account; either
way the persons stand in one form, where all that is wrong is said at its row. All accounts are made
or none. Hashing takes a core for 50 ms each, so it is done while no transaction is open:
``check`` first, then ``draw_secrets``, then ``open_accounts`` or ``renew``, which checks again.
"""

from __future__ import annotations

from services.account_batches.entries import (
    MOST_ACCOUNTS,
    AccountEntry,
    check,
    has_no_account,
    without_account,
)
from services.account_batches.opening import (
    Secret,
    draw_secrets,
    find_own,
    made_before,
    open_accounts,
    recent,
    renew,
    renewable,
)
from services.account_batches.strips import (
    LIFETIME,
    Strip,
    accounts_of,
    strips_of,
    take_strips,
    waits_for_sheet,
)
from services.account_batches.table import (
    COLUMNS,
    MOST_ROWS,
    ReadEntry,
    choices,
    read_entries,
    table_rows,
)

__all__ = [
    "COLUMNS",
    "LIFETIME",
    "MOST_ACCOUNTS",
    "MOST_ROWS",
    "AccountEntry",
    "ReadEntry",
    "Secret",
    "Strip",
    "accounts_of",
    "check",
    "choices",
    "draw_secrets",
    "find_own",
    "has_no_account",
    "made_before",
    "open_accounts",
    "read_entries",
    "recent",
    "renew",
    "renewable",
    "strips_of",
    "table_rows",
    "take_strips",
    "waits_for_sheet",
    "without_account",
]
