"""One OCDS release → rows of the canonical tables."""

from dataclasses import dataclass, field
from typing import Any

from features.sources.notes import Notes
from features.sources.ocds.context import Release
from features.sources.ocds.parts import bids, contracts, stages
from features.sources.ocds.reading import Fault, Row
from features.sources.ocds.shapes import BadRelease, Json, amount, day, named, texts, within

__all__ = ["BadRelease", "ReleaseRows"]


@dataclass(frozen=True)
class ReleaseRows:
    """The rows of one release, all known from its date, or from the day of the latest event that it reports.

    Attributes:
        notes: what was changed, left out or taken instead of a missing value.
        faults: the parts that cannot be read.
        json: the release in its normal form.
    """

    rows: list[Row]
    notes: Notes
    faults: list[Fault] = field(default_factory=list)
    json: Json = field(default_factory=dict)
    known_at: str = ""

    @classmethod
    def of(cls, release: Any, at: str, tz: str = "UTC", *, not_before: str = "") -> "ReleaseRows":
        """Make the rows of a release; BadRelease if it has no ocid or date.

        Args:
            release: the release.
            at: its JSON pointer.
            tz: the time zone of dates without an offset.
            not_before: when an earlier state of the same process was known, if that is later than this one's date.
        """
        parsed = Release.of(release, at, tz, not_before=not_before)
        parsed.parties.add_rows(parsed)
        if parsed.tender:
            with parsed.part("tenders", f"{at}/tender"):
                _add_tender(parsed)
        stages.add(parsed)
        bids.add(parsed)
        contracts.add(parsed)
        return cls(parsed.rows, parsed.notes, parsed.faults, parsed.json, parsed.known_at)


def _add_tender(parsed: Release) -> None:
    at = f"{parsed.at}/tender"
    value, period = within(parsed.tender, "value", at), within(parsed.tender, "tenderPeriod", at)
    start, end = (day(texts(period, name, f"{at}/tenderPeriod")) for name in ("startDate", "endDate"))
    row = {
        "tender_id": parsed.ocid,
        "buyer_id": parsed.parties.buyer_id,
        **parsed.manner(),
        "estimate": amount(value),
        "currency": named(value, "currency"),
        "published_on": start or parsed.since,
        "deadline": end,
        "awarded_on": min(parsed.award_dates(), default=None),
    }
    parsed.add("tenders", row, at)
    if start is None:
        parsed.note("TENDER_UNDATED", at)
