"""What a reader changed, left out or took instead of a missing value: counted by code, with the first places."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PLACES_MAX = 5


class Action(StrEnum):
    """What a reader did with what it found."""

    KEPT = "kept"
    REPAIRED = "repaired"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class NoteKind:
    """One kind of note.

    Attributes:
        code: stable name, in capitals.
        table: the canonical table whose rows it concerns.
        action: what was done.
        text: the sentence of the summary.
    """

    code: str
    table: str
    action: Action
    text: str


def catalogue(*kinds: NoteKind) -> Mapping[str, NoteKind]:
    """Return kinds by code."""
    return {kind.code: kind for kind in kinds}


@dataclass
class NoteCount:
    """How often a kind of note applies, and its first places.

    Attributes:
        places: number of the file in the intake, and line or JSON pointer.
    """

    count: int = 0
    places: list[tuple[int, int | str]] = field(default_factory=list)

    def add(self, count: int, places: Iterable[tuple[int, int | str]]) -> None:
        """Add occurrences."""
        self.count += count
        for place in places:
            if len(self.places) < PLACES_MAX and place not in self.places:
                self.places.append(place)


class Notes:
    """The notes on one record: each code with its pointers."""

    def __init__(self) -> None:
        self._pointers: dict[str, list[str]] = {}

    def add(self, code: str, pointer: str) -> None:
        """Add a note on the part at a pointer."""
        self._pointers.setdefault(code, []).append(pointer)

    def extend(self, other: "Notes") -> None:
        """Add the notes on another part."""
        for code, pointers in other.items():
            self._pointers.setdefault(code, []).extend(pointers)

    def widen(self, other: "Notes") -> None:
        """Add the notes on another state of the same record: a note counts once for all states to which it applies."""
        for code, pointers in other.items():
            if len(pointers) > len(self._pointers.get(code, ())):
                self._pointers[code] = pointers

    def items(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each code with its pointers."""
        yield from self._pointers.items()


def sentences(counts: Mapping[str, NoteCount], kinds: Mapping[str, NoteKind]) -> Counter[str]:
    """Return the counts by the sentence of the summary."""
    return Counter({kinds[code].text: count.count for code, count in sorted(counts.items())})
