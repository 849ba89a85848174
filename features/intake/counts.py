"""Counts of an import: rows of a table, and records of a source."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableCount:
    """Rows of one table: `read = loaded + duplicates + quarantined`.

    Attributes:
        quarantined: rows by kind of error.
        stored: rows of the table after the import; rows of a joint contract count once for each supplier.
        unconverted: stored rows whose amount has no value in the reporting currency, because a rate is missing.
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
