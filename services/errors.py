"""Errors that a rule of the domain raises; the view layer shows their sentence to the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class DomainError(Exception):
    """A rule was broken; ``message`` is a Chinese sentence, ``field`` the field it is about."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Keep the sentence and, where it fits, the name of the form field."""
        super().__init__(message)
        self.message = message
        self.field = field


class FieldErrors(DomainError):  # noqa: N818 - it reads as what it is
    """Several fields are wrong at once; ``errors`` maps field names to sentences.

    ``absent`` are the fields that name a record which does not exist for the actor, ``denied``
    those with what the actor may not do, whatever else is right.
    """

    def __init__(
        self, errors: dict[str, str], *, absent: Sequence[str] = (), denied: Sequence[str] = ()
    ) -> None:
        """Keep every sentence with its field."""
        super().__init__("请更正标红的内容。")
        self.errors = errors
        self.absent = tuple(absent)
        self.denied = tuple(denied)


class NotFoundError(DomainError):
    """The record does not exist, or lies outside of the actor's scope: the answer is the same.

    ``keys`` are those of several that were not found; empty when nobody has looked them up.
    """

    def __init__(
        self, message: str = "记录不存在或不在您的管理范围内。", *, keys: Sequence[int] = ()
    ) -> None:
        """Use the neutral sentence unless a better one is given."""
        super().__init__(message)
        self.keys = tuple(keys)


class NotAllowedError(DomainError):
    """The record is visible, but the actor may not do this to it."""

    def __init__(self, message: str = "您没有执行此操作的权限。") -> None:
        """Use the general sentence unless a better one is given."""
        super().__init__(message)


class NotProvenError(DomainError):
    """Somebody has not proved to be who they say they are."""


class LockedError(NotAllowedError):
    """The record of the institution is locked: it is read-only until a superior unlocks it."""

    def __init__(
        self, message: str = "该机构信息已锁定，不能修改；如需修改，请先由上级机构解锁。"
    ) -> None:
        """Use the general sentence unless a better one is given."""
        super().__init__(message)


class StaleVersionError(DomainError):
    """Somebody else has saved the record since the form was opened."""

    def __init__(self, message: str = "该记录已被他人修改，请核对最新内容后重新保存。") -> None:
        """Use the general sentence unless a better one is given."""
        super().__init__(message)


def require(condition: bool, message: str, *, field: str | None = None) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise ``DomainError`` with ``message`` unless ``condition`` holds."""
    if not condition:
        raise DomainError(message, field=field)
