from __future__ import annotations

import pytest

from tests.admin_views.screen_cases import clerk, tree

__all__ = ["clerk", "tree"]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/rosters/?search=%00",
        "/admin/rosters/?%00=1",
        "/admin/%00/",
        "/admin/rosters/?url=//evil.example",
        "/admin/rosters/?url=https://evil.example/",
        "/admin/rosters/new/?url=/\\evil.example",
    ],
)
def test_hostile_requests_are_refused(clerk, address):
    assert clerk.client.get(address).status_code == 400


def test_hostile_forms_are_refused(clerk):
    for data in ({"reason": "\0"}, {"url": "//evil.example"}):
        assert clerk.post("/admin/rosters/action/", action="submit", **data).status_code == 400


def test_requests_have_numbers_of_their_own(client):
    pages = [client.get("/no-such-page").text.split("<code>")[1][:32] for _ in range(2)]
    assert pages[0] != pages[1]


@pytest.mark.parametrize("screen", ["institutions", "administrators", "licences", "rosters"])
@pytest.mark.parametrize("keyword", ["%", "_", "\\", "'", '"', "甲" * 400, "\x07", "😀"])
def test_keywords_are_no_mistake_of_the_server(clerk, screen, keyword):
    # Licences are not searched by a rule that knows what cannot be a keyword.
    is_refused = keyword == "\x07" and screen != "licences"
    answer = clerk.get(f"/admin/{screen}/", search=keyword)
    assert answer.status_code == (400 if is_refused else 200)


def test_stranger_is_led_to_the_door_and_back(client):
    answer = client.get("/admin/rosters/?state=filed")
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=/admin/rosters/")
    assert client.get("/admin/rosters/action/").status_code == 405
