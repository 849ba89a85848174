"""A release and what all its parts share: ids and dates, parties and awards, and the rows made from it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.facts.tables import CATEGORIES, METHODS
from features.sources.ocds.parts.parties import Parties
from features.sources.ocds.shapes import BadRelease, Json, Substitute, day, listed, named, texts, within

Wrong = tuple[str, str, str] | None
Row = tuple[str, dict[str, object], str, Wrong]


@dataclass
class Release:
    """One release, split into its parts.

    Attributes:
        at: JSON pointer of the release.
        known_at: its date; `since` is the same date, as a substitute for a missing date.
        period: of the tender.
        rows: table, values, pointer and an error known already.
        notes: how often a substitute was used or something was left out, by sentence.
    """

    json: Json
    at: str
    ocid: str
    known_at: str
    since: Substitute
    tender: Json
    period: Json
    awards: list[tuple[str, Json]]
    parties: Parties
    rows: list[Row] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, release: Any, at: str) -> "Release":
        """Split a release into its parts; BadRelease where a part has the wrong shape."""
        if not isinstance(release, dict):
            raise BadRelease(at, "bad_shape", "is not an object")
        ocid, date = texts(release, "ocid", at), texts(release, "date", at)
        for name, value in (("ocid", ocid), ("date", date)):
            if value is None:
                raise BadRelease(f"{at}/{name}", "missing_value", "is required")
        known_at = day(date) or str(date)
        tender, awards = within(release, "tender", at), listed(release, "awards", at)
        return cls(
            json=release,
            at=at,
            ocid=str(ocid),
            known_at=known_at,
            since=Substitute(known_at),
            tender=tender,
            period=within(tender, "tenderPeriod", f"{at}/tender"),
            awards=awards,
            parties=Parties.of(release, tender, awards, at),
        )

    def add(self, table: str, values: Mapping[str, object], pointer: str, wrong: Wrong = None) -> None:
        """Add a row, known on the release's date."""
        clock = {"known_at": self.known_at, "source": "ocds", "source_ref": texts(self.json, "id", self.at)}
        self.rows.append((table, {**values, **clock}, pointer, wrong))

    @property
    def tender_id(self) -> str | None:
        """The tender's id, or None where the release has no tender."""
        return self.ocid if self.tender else None

    def manner(self) -> dict[str, object]:
        """Return the method and category of the procurement."""
        method, category = named(self.tender, "procurementMethod"), named(self.tender, "mainProcurementCategory")
        return {
            "method": method if method in METHODS else "other" if method else None,
            "category": category if category in CATEGORIES else None,
        }

    def award_dates(self) -> list[str]:
        """Return the dates of the awards that have a date."""
        return [d for pointer, award in self.awards if (d := day(texts(award, "date", pointer)))]
