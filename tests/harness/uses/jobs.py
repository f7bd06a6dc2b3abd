"""后台任务: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

_J: Final = "/admin/jobs/"
_ASKS: Final = (
    ("job:ask", "job=grid_export&screen=institutions"),
    ("job:ask", "job=grid_export&screen=certificates&state=completed"),
    ("job:ask audit", "job=grid_export&screen=audit"),
    ("job:ask reviews", "job=grid_export&screen=reviews"),
    ("job:papers", "job=certificate_papers"),
    ("job:consolidate", "job=consolidated_roster&year=2018&which=handed_in&shape=pdf"),
)


USES: Final = [
    *grid("jobs", "action_view", lists="job:list"),
    Use("jobs.index_view", "job:list", _J + "?state=done"),
    Use("jobs.status", "job:list", _J + "status/"),
    Use("jobs.result", "job:result", _J + "result/?id={key}", "job", is_recorded=True),
    toolbar("jobs", "job", "cancel", "job:cancel", "jobs"),
    toolbar("jobs", "job", "remove", "job:remove", "jobs"),
    *(Use("jobs.ask", act, _J + "ask/?" + query) for act, query in _ASKS),
    *(
        post("jobs.ask", act, _J + "ask/?" + query, forms.fixed(), "jobs")
        for act, query in _ASKS
        # Everybody has some; other lists may be empty, and then there is nothing to ask for.
        if "certificate" in query
    ),
]
