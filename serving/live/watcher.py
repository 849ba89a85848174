"""Looks each second for newer scorecards, profiles and facts, and replaces what is served between two requests."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from features.errors import InputError
from features.fleet.profile_store import POINTER
from models.promotion.champions import champions
from serving.live.live import Live, LiveScorecard, open_live_scorecard
from serving.logs import describe, get_log
from serving.profiles.from_facts import ProfilesFromFacts
from serving.profiles.stored import StoredProfiles
from serving.settings import Settings

LOOK_SECONDS: Final = 1.0

Mark = tuple[int, int, int] | None
"""What changes when a file is written again: modification time, size, inode."""


class Watcher:
    """Keeps `live` current. A change that cannot be used is logged, and what was served before stays."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._marks: dict[str, Mark] = {}
        self.live = Live()

    def open(self) -> None:
        """Open everything at start; InputError where anything is not fit to serve."""
        self._marks = self._file_marks()
        self.live = self._open_again(self._marks.keys())
        if not self.live.scorecards:
            raise InputError(
                "No scorecard has been promoted.",
                where=str(self._settings.home),
                fix="Run `supplier-credit propose` and `approve`, or serve a candidate for study with --unapproved.",
            )
        if not self.live.ready:
            raise InputError(
                "There are neither stored profiles nor facts to answer from.",
                where=str(self._settings.home),
                fix="Run `supplier-credit profile FACTS --fleet`.",
            )

    async def look(self) -> bool:
        """Open what has changed since the last look, while requests go on, and serve it; return whether it did."""
        marks = self._file_marks()
        changed = [name for name, mark in marks.items() if mark != self._marks.get(name)]
        self._marks = marks
        swapped = [await self._swap(name) for name in changed]
        if any(swapped):
            self._log()
        return any(swapped)

    async def _swap(self, name: str) -> bool:
        """Open one thing again and serve it; one that cannot be used does not delay the others."""
        try:
            self.live = await asyncio.to_thread(self._open_again, {name})
        except InputError as error:
            get_log().error("change-refused", why=str(error))
            return False
        except Exception as error:
            get_log().error("change-refused", **describe(error))
            return False
        return True

    def _file_marks(self) -> dict[str, Mark]:
        home, facts = self._settings.home, self._settings.facts
        files = {"profiles": home / "profiles" / POINTER, "facts": facts / "manifest.json"}
        if self._settings.unapproved is None:
            files["champions"] = home / "promotions.jsonl"
        else:
            files["champions"] = self._settings.unapproved / "scorecard.json"
        return {name: _mark(file) for name, file in files.items()}

    def _open_again(self, names: Collection[str]) -> Live:
        now = self.live
        scorecards = self._scorecards() if "champions" in names else now.scorecards
        stored = StoredProfiles.open(self._settings.home / "profiles") if "profiles" in names else now.stored
        from_facts = ProfilesFromFacts.open(self._settings.facts) if "facts" in names else now.from_facts
        for before, after in ((now.scorecards, scorecards), (now.stored, stored), (now.from_facts, from_facts)):
            if before and not after:
                raise InputError("What is served was removed from its place; it stays served until a restart.")
        return Live(scorecards, stored, from_facts).with_pickers()

    def _scorecards(self) -> dict[str, LiveScorecard]:
        if self._settings.unapproved is not None:
            first = open_live_scorecard(self._settings.unapproved, "")
            return {purpose: replace(first, purpose=purpose) for purpose in first.scorecard.spec.purposes}
        scorecards: dict[str, LiveScorecard] = {}
        for purpose, one in champions(self._settings.home).items():
            # What is open and unaltered is not opened again: most lines of the promotion ledger change nothing.
            opened = (*scorecards.values(), *self.live.scorecards.values())
            same = [live for live in opened if live.scorecard.digest == one.digest]
            live = same[0] if same else open_live_scorecard(one.folder, purpose, digest=one.digest)
            scorecards[purpose] = replace(live, purpose=purpose, approval_id=one.approval_id)
        return scorecards

    def _log(self) -> None:
        for purpose, live in self.live.scorecards.items():
            get_log().info("on-duty", purpose=purpose, scorecard=live.scorecard.name, digest=live.scorecard.digest)
        if self.live.stored is not None:
            get_log().info("on-duty", profiles=self.live.stored.last.as_of.isoformat(), rows=self.live.stored.rows)


def _mark(file: Path) -> Mark:
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
