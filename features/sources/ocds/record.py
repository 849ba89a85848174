"""A record that embeds releases without compiling them: the rows that each release made known."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.facts.tables import TABLES
from features.sources.notes import Notes
from features.sources.ocds.events import instant_of
from features.sources.ocds.merging import RULES, RULES_1_0, moment, states
from features.sources.ocds.normal import ids_with_types, normal
from features.sources.ocds.parts.contracts import NO_SUPPLIER
from features.sources.ocds.reading import Fault, Row
from features.sources.ocds.release import BadRelease, ReleaseRows
from features.sources.ocds.shapes import Json, Substitute, texts

Values = dict[str, object]
_Key = tuple[object, ...]

_CLOCK = {"known_at", "source", "source_ref"}
_PARTIES = {"suppliers", "buyers"}  # a party that is mentioned no more is still a party


@dataclass
class RecordRows:
    """The rows of a record.

    Attributes:
        used: number of different releases.
        waiting: by contract id, the row of a contract whose award no release has given yet.
    """

    used: int = 0
    rows: list[Row] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    faults: list[Fault] = field(default_factory=list)
    latest: dict[_Key, Values] = field(default_factory=dict)
    waiting: dict[object, Row] = field(default_factory=dict)

    def add_state(self, state: ReleaseRows, pointer: str) -> None:
        """Add what a state of the process changed."""
        self.rows += self._changes(state, pointer)

    def finish(self) -> None:
        """Add the contracts that no release gave an award."""
        self.rows += self.waiting.values()

    def _changes(self, state: ReleaseRows, pointer: str) -> Iterator[Row]:
        """Yield the rows of a state that differ from the latest, and retract those that it has no more."""
        keys, changed = set(), []
        for table, values, _, wrong in state.rows:
            key = (table, *(values.get(name) for name in TABLES[table].key))
            if wrong == NO_SUPPLIER:
                self.waiting[values["contract_id"]] = (table, values, pointer, wrong)
                continue
            if table == "contracts" and values["contract_id"] in self.waiting:
                del self.waiting[values["contract_id"]]
                self.notes.add("CONTRACT_BEFORE_AWARD", pointer)
            if values.get("retracted"):
                continue
            keys.add(key)
            before = self.latest.get(key, {})
            now = {name: _first_substitute(before.get(name), value) for name, value in values.items()}
            if _content(now) != _content(before):
                changed.append((table, now, pointer, wrong))
                self.latest[key] = now
        for key in [k for k in self.latest if k not in keys and k[0] not in _PARTIES]:
            gone = {**self.latest.pop(key), "known_at": state.known_at, "retracted": True}
            yield str(key[0]), gone, pointer, None
        yield from changed


def rows_of_record(given: Sequence[tuple[str, Any]], at: str, tz: str, version: object) -> RecordRows:
    """Return the rows of a record, each in its first version and again where a release changed it.

    A note counts once for all releases to which it applies. BadRelease names the release that is wrong.

    Args:
        given: pointer and release of each.
        at: pointer of the record.
        tz: the time zone of dates without an offset.
        version: of its package, or None where that names none.
    """
    out = RecordRows()
    releases = _readable(given, tz, out)
    is_1_0 = str(version).startswith("1.0") if version else all("parties" not in r for _, r in releases)
    if is_1_0 and len(releases) > 1:
        out.notes.add("MERGED_BY_1_0", at)
    ids = {id_and_type for _, release in given for id_and_type in ids_with_types(release)}
    if len(ids) > len({(path, text) for path, text, _ in ids}):
        out.notes.add("ID_OF_TWO_TYPES", at)
    waiting: tuple[ReleaseRows, str] | None = None
    of_states = Notes()
    for pointer, state in states(releases, at, tz, rules=RULES_1_0 if is_1_0 else RULES, notes=out.notes):
        parsed = ReleaseRows.of(state, pointer, tz, not_before=waiting[0].known_at if waiting else "")
        of_states.widen(parsed.notes)
        # A state that became known at the same instant as the one before it replaces it.
        if waiting and instant_of(waiting[0].known_at, tz) < instant_of(parsed.known_at, tz):
            out.add_state(*waiting)
        waiting = parsed, pointer
    if waiting:
        out.add_state(*waiting)
        out.faults += waiting[0].faults
    out.notes.extend(of_states)
    out.finish()
    return out


def _readable(given: Sequence[tuple[str, Any]], tz: str, out: RecordRows) -> list[tuple[str, Json]]:
    """Return the different releases in their normal form, without the parts that cannot be read."""
    releases = []
    for pointer, release in given:
        if not isinstance(release, dict):
            raise BadRelease(pointer, "bad_shape", "is not an object")
        read = normal(release, pointer, out.notes)
        moment(read, pointer, tz)
        faults = ReleaseRows.of(read, pointer, tz).faults
        out.faults += faults
        releases.append((pointer, _without(read, [fault.part.removeprefix(pointer) for fault in faults])))
    different = _distinct(releases, tz)
    out.used = len(different)
    return different


def _distinct(releases: list[tuple[str, Json]], tz: str) -> list[tuple[str, Json]]:
    """Return the different releases; BadRelease where one id has two contents at one instant."""
    by_content: dict[str, tuple[str, Json]] = {}
    content_of: dict[tuple[str, datetime], tuple[str, str]] = {}
    for pointer, release in releases:
        content = json.dumps(release, sort_keys=True, default=str)
        by_content.setdefault(content, (pointer, release))
        name = texts(release, "id", pointer)
        other, place = content_of.setdefault((name or content, moment(release, pointer, tz)), (content, pointer))
        if other != content:
            reason = f"is the id of another release of the same date that differs: {place}"
            raise BadRelease(f"{pointer}/id", "same_id_twice", reason)
    return list(by_content.values())


def _without(release: Json, parts: list[str]) -> Json:
    """Return a copy of a release without the parts at some pointers."""
    paths = [part.strip("/").split("/") for part in parts]

    def copied(value: Any, here: list[str]) -> Any:
        if not any(path[: len(here)] == here for path in paths):
            return value
        if isinstance(value, dict):
            return {n: copied(v, [*here, n]) for n, v in value.items() if [*here, n] not in paths}
        if isinstance(value, list):
            return [copied(v, [*here, str(i)]) for i, v in enumerate(value) if [*here, str(i)] not in paths]
        return value

    copy: Json = copied(release, [])
    return copy


def _first_substitute(before: object, now: object) -> object:
    """Return the first substitute of an unknown value: a later release's date does not replace it."""
    return before if isinstance(before, Substitute) and isinstance(now, Substitute) else now


def _content(row: Values) -> Values:
    return {name: value for name, value in row.items() if name not in _CLOCK}
