"""Counts of what an import read: rows of a table, and records of a source."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableCount:
    """Rows of one table: `read = loaded + duplicates + quarantined`.

    Attributes:
        quarantined: rows by kind of trouble.
        stored: rows that the table holds after the import, the supplier's copies of a joint contract's children
            counted each.
        unconverted: rows of it that have an amount but none in the reporting currency, for want of a rate.
    """

    read: int
    loaded: int
    duplicates: int
    quarantined: Counter[str]
    stored: int = 0
    unconverted: int = 0


@dataclass(frozen=True)
class RecordCount:
    """Records of a source that are not rows of a table: `read = used + excluded + quarantined`."""

    read: int
    used: int
    excluded: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0
