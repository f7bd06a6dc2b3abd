"""State machines: an enum, a table of allowed moves, and one mixin whose ``move_to`` raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.base import LabelledEnum

StateT = TypeVar("StateT", bound="LabelledEnum")


class IllegalMoveError(ValueError):
    """A record was asked to move to a state that its present one does not lead to."""

    def __init__(self, before: LabelledEnum, after: LabelledEnum) -> None:
        """Say in the user's words which move was refused."""
        super().__init__(f"当前状态为“{before.label}”，不能变为“{after.label}”。")


class HasState(Generic[StateT]):
    """A record with a ``state`` column that changes only along ``MOVES``."""

    MOVES: ClassVar[Mapping[LabelledEnum, frozenset[LabelledEnum]]]

    def can_move_to(self, after: StateT) -> bool:
        """Whether the present state leads to ``after``."""
        return after in self.MOVES[self.state]  # type: ignore[attr-defined]

    def move_to(self, after: StateT) -> None:
        """Change the state, or raise ``IllegalMoveError``."""
        if not self.can_move_to(after):
            raise IllegalMoveError(self.state, after)  # type: ignore[attr-defined]
        self.state = after
