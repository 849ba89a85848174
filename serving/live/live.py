"""What is on duty now: scorecards, stored profiles, facts. Looked up each second, swapped between requests."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from features.errors import InputError
from features.fleet.profile_store import POINTER
from models.promotion.champions import champions
from serving.live.live_scorecard import Binding, Card, open_card
from serving.logs import describe, get_log
from serving.profiles.from_facts import DatedProfiles
from serving.profiles.stored import StoredProfiles
from serving.settings import Settings

LOOK_SECONDS: Final = 1.0

Mark = tuple[int, int, int] | None
"""What changes when a file is written anew: modification time, size, inode."""


@dataclass(frozen=True)
class Duty:
    """Everything one request answers from; it never changes, a change makes another."""

    cards: Mapping[str, Card] = field(default_factory=dict)
    stored: StoredProfiles | None = None
    dated: DatedProfiles | None = None
    bound_stored: Mapping[str, Binding] = field(default_factory=dict)
    bound_dated: Mapping[str, Binding] = field(default_factory=dict)

    def bind(self) -> "Duty":
        """Return the same duty with every scorecard bound to the columns of both roads."""
        return replace(self, bound_stored=self._bound(self.stored), bound_dated=self._bound(self.dated))

    def _bound(self, road: StoredProfiles | DatedProfiles | None) -> dict[str, Binding]:
        if road is None:
            return {}
        return {purpose: Binding(card.scorecard, road.columns) for purpose, card in self.cards.items()}

    @property
    def ready(self) -> bool:
        """Whether there is a scorecard and a road to a profile."""
        return bool(self.cards) and (self.stored is not None or self.dated is not None)

    @property
    def zone(self) -> ZoneInfo:
        """The deployment's time zone."""
        road = self.stored or self.dated
        return road.zone if road is not None else ZoneInfo("UTC")

    @property
    def currency(self) -> str | None:
        """The deployment's currency."""
        road = self.stored or self.dated
        return road.currency if road is not None else None


class Watch:
    """Keeps `duty` current. A change that cannot be used is logged, and what was on duty stays."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._marks: dict[str, Mark] = {}
        self.duty = Duty()

    def open(self) -> None:
        """Open everything at start; InputError where anything is not fit to serve."""
        self._marks = self._look()
        self.duty = self._opened(self._marks.keys())
        if not self.duty.cards:
            raise InputError(
                "No scorecard has been promoted.",
                where=str(self._settings.home),
                fix="Run `supplier-credit propose` and `approve`, or serve a candidate for study with --unapproved.",
            )
        if not self.duty.ready:
            raise InputError(
                "There are neither stored profiles nor facts to answer from.",
                where=str(self._settings.home),
                fix="Run `supplier-credit profile FACTS --fleet`.",
            )

    async def look(self) -> bool:
        """Open what has changed since the last look, beside the running requests, and swap; say whether it did."""
        marks = self._look()
        changed = [name for name, mark in marks.items() if mark != self._marks.get(name)]
        self._marks = marks
        swapped = [await self._swap(name) for name in changed]
        if any(swapped):
            self._tell()
        return any(swapped)

    async def _swap(self, name: str) -> bool:
        """Open one thing anew and put it on duty; what cannot be used holds up no other."""
        try:
            self.duty = await asyncio.to_thread(self._opened, {name})
        except InputError as error:
            get_log().error("change-refused", why=str(error))
            return False
        except Exception as error:
            get_log().error("change-refused", **describe(error))
            return False
        return True

    def _look(self) -> dict[str, Mark]:
        home, facts = self._settings.home, self._settings.facts
        files = {"profiles": home / "profiles" / POINTER, "facts": facts / "manifest.json"}
        if self._settings.unapproved is None:
            files["champions"] = home / "promotions.jsonl"
        else:
            files["champions"] = self._settings.unapproved / "scorecard.json"
        return {name: _mark(file) for name, file in files.items()}

    def _opened(self, names: Collection[str]) -> Duty:
        now = self.duty
        cards = self._cards() if "champions" in names else now.cards
        stored = StoredProfiles.open(self._settings.home / "profiles") if "profiles" in names else now.stored
        dated = DatedProfiles.open(self._settings.facts) if "facts" in names else now.dated
        for before, after in ((now.cards, cards), (now.stored, stored), (now.dated, dated)):
            if before and not after:
                raise InputError("What was on duty is gone from its place, and stays on duty until a restart.")
        return Duty(cards, stored, dated).bind()

    def _cards(self) -> dict[str, Card]:
        if self._settings.unapproved is not None:
            first = open_card(self._settings.unapproved, "")
            return {purpose: replace(first, purpose=purpose) for purpose in first.scorecard.spec.purposes}
        held: dict[str, Card] = {}
        for purpose, one in champions(self._settings.home).items():
            # What is open and was just found unaltered is not opened again: most lines of the ledger change nothing.
            opened = (*held.values(), *self.duty.cards.values())
            same = [card for card in opened if card.scorecard.digest == one.digest]
            card = same[0] if same else open_card(one.folder, purpose, digest=one.digest)
            held[purpose] = replace(card, purpose=purpose, approval_id=one.approval_id)
        return held

    def _tell(self) -> None:
        for purpose, card in self.duty.cards.items():
            get_log().info("on-duty", purpose=purpose, scorecard=card.scorecard.name, digest=card.scorecard.digest)
        if self.duty.stored is not None:
            get_log().info("on-duty", profiles=self.duty.stored.last.as_of.isoformat(), rows=self.duty.stored.rows)


def _mark(file: Path) -> Mark:
    try:
        seen = file.stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)
