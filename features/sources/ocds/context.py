"""A release and what all its parts share: ids and dates, parties and awards, and the rows made from it."""

import json
from dataclasses import dataclass, field
from typing import Any

from features.facts.tables import CATEGORIES, METHODS
from features.sources.notes import Notes
from features.sources.ocds.events import later_event, latest
from features.sources.ocds.normal import normal
from features.sources.ocds.parts.parties import Parties
from features.sources.ocds.reading import Fault, Reading
from features.sources.ocds.shapes import BadRelease, Json, Substitute, amount, day, named, statuses, texts, within

_FAILED = {"cancelled", "unsuccessful"}


@dataclass(kw_only=True)
class Release(Reading):
    """One release, split into its parts.

    Attributes:
        is_older: whether its date is earlier than `known_at`.
        since: `known_at`, as a substitute for a missing date.
        period: of the tender.
        awards: the awards with their pointers; none whose id another award has.
        repeated_awards: ids that several different awards have.
    """

    ocid: str
    is_older: bool
    since: Substitute
    tender: Json = field(default_factory=dict)
    period: Json = field(default_factory=dict)
    awards: list[tuple[str, Json]] = field(default_factory=list)
    bids: list[tuple[str, Json]] = field(default_factory=list)
    repeated_awards: set[str] = field(default_factory=set)
    parties: Parties = field(default_factory=Parties)

    @classmethod
    def of(cls, release: Any, at: str, tz: str, *, not_before: str = "") -> "Release":
        """Split a release into its parts; BadRelease where it has no ocid or date, or is no object."""
        if not isinstance(release, dict):
            raise BadRelease(at, "bad_shape", "is not an object")
        ocid, date = texts(release, "ocid", at), texts(release, "date", at)
        for name, value in (("ocid", ocid), ("date", date)):
            if value is None:
                raise BadRelease(f"{at}/{name}", "missing_value", "is required")
        notes = Notes()
        read = normal(release, at, notes)
        published = day(date) or str(date)
        event = later_event(read, published, tz)
        if event:
            notes.add("RELEASE_OLDER_THAN_CONTENT", f"{at}/date")
        known_at = latest(event or published, not_before, tz)
        parsed = cls(
            json=read,
            at=at,
            ocid=str(ocid),
            known_at=known_at,
            is_older=known_at != published,
            since=Substitute(known_at),
            notes=notes,
        )
        parsed._split()
        return parsed

    def _split(self) -> None:
        self.tender = self.within(self.json, "tender", self.at, "tenders")
        period = self.tender.get("tenderPeriod")
        self.period = period if isinstance(period, dict) else {}
        self.bids = self.listed(self.within(self.json, "bids", self.at, "bids"), "details", f"{self.at}/bids", "bids")
        contents: dict[str | None, set[str]] = {}
        awards = []
        for pointer, award in self.listed(self.json, "awards", self.at, "bids"):
            with self.part("bids", pointer):
                award_id = texts(award, "id", pointer)
                _check_award(award, pointer)
                contents.setdefault(award_id, set()).add(json.dumps(award, sort_keys=True, default=str))
                awards.append((award_id, pointer, award))
        self.repeated_awards = {name for name, different in contents.items() if name and len(different) > 1}
        for award_id, pointer, award in awards:
            if award_id in self.repeated_awards:
                reason = "is the id of another award of the release that differs"
                self.faults.append(Fault("bids", pointer, f"{pointer}/id", "same_id_twice", reason))
            else:
                self.awards.append((pointer, award))
        self.parties = Parties.of(self, self.tender, awards=self.awards, bids=self.bids)

    @property
    def tender_id(self) -> str | None:
        """The tender's id, or None where the release has no tender."""
        return self.ocid if self.tender else None

    @property
    def tender_failed(self) -> bool:
        """Whether the tender was cancelled or unsuccessful, so that nothing of it came into force."""
        return bool(statuses(self.tender) & _FAILED)

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


def _check_award(award: Json, pointer: str) -> None:
    """Raise BadRelease if a part of an award that other parts read has the wrong shape."""
    texts(award, "date", pointer)
    amount(within(award, "value", pointer))
    within(award, "contractPeriod", pointer)
    suppliers = award.get("suppliers")
    for i, mention in enumerate(suppliers if isinstance(suppliers, list) else ()):
        if isinstance(mention, dict):
            at = f"{pointer}/suppliers/{i}"
            texts(mention, "id", at)
            texts(within(mention, "identifier", at), "id", f"{at}/identifier")


def repeated_ids(objects: list[tuple[str, Json]]) -> set[str]:
    """Return the ids that several objects with different contents have."""
    contents: dict[str, set[str]] = {}
    for _, item in objects:
        if item.get("id") is not None:
            contents.setdefault(str(item["id"]), set()).add(json.dumps(item, sort_keys=True, default=str))
    return {name for name, different in contents.items() if len(different) > 1}
