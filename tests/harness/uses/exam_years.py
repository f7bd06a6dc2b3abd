"""考试年度 and 填报延期: how their routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

_ABOVE: Final = frozenset({"above"})
_Y: Final = "/admin/exam-years/"
_E: Final = "/admin/entry-extensions/"
USES: Final = [
    *grid("exam_years", "create_view", "edit_view", lists="year:list"),
    Use("exam_years.create_view", "year:new", _Y + "new/"),
    post("exam_years.create_view", "year:new", _Y + "new/", forms.new_year, "exam_cycles"),
    Use("exam_years.edit_view", "year:list", _Y + "edit/?id=2018"),
    post(
        "exam_years.edit_view",
        "year:write",
        _Y + "edit/?id=2018",
        forms.exam_year,
        "exam_cycles",
        "certificate_doubts",
    ),
    *grid(
        "entry_extensions",
        "create_view",
        "edit_view",
        "action_view",
        shows=_ABOVE,
        lists="extension:list",
    ),
    Use(
        "entry_extensions.index_view",
        "extension:list",
        _E + "?search=CN&year=2017&standing=in_force",
        shows=_ABOVE,
    ),
    Use("entry_extensions.create_view", "extension:new", _E + "new/"),
    post(
        "entry_extensions.create_view",
        "extension:grant",
        _E + "new/",
        forms.new_extension,
        "entry_extensions",
        kind="institution",
        is_reference=True,
    ),
    Use(
        "entry_extensions.edit_view",
        "extension:read",
        _E + "edit/?id={key}",
        "extension",
        shows=_ABOVE,
    ),
    post(
        "entry_extensions.edit_view",
        "extension:write",
        _E + "edit/?id={key}",
        forms.extension,
        "entry_extensions",
        kind="extension",
        shows=_ABOVE,
    ),
    toolbar(
        "entry_extensions",
        "extension",
        "withdraw",
        "extension:withdraw",
        "entry_extensions",
        reason="人员已全部录入",
    ),
]
