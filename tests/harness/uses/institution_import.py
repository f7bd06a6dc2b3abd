"""机构批量导入: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.factories.workbooks import import_table
from tests.harness import uploads
from tests.harness.use import Use

_I: Final = "/admin/institutions/import/"
_DATA: Final = import_table([{"name": "上传的卫生室", "category_code": "D600 村卫生室"}])

USES: Final = [
    *uploads.uses(
        "institution_import",
        _I,
        "import",
        "import_batch",
        _DATA,
        ("import_batches", "institutions"),
    ),
    Use("institution_import.template", "import:template", _I + "template.xlsx"),
    Use("institution_import.library", "import:library", _I + "library", is_recorded=True),
]
