"""All uses of all routes: the harness asks every one of these of everybody.

A new route of a screen needs a ``Use`` in the screen's module of ``uses``; for a grid that only
lists, ``*grid("name")`` is all. A new module is added to ``USES``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.harness.uses import (
    account_batches,
    administrators,
    around,
    certificate_import,
    certificates,
    exam_years,
    institution_bin,
    institution_import,
    institutions,
    jobs,
    licences,
    my_institution,
    own_account,
    reviews,
    rosters,
)

if TYPE_CHECKING:
    from tests.harness.use import Use

#: Routes that hold nothing of anybody.
ASSETS: Final = {
    "static": "our own style sheets, scripts and fonts",
    "admin.static": "Flask-Admin's own files",
}

_SCREENS: Final = (
    institutions,
    institution_bin,
    institution_import,
    my_institution,
    administrators,
    account_batches,
    licences,
    certificates,
    certificate_import,
    rosters,
    reviews,
    exam_years,
    own_account,
    jobs,
    around,
)

USES: Final[list[Use]] = [use for screen in _SCREENS for use in screen.USES]
