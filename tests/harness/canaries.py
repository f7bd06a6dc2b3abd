"""Texts that occur once in the world, so that wherever one shows it tells whose it is."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: CN, two letters for the node, three for the object, two for the field: letters only, since the
#: name of a person holds nothing else. Found in any case (user names are folded), overlapping too.
_SHAPE: Final = re.compile("(?=(CN[A-Z]{7}))", re.IGNORECASE)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: The field that everybody who is signed in may know of every institution.
NAME: Final = "name"


@dataclass(frozen=True)
class Canary:
    """A text, the node to whose records it belongs, and the field in which it stands."""

    text: str
    node: str
    field: str

    def __str__(self) -> str:
        return f"{self.text} ({self.field} of {self.node})"


@dataclass
class Canaries:
    """All canaries of a world: words of a fixed shape, and whatever else is unique (numbers)."""

    _words: dict[str, Canary] = field(default_factory=dict)
    _others: dict[str, Canary] = field(default_factory=dict)
    _objects: Iterator[int] = field(default_factory=itertools.count)
    _nodes: dict[str, str] = field(default_factory=dict)
    _fields: dict[str, str] = field(default_factory=dict)

    def of(self, node: str) -> Marker:
        """Return what marks the fields of one new object of ``node``."""
        return Marker(self, node, _in_letters(next(self._objects), 3))

    def keep(self, text: str, node: str, name: str) -> str:
        """Watch ``text``, which is unique in the world; return it."""
        self._others[text] = Canary(text, node, name)
        return text

    def add_word(self, node: str, key: str, name: str) -> str:
        code = self._nodes.setdefault(node, _in_letters(len(self._nodes), 2))
        mark = self._fields.setdefault(name, _in_letters(len(self._fields), 2))
        text = f"CN{code}{key}{mark}"
        self._words[text.lower()] = Canary(text, node, name)
        return text

    def found_in(self, text: str) -> set[Canary]:
        """Return the canaries that stand in ``text``."""
        found = {
            self._words[word.lower()]
            for word in _SHAPE.findall(text)
            if word.lower() in self._words
        }
        found.update(canary for other, canary in self._others.items() if other in text)
        return found

    def secrets_in(self, text: str) -> set[Canary]:
        """Return the numbers that stand in ``text``."""
        return {canary for other, canary in self._others.items() if other in text}


@dataclass(frozen=True)
class Marker:
    """Makes the texts of one object."""

    canaries: Canaries
    node: str
    key: str

    def __call__(self, name: str, before: str = "") -> str:
        """Return a text for the field ``name``, after some ordinary words."""
        return before + self.canaries.add_word(self.node, self.key, name)

    def keep(self, text: str, name: str) -> str:
        """Watch a number of this object; return it."""
        return self.canaries.keep(text, self.node, name)


def _in_letters(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    assert number == 0, "more marks than letters"
    return "".join(reversed(letters))
