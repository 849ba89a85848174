"""The report of a source: everything but its rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.intake.counts import RecordCount


@dataclass(frozen=True)
class SourceReport:
    """Counts of records that are not rows, counts of substitutions, and ignored files."""

    records: Mapping[str, RecordCount] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    ignored: tuple[str, ...] = ()
