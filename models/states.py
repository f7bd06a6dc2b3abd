"""State machines: an enum, a table of allowed moves, and one mixin whose ``move_to`` raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.base import LabelledEnum

StateT = TypeVar("StateT", bound="LabelledEnum")


#: The column that holds the state.
_COLUMN: Final = "state"


class IllegalMoveError(ValueError):
    """A record was asked to move to a state that its present one does not lead to."""

    def __init__(self, before: LabelledEnum, after: LabelledEnum) -> None:
        """Say in the user's words which move was refused."""
        super().__init__(
            f"该记录已经是“{after.label}”状态，不用再办一次。"
            if before is after
            else f"该记录现在是“{before.label}”状态，不能改为“{after.label}”。"
        )


class HasState(Generic[StateT]):
    """A record with a ``state`` column that changes only along ``MOVES``."""

    MOVES: ClassVar[Mapping[Any, frozenset[Any]]]

    def can_move_to(self, after: StateT) -> bool:
        """Whether the present state leads to ``after``."""
        return after in self.MOVES[self._present()]

    def move_to(self, after: StateT) -> None:
        """Change the state, or raise ``IllegalMoveError``."""
        if not self.can_move_to(after):
            raise IllegalMoveError(self._present(), after)
        setattr(self, _COLUMN, after)

    def _present(self) -> StateT:
        # The column belongs to the mapped class; only its name is known here.
        present: StateT = getattr(self, _COLUMN)
        return present
