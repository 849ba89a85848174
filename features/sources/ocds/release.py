"""One OCDS release → rows of the canonical tables."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from features.sources.ocds.context import Release, Row
from features.sources.ocds.parts import bids, contracts, stages
from features.sources.ocds.shapes import BadRelease, amount, day, named, texts, within

__all__ = ["BadRelease", "ReleaseRows"]


@dataclass(frozen=True)
class ReleaseRows:
    """The rows of one release, all known on its date.

    Attributes:
        notes: how often a substitute was used or something was left out, by sentence.
    """

    rows: list[Row]
    notes: Counter[str]

    @classmethod
    def of(cls, release: Any, at: str) -> "ReleaseRows":
        """Make the rows of a release; BadRelease if a part that is read has the wrong shape."""
        parsed = Release.of(release, at)
        for table, values, pointer in parsed.parties.rows():
            parsed.add(table, values, pointer)
        if parsed.tender:
            _add_tender(parsed)
        stages.add(parsed)
        bids.add(parsed)
        contracts.add(parsed)
        return cls(parsed.rows, parsed.notes)


def _add_tender(parsed: Release) -> None:
    at = f"{parsed.at}/tender"
    value = within(parsed.tender, "value", at)
    start = day(texts(parsed.period, "startDate", at))
    if start is None:
        parsed.notes["a tender without a start of its period counts as published on its release's date"] += 1
    row = {
        "tender_id": parsed.ocid,
        "buyer_id": parsed.parties.buyer_id,
        **parsed.manner(),
        "estimate": amount(value),
        "currency": named(value, "currency"),
        "published_on": start or parsed.since,
        "deadline": day(texts(parsed.period, "endDate", at)),
        "awarded_on": min(parsed.award_dates(), default=None),
    }
    parsed.add("tenders", row, at)
