"""Workbooks that wait for their uploaders' confirmation, in the world of the harness."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from extensions import db
from models import Administrator, Institution
from services import files
from services.actor import actor_of
from services.certificates import importing as people_importing
from services.institutions import importing
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.people_tables import people_table, person_row
from tests.factories.workbooks import import_table
from tests.harness.oracle import Thing
from tests.harness.use import DONE, Use, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.actor import Actor
    from services.importing import Desk
    from tests.harness.canaries import Marker
    from tests.harness.oracle import Who
    from tests.harness.runner import Form
    from tests.harness.world import World

#: Who has uploaded institutions; two of them at the same node.
_UPLOADERS: Final = ("operator at A1", "disabled at A1", "operator at B1", "operator at HA")
#: Who has uploaded people.
_CLERKS: Final = ("operator at HA1", "deleted at HA1", "operator at HB1", "operator at HA")
#: What was uploaded: name → part → content.
_FILES: Final[dict[str, dict[str, bytes]]] = {}


class Workbook(io.BytesIO):
    """A file that can be sent again."""

    def close(self) -> None:
        self.seek(0)


def add_uploads(world: World) -> None:
    """Let some people upload a workbook with one new institution or person each; commits."""
    for name in _UPLOADERS:
        _upload(
            world,
            name,
            "import_batch",
            importing.DESK,
            lambda mark: import_table(
                [{"name": mark("import.name"), "category_code": "D600 村卫生室"}]
            ),
        )
    for name in _CLERKS:
        _upload(
            world,
            name,
            "people_batch",
            people_importing.DESK,
            lambda mark: people_table([person_row(name=mark("import.person"))]),
        )
    db.session.remove()


def _upload(
    world: World,
    name: str,
    kind: str,
    desk: Desk[Any, Any],
    table_of: Callable[[Marker], bytes],
) -> None:
    who = world.people[name]
    assert who.node is not None
    mark = world.canaries.of(who.node.name)
    data = table_of(mark)
    with acting(_actor(who.key)) as actor:
        batch = desk.upload(actor, mark("import.file_name"), data)
    part = batch.outcome_digest[:16]
    kept = files.load_part(batch.storage_name, part)
    _FILES[batch.storage_name] = {"": data, part: kept}
    marks = frozenset({f"of {name}"})
    world.things.append(Thing(kind, batch.id, who.node, "", marks, batch.version))
    db.session.commit()


def restore_files() -> None:
    """Put missing files back: importing removes them, and no rollback brings them again."""
    for name, parts in _FILES.items():
        for part, data in parts.items():
            try:
                files.load_part(name, part)
            except files.FileDamagedError:
                files.store_part(name, part, data)


def uses(
    screen: str, address: str, acts: str, kind: str, data: bytes, written: tuple[str, ...]
) -> list[Use]:
    """Return the uses of an import's pages: ``acts`` names them, ``written`` are the tables."""

    def upload(_world: World, _who: Who, _thing: Thing | None) -> Form:
        return {"file": (Workbook(data), "导入表.xlsx")}

    def decision(act: str) -> Any:
        def fill(_world: World, _who: Who, thing: Thing) -> Form:
            restore_files()
            return {"act": act, "version": str(thing.version), "keep_former_names": "y"}

        return fill

    def with_files(_world: World, _who: Who, _thing: Thing | None) -> bool:
        restore_files()
        return True

    page = address + "batch/?id={key}"
    return [
        Use(f"{screen}.index_view", f"{acts}:list", address),
        post(f"{screen}.index_view", f"{acts}:upload", address, upload, "import_batches"),
        *(
            Use(f"{screen}.{route}", f"{acts}:read", address + path, kind, suits=with_files)
            for route, path in (
                ("batch", "batch/?id={key}"),
                ("batch", "batch/?id={key}&show=all&page=1"),
                ("marked", "marked.xlsx?id={key}"),
            )
        ),
        *(
            post(
                f"{screen}.batch",
                f"{acts}:decide",
                page,
                decision(act),
                *tables,
                kind=kind,
                suits=with_files,
            )
            for act, tables in (("apply", written), ("discard", ("import_batches",)))
        ),
        # It writes only when the records say something else by now, which they do not here.
        Use(
            f"{screen}.batch",
            f"{acts}:decide",
            page,
            kind,
            form=decision("judge-anew"),
            statuses=DONE,
            suits=with_files,
            is_recorded=True,
        ),
    ]


def _actor(key: int) -> Actor:
    with unscoped(Reason.MAINTENANCE):
        account = db.session.scalars(select(Administrator).where(Administrator.id == key)).one()
        node = db.session.scalars(
            select(Institution).where(Institution.id == account.institution_id)
        ).one()
        return actor_of(account, node, address="192.0.2.1")
