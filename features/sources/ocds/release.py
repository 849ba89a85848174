"""One OCDS release → rows of the canonical tables."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from features.sources.ocds import bids, contracts, stages
from features.sources.ocds.context import Release, Row
from features.sources.ocds.shapes import BadRelease, amount, day, named, texts, within

__all__ = ["BadRelease", "ReleaseRows"]


@dataclass(frozen=True)
class ReleaseRows:
    """The rows of one release, all known on its date.

    Attributes:
        notes: how often something had to be taken from elsewhere or left out.
    """

    rows: list[Row]
    notes: Counter[str]

    @classmethod
    def of(cls, release: Any, at: str) -> "ReleaseRows":
        """Make the rows of a release; BadRelease if any part of it that is read has the wrong shape."""
        made = Release.of(release, at)
        for table, values, pointer in made.parties.rows():
            made.add(table, values, pointer)
        if made.tender:
            _add_tender(made)
        stages.add(made)
        bids.add(made)
        contracts.add(made)
        return cls(made.rows, made.notes)


def _add_tender(made: Release) -> None:
    at = f"{made.at}/tender"
    value = within(made.tender, "value", at)
    start = day(texts(made.period, "startDate", at))
    if start is None:
        made.notes["a tender without a start of its period counts as published on its release's date"] += 1
    row = {
        "tender_id": made.ocid,
        "buyer_id": made.parties.buyer_id,
        **made.manner(),
        "estimate": amount(value),
        "currency": named(value, "currency"),
        "published_on": start or made.since,
        "deadline": day(texts(made.period, "endDate", at)),
        "awarded_on": min(made.award_dates(), default=None),
    }
    made.add("tenders", row, at)
