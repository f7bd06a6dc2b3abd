"""现场审核 and its records: how their routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post

#: The names of bureaux that reviewed, and of places where trials were served.
_ABOVE: Final = frozenset({"above"})
_DESK: Final = "/admin/review/"
_R: Final = "/admin/reviews/"
USES: Final = [
    Use("review.index", "review:desk", _DESK),
    Use("review.index", "review:desk", _DESK, form=forms.fixed(code="absurd"), leads_on=True),
    Use(
        "review.index",
        "review:look",
        _DESK,
        "code",
        form=forms.fixed(code="{key}"),
        # Of what lies elsewhere it tells what anybody learns.
        shows=frozenset({"every name", "codes"}),
        is_recorded=True,
    ),
    post(
        "review.verdict",
        "review:record",
        _DESK + "verdict/",
        forms.fixed(code="{key}", result="differs", note="印章不清", form_key=""),
        "certificate_reviews",
        kind="code",
        spreads=True,
    ),
    *grid("reviews", "export", shows=_ABOVE),
    Use(
        "reviews.index_view",
        "reviews:list",
        _R + "?at_from=2018-01-01&at_to=2018-01-31&result=differs&search=CN&sort=0",
        shows=_ABOVE,
    ),
    Use(
        "reviews.index_view",
        "reviews:narrow",
        _R + "?place={key}&place_below=1",
        "institution",
        shows=_ABOVE | {"line above"},
    ),
    Use("reviews.export", "reviews:export", _R + "export/xlsx/", shows=_ABOVE, is_recorded=True),
]
