"""Workbooks that wait for their uploaders' confirmation, in the world of the harness."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Administrator, Institution
from services import files
from services.actor import actor_of
from services.institutions import importing
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.workbooks import import_table
from tests.harness.oracle import Thing

if TYPE_CHECKING:
    from services.actor import Actor
    from tests.harness.world import World

#: Who has uploaded one; two of them at the same node.
_UPLOADERS: Final = ("operator at A1", "disabled at A1", "operator at B1", "operator at HA")
#: What was uploaded: name → part → content.
_FILES: Final[dict[str, dict[str, bytes]]] = {}


class Workbook(io.BytesIO):
    """A file that can be sent again."""

    def close(self) -> None:
        self.seek(0)


def add_uploads(world: World) -> None:
    """Let some people upload a workbook with one new institution each; commits."""
    for name in _UPLOADERS:
        who = world.people[name]
        assert who.node is not None
        mark = world.canaries.of(who.node.name)
        data = import_table([{"name": mark("import.name"), "category_code": "D600 村卫生室"}])
        with acting(_actor(who.key)) as actor:
            batch = importing.upload(actor, mark("import.file_name"), data)
        part = batch.outcome_digest[:16]
        kept = files.load_part(batch.storage_name, part)
        _FILES[batch.storage_name] = {"": data, part: kept}
        marks = frozenset({f"of {name}"})
        world.things.append(Thing("import_batch", batch.id, who.node, "", marks, batch.version))
        db.session.commit()
    db.session.remove()


def restore_files() -> None:
    """Put missing files back: importing removes them, and no rollback brings them again."""
    for name, parts in _FILES.items():
        for part, data in parts.items():
            try:
                files.load_part(name, part)
            except files.FileDamagedError:
                files.store_part(name, part, data)


def _actor(key: int) -> Actor:
    with unscoped(Reason.MAINTENANCE):
        account = db.session.scalars(select(Administrator).where(Administrator.id == key)).one()
        node = db.session.scalars(
            select(Institution).where(Institution.id == account.institution_id)
        ).one()
        return actor_of(account, node, address="192.0.2.1")
