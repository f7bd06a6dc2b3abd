from __future__ import annotations

import pytest

from services import grid_preferences
from services.actor import Actor
from services.errors import NotAllowedError
from services.grid_preferences import LONGEST_QUERY, GridSettings
from tests.factories.actors import make_actor
from tests.factories.institutions import make_bureau


@pytest.fixture
def actor(app):
    return make_actor(make_bureau())


def test_nothing_is_chosen_at_first(actor):
    assert grid_preferences.settings(actor, "institutions") == GridSettings()


def test_each_part_is_kept_without_the_others(actor):
    grid_preferences.choose_columns(actor, "institutions", ["name", "category"])
    grid_preferences.remember_filter(actor, "institutions", "category=A1")
    grid_preferences.choose_page_size(actor, "institutions", 50)
    grid_preferences.remember_filter(actor, "institutions", "category=A2&locked=open")
    assert grid_preferences.settings(actor, "institutions") == GridSettings(
        ("name", "category"), "category=A2&locked=open", 50
    )
    assert grid_preferences.settings(actor, "licences") == GridSettings()


def test_they_concern_nobody_else(actor):
    grid_preferences.remember_filter(actor, "institutions", "category=A1")
    colleague = make_actor(make_bureau())
    assert grid_preferences.settings(colleague, "institutions") == GridSettings()


def test_an_empty_one_forgets_and_a_long_one_is_not_kept(actor):
    grid_preferences.remember_filter(actor, "institutions", "a=" + "1" * (LONGEST_QUERY - 2))
    assert grid_preferences.settings(actor, "institutions").query
    for query in ("", "a" * (LONGEST_QUERY + 1)):
        grid_preferences.remember_filter(actor, "institutions", query)
        assert grid_preferences.settings(actor, "institutions").query == ""


def test_whoever_may_nothing_keeps_nothing(actor):
    nobody = Actor(**{**vars(actor), "permissions": frozenset()})
    with pytest.raises(NotAllowedError):
        grid_preferences.choose_page_size(nobody, "institutions", 50)
