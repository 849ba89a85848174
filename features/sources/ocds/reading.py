"""Reading a release part by part: what cannot be read becomes a fault, and the parts beside it are read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from features.sources.notes import Notes
from features.sources.ocds.shapes import BadRelease, Json, texts, within

Wrong = tuple[str, str, str] | None
Row = tuple[str, dict[str, object], str, Wrong]


@dataclass(frozen=True)
class Fault:
    """A part of a release that cannot be read; the other parts are.

    Attributes:
        table: the table whose rows are lost.
        part: JSON pointer of the part that is lost.
        pointer: JSON pointer of what is wrong in it.
    """

    table: str
    part: str
    pointer: str
    kind: str
    reason: str


@dataclass(kw_only=True)
class Reading:
    """One release, and what was read of it.

    Attributes:
        json: the release in its normal form.
        at: JSON pointer of the release.
        known_at: its date, or the day of the latest event that it reports, if that is later.
        rows: table, values, pointer and an error known already.
        faults: parts that cannot be read.
        notes: what was changed, left out or taken instead of a missing value.
    """

    json: Json
    at: str
    known_at: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)

    def add(self, table: str, values: Mapping[str, object], pointer: str, wrong: Wrong = None) -> None:
        """Add a row, known from `known_at`."""
        clock = {"known_at": self.known_at, "source": "ocds", "source_ref": texts(self.json, "id", self.at)}
        self.rows.append((table, {**values, **clock}, pointer, wrong))

    def note(self, code: str, pointer: str) -> None:
        """Add a note on the part at a pointer."""
        self.notes.add(code, pointer)

    @contextmanager
    def part(self, table: str, pointer: str) -> Iterator[None]:
        """Read a part by itself: where it cannot be read, it gets a fault and leaves no rows."""
        rows = len(self.rows)
        try:
            yield
        except BadRelease as bad:
            del self.rows[rows:]
            self._add_fault(table, pointer, bad)

    def within(self, parent: Json, name: str, at: str, table: str) -> Json:
        """Return the object called `name`; empty where there is none, or where it gets a fault."""
        with self.part(table, f"{at}/{name}"):
            return within(parent, name, at)
        return {}

    def listed(self, parent: Json, name: str, at: str, table: str) -> list[tuple[str, Json]]:
        """Return the objects in the array called `name`, each with its pointer; what is no object gets a fault."""
        part = parent.get(name)
        if part is None:
            return []
        if not isinstance(part, list):
            self._add_fault(table, f"{at}/{name}", BadRelease(f"{at}/{name}", "bad_shape", "is not an array"))
            return []
        objects = []
        for i, item in enumerate(part):
            pointer = f"{at}/{name}/{i}"
            if isinstance(item, dict):
                objects.append((pointer, item))
            else:
                self._add_fault(table, pointer, BadRelease(pointer, "bad_shape", "is not an object"))
        return objects

    def _add_fault(self, table: str, part: str, bad: BadRelease) -> None:
        if all(fault.pointer != bad.pointer for fault in self.faults):
            self.faults.append(Fault(table, part, bad.pointer, bad.kind, bad.reason))
