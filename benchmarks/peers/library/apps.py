"""How Django calls the app."""

from __future__ import annotations

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """The tables of institutions."""

    name = "benchmarks.peers.library"
    label = "library"
    default_auto_field = "django.db.models.BigAutoField"
