"""What a source says about itself besides its rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.intake.counts import RecordCount


@dataclass(frozen=True)
class SourceReport:
    """Records that are not rows, choices made, files left aside."""

    records: Mapping[str, RecordCount] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    ignored: tuple[str, ...] = ()
