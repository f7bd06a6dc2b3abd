"""机构批量导入: how its routes are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.factories.workbooks import import_table
from tests.harness import uploads
from tests.harness.use import DONE, Use, post

if TYPE_CHECKING:
    from tests.harness.oracle import Thing, Who
    from tests.harness.runner import Form
    from tests.harness.world import World

_I: Final = "/admin/institutions/import/"
_DATA: Final = import_table([{"name": "上传的卫生室", "category_code": "D600 村卫生室"}])


def _upload(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {"file": (uploads.Workbook(_DATA), "机构导入表.xlsx")}


def _decision(act: str) -> Any:
    def fill(_world: World, _who: Who, thing: Thing) -> Form:
        uploads.restore_files()
        return {"act": act, "version": str(thing.version), "keep_former_names": "y"}

    return fill


def _with_files(_world: World, _who: Who, _thing: Thing | None) -> bool:
    uploads.restore_files()
    return True


USES: Final = [
    Use("institution_import.index_view", "import:list", _I),
    post("institution_import.index_view", "import:upload", _I, _upload, "import_batches"),
    Use("institution_import.template", "import:template", _I + "template.xlsx"),
    Use("institution_import.library", "import:library", _I + "library", is_recorded=True),
    *(
        Use(
            f"institution_import.{route}",
            "import:read",
            _I + path,
            "import_batch",
            suits=_with_files,
        )
        for route, path in (
            ("batch", "batch/?id={key}"),
            ("batch", "batch/?id={key}&show=all&page=1"),
            ("marked", "marked.xlsx?id={key}"),
        )
    ),
    *(
        post(
            "institution_import.batch",
            "import:decide",
            _I + "batch/?id={key}",
            _decision(act),
            *tables,
            kind="import_batch",
            suits=_with_files,
        )
        for act, tables in (
            ("apply", ("import_batches", "institutions")),
            ("discard", ("import_batches",)),
        )
    ),
    # It writes only when the library says something else by now, which it does not here.
    Use(
        "institution_import.batch",
        "import:decide",
        _I + "batch/?id={key}",
        "import_batch",
        form=_decision("judge-anew"),
        statuses=DONE,
        suits=_with_files,
        is_recorded=True,
    ),
]
