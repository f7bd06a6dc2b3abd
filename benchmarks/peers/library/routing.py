"""Which database holds what."""

from __future__ import annotations

from typing import Any


class Router:
    """Sends the platform's models to its database; what Django has itself lies elsewhere."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        """Return where rows of a model lie."""
        return "platform" if model._meta.app_label == "library" else "default"  # noqa: SLF001

    db_for_write = db_for_read

    def allow_migrate(self, db: str, *_more: Any, **_hints: Any) -> bool:
        """Never change the platform's database."""
        return db == "default"
