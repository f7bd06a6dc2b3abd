"""试用人员批量导入: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.factories.people_tables import people_table, person_row
from tests.harness import uploads
from tests.harness.use import Use

_P: Final = "/admin/certificates/import/"
_DATA: Final = people_table([person_row()])

USES: Final = [
    *uploads.uses(
        "certificate_import",
        _P,
        "people",
        "people_batch",
        _DATA,
        (
            "import_batches",
            "trial_certificates",
            "trial_periods",
            "submission_codes",
            "certificate_doubts",
        ),
    ),
    Use("certificate_import.template", "people:template", _P + "template.xlsx?year=2018"),
]
