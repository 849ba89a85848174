"""Looks each second for newer scorecards, profiles and facts, and replaces what is served between two requests."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from features.errors import InputError
from features.fleet.profile_store import POINTER
from models.promotion.champions import Champion, champions_or_errors
from models.promotion.ledger import LEDGER
from serving.live.live import Live, LiveScorecard, open_live_scorecard
from serving.live.slot import Mark, Slot, SlotState, shown_error
from serving.logs import get_log
from serving.profiles.from_facts import ProfilesFromFacts
from serving.profiles.stored import StoredProfiles
from serving.settings import Settings

LOOK_SECONDS: Final = 1.0

Champions = Mapping[str, Champion | InputError]


class Watcher:
    """Keeps `live` current: a slot for each scorecard, the profiles and the facts. One that fails delays no other.

    Args:
        settings: where the things are.
        accept: called before a promotion ledger is used; an InputError refuses it.
    """

    def __init__(self, settings: Settings, accept: Callable[[], None] = lambda: None) -> None:
        self._settings, self._accept = settings, accept
        self._promotions = Slot[Champions]()
        self._scorecards: dict[str, Slot[LiveScorecard]] = {}
        self._profiles, self._facts = Slot[StoredProfiles](), Slot[ProfilesFromFacts]()
        self._closing: set[asyncio.Task[None]] = set()
        self.live = Live()

    def open(self) -> None:
        """Open everything at start; InputError where no purpose can be scored. What fails alone is tried again."""
        for load in (self._load_scorecards, self._load_profiles, self._load_facts):
            load()
        self.live = self._build()
        if not self.live.ready:
            raise self._reason()
        self._log()

    async def look(self) -> bool:
        """Open what has changed or is to be tried again, while requests go on; return whether anything is replaced."""
        replaced = False
        for load in (self._load_scorecards, self._load_profiles, self._load_facts):
            if not await asyncio.to_thread(load):
                continue
            before, self.live, replaced = self.live, await asyncio.to_thread(self._build), True
            if before.from_facts is not None and before.from_facts is not self.live.from_facts:
                closing = asyncio.create_task(before.from_facts.close_when_idle())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
        if replaced:
            self._log()
        return replaced

    @property
    def states(self) -> list[SlotState]:
        """What is wanted and what is served, for each thing and purpose."""
        home, live = self._settings.home, self.live
        shown = [self._promotions.state("promotions", None, home=home)] if self._promotions.failure else []
        for purpose, slot in sorted(self._scorecards.items()):
            served = live.scorecards.get(purpose)
            state = slot.state("scorecard", served.scorecard.digest if served else None, home=home, purpose=purpose)
            refusal = live.unbound.get(purpose)
            shown.append(replace(state, error=shown_error(refusal, home)) if refusal and not state.error else state)
        stored, facts = live.stored, live.from_facts
        shown.append(self._profiles.state("profiles", stored.name if stored else None, home=home))
        shown.append(self._facts.state("facts", facts.digest if facts else None, home=home))
        return shown

    def _load_scorecards(self) -> bool:
        """Read the promotions, and open each champion that is not open yet; return whether any is replaced."""
        unapproved = self._settings.unapproved
        mark = _mark(self._settings.home / LEDGER if unapproved is None else unapproved / "scorecard.json")
        if not self._promotions.due(mark) and not any(
            slot.failure and slot.due(mark) for slot in self._scorecards.values()
        ):
            return False
        if unapproved is not None:
            return self._load_unapproved(unapproved, mark)
        if not self._promotions.load(mark, self._champions):
            return False
        champions = self._promotions.value or {}
        replaced = False
        for gone in self._scorecards.keys() - champions.keys():
            del self._scorecards[gone]
            replaced = True
        for purpose, champion in champions.items():
            replaced |= self._load_scorecard(purpose, champion, mark)
        return replaced

    def _load_scorecard(self, purpose: str, champion: Champion | InputError, mark: Mark) -> bool:
        slot = self._scorecards.setdefault(purpose, Slot[LiveScorecard]())
        before = slot.value

        def open_champion() -> LiveScorecard:
            if isinstance(champion, InputError):
                raise champion
            slot.wanted = champion.digest
            # What is open and unaltered is not opened again: most lines of the promotion ledger change nothing.
            opened = [one.value for one in self._scorecards.values() if one.value is not None]
            same = [live for live in opened if live.scorecard.digest == champion.digest]
            live = same[0] if same else open_live_scorecard(champion.folder, purpose, digest=champion.digest)
            return replace(live, purpose=purpose, approval_id=champion.approval_id)

        if not slot.load(mark, open_champion) or slot.value is None:
            return False
        return before is None or (before.scorecard, before.approval_id) != (
            slot.value.scorecard,
            slot.value.approval_id,
        )

    def _load_unapproved(self, folder: Path, mark: Mark) -> bool:
        def open_candidate() -> Champions:
            first = open_live_scorecard(folder, "")
            for purpose in first.scorecard.spec.purposes:
                slot = self._scorecards.setdefault(purpose, Slot[LiveScorecard]())
                slot.load(mark, lambda purpose=purpose: replace(first, purpose=purpose))  # type: ignore[misc]
            return {}

        return self._promotions.load(mark, open_candidate)

    def _champions(self) -> Champions:
        champions = champions_or_errors(self._settings.home)
        if not champions and self._scorecards and not (self._settings.home / LEDGER).exists():
            raise InputError("What is served was removed from its place; it stays served until a restart.")
        self._accept()
        return champions

    def _load_profiles(self) -> bool:
        folder = self._settings.home / "profiles"
        return _load(self._profiles, folder / POINTER, "folder", lambda: StoredProfiles.open(folder))

    def _load_facts(self) -> bool:
        folder = self._settings.facts
        return _load(self._facts, folder / "manifest.json", "digest", lambda: ProfilesFromFacts.open(folder))

    def _build(self) -> Live:
        scorecards = {purpose: slot.value for purpose, slot in self._scorecards.items() if slot.value is not None}
        failures = {
            purpose: slot.failure or InputError("It is not open.")
            for purpose, slot in self._scorecards.items()
            if slot.value is None
        }
        return Live(scorecards, self._profiles.value, self._facts.value, refusals=failures).with_pickers()

    def _reason(self) -> InputError:
        """Return why nothing can be scored."""
        home = str(self._settings.home)
        if self._promotions.failure is not None:
            return self._promotions.failure
        if not self._scorecards:
            fix = "Run `supplier-credit propose` and `approve`, or serve a candidate for study with --unapproved."
            return InputError("No scorecard has been promoted.", where=home, fix=fix)
        failures = [slot.failure for slot in self._scorecards.values() if slot.value is None and slot.failure]
        if not self.live.scorecards and failures:
            return failures[0]
        failed = self._profiles.failure or self._facts.failure
        if failed is not None:
            return failed
        if self.live.stored is None and self.live.from_facts is None:
            fix = "Run `supplier-credit profile FACTS --fleet`."
            return InputError("There are neither stored profiles nor facts to answer from.", where=home, fix=fix)
        return next(iter(self.live.refusals.values()))

    def _log(self) -> None:
        for purpose, live in self.live.scorecards.items():
            get_log().info("on-duty", purpose=purpose, scorecard=live.scorecard.name, digest=live.scorecard.digest)
        for purpose, why in self.live.refusals.items():
            get_log().error("purpose-refused", purpose=purpose, why=str(why))
        if self.live.stored is not None:
            get_log().info("on-duty", profiles=self.live.stored.last.as_of.isoformat(), rows=self.live.stored.rows)


def _load(slot: Slot[Any], file: Path, key: str, open_thing: Callable[[], Any]) -> bool:
    """Load a slot that is due, from the file that names what is wanted; return whether it is replaced."""
    mark = _mark(file)
    if not slot.due(mark):
        return False
    before, slot.wanted = slot.value, _wanted(file, key)
    return slot.load(mark, open_thing) and slot.value is not before


def _wanted(file: Path, key: str) -> str | None:
    """Return what a pointer or manifest names, None where it cannot be read."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))[key])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mark(file: Path) -> Mark:
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
