"""How an account wants to see its grids: chosen columns, the last filter, the page size.

They concern the account alone and change nothing that anybody else sees, so they leave no entry in
the trail: it would hold one for every look at a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from extensions import db
from models import GridPreference
from services.permissions import Permission
from services.upsert import insert_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor

#: A longer query string is not remembered.
LONGEST_QUERY: Final = 1000
_MOST_COLUMNS: Final = 60


@dataclass(frozen=True)
class GridSettings:
    """What an account has chosen for one screen; empty where it has chosen nothing."""

    columns: tuple[str, ...] = ()
    query: str = ""
    page_size: int | None = None


def settings(actor: Actor, screen: str) -> GridSettings:
    """Return what the account has chosen for ``screen``."""
    statement = select(
        GridPreference.columns, GridPreference.query, GridPreference.page_size
    ).where(
        GridPreference.administrator_id == actor.administrator_id, GridPreference.screen == screen
    )
    row = db.session.execute(statement).one_or_none()
    return GridSettings(tuple(row[0]), row[1], row[2]) if row is not None else GridSettings()


def choose_columns(actor: Actor, screen: str, columns: Sequence[str]) -> None:
    """Keep the names of the columns to be shown, in their order; none for those of the screen."""
    _keep(actor, screen, columns=list(columns)[:_MOST_COLUMNS])


def remember_filter(actor: Actor, screen: str, query: str) -> None:
    """Keep the query string of a list, to come back to it; an empty one forgets the last."""
    _keep(actor, screen, query=query if len(query) <= LONGEST_QUERY else "")


def choose_page_size(actor: Actor, screen: str, page_size: int) -> None:
    """Keep how many rows a page of the list shows."""
    _keep(actor, screen, page_size=page_size)


def _keep(actor: Actor, screen: str, **values: Any) -> None:
    """Write one part and leave the others alone; two windows at once may do so."""
    actor.require(Permission.ACCOUNT_OWN)
    db.session.execute(
        insert_for(GridPreference)
        .values(
            **{
                "administrator_id": actor.administrator_id,
                "screen": screen,
                "columns": [],
                "query": "",
                **values,
            }
        )
        .on_conflict_do_update(
            index_elements=[GridPreference.administrator_id, GridPreference.screen], set_=values
        )
    )
