"""批量开户: how its routes are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.account_batches import COLUMNS
from tests.factories.workbooks import table
from tests.harness import forms, uploads
from tests.harness.use import Use, post

if TYPE_CHECKING:
    from tests.harness.oracle import Thing, Who
    from tests.harness.runner import Form
    from tests.harness.world import World

_B: Final = "/admin/account-batches/"
_DATA: Final = table([[column.header for column in COLUMNS], ["1", "某医院", "李四"]])


def _upload(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {"file": (uploads.Workbook(_DATA), "开户表.xlsx")}


USES: Final = [
    Use("account_batches.index_view", "batch:list", _B),
    # Nothing is kept of it: the persons are shown, with what is wrong at their rows.
    Use(
        "account_batches.index_view",
        "batch:upload",
        _B,
        form=_upload,
        statuses=frozenset({422}),
    ),
    Use("account_batches.new", "batch:new", _B + "new/"),
    Use("account_batches.new", "account:first", _B + "new/?institution={key}", "institution"),
    post(
        "account_batches.new",
        "account:first",
        _B + "new/",
        forms.new_batch,
        "administrators",
        "password_handovers",
        "account_batches",
        kind="institution",
        is_reference=True,
    ),
    Use("account_batches.batch", "batch:read", _B + "batch/?id={key}", "account_batch"),
    post(
        "account_batches.batch",
        "batch:renew",
        _B + "batch/?id={key}",
        forms.fixed(),
        "administrators",
        "password_handovers",
        "account_batches",
        kind="account_batch",
    ),
    post(
        "account_batches.sheet",
        "batch:sheet",
        _B + "sheet.pdf?id={key}",
        forms.fixed(),
        "password_handovers",
        "account_batches",
        kind="account_batch",
    ),
]
