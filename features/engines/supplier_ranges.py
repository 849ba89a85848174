"""Ranges of suppliers: facts are sorted by supplier, so a range reads its own row groups and hardly any other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from features.facts.sql import literal, quoted

SIZE: Final = 37_000
"""Suppliers profiled at a time: some four million rows of facts, which take about a gigabyte."""
MEMORY: Final = "3GB"
"""Memory of the engine for a range before it uses the disk; results and files take another gigabyte."""


@dataclass(frozen=True)
class Range:
    """Suppliers from one id to another, both included, in the order of their UTF-8 bytes."""

    first: str
    last: str

    def condition(self, column: str = "supplier_id") -> str:
        """Return SQL that is true of a column's ids that lie in the range."""
        return f"{quoted(column)} BETWEEN {literal(self.first)} AND {literal(self.last)}"


def split_ranges(ids: Any, size: int) -> Iterator[tuple[Range, int]]:
    """Split sorted ids (an Arrow array, repeats allowed) into ranges of `size`, each with its number of ids."""
    for start in range(0, len(ids), size):
        count = min(size, len(ids) - start)
        yield Range(ids[start].as_py(), ids[start + count - 1].as_py()), count
