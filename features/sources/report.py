"""The report of a source: everything but its rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.intake.counts import RecordCount
from features.sources.notes import NoteCount, NoteKind


@dataclass(frozen=True)
class SourceReport:
    """Counts of records that are not rows, notes on what the reader changed, and ignored files.

    Attributes:
        notes: how often each note applies, by its sentence.
        counts_by_code: the same notes by code, with their first places, where the source gives codes.
        kinds: the kind of each code in `counts_by_code`.
    """

    records: Mapping[str, RecordCount] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    ignored: tuple[str, ...] = ()
    counts_by_code: Mapping[str, NoteCount] = field(default_factory=dict)
    kinds: Mapping[str, NoteKind] = field(default_factory=dict)
