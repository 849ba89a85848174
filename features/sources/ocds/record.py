"""A record that embeds releases without compiling them: the rows that each release made known."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from features.facts.tables import TABLES
from features.sources.ocds.context import Row
from features.sources.ocds.merging import moment, states
from features.sources.ocds.release import BadRelease, ReleaseRows
from features.sources.ocds.shapes import Json, Substitute, day, texts

Values = dict[str, object]
_Key = tuple[object, ...]

_CLOCK = {"known_at", "source", "source_ref"}
# A bid derived from an award is retracted once the bid itself is published.
_REPLACEABLE = "bids"


def rows_of_record(releases: list[tuple[str, Json]], at: str, tz: str) -> tuple[list[Row], Counter[str]]:
    """Return the rows of a record, each in its first version and again where a release changed it, and the notes.

    A note counts once for all releases to which it applies. BadRelease names the release that is wrong.
    """
    for pointer, release in releases:
        ReleaseRows.of(release, pointer)  # raises with the pointer of the release itself
    rows: list[Row] = []
    notes: Counter[str] = Counter()
    latest: dict[_Key, Values] = {}
    for pointer, state in states(releases, at, tz):
        parsed = ReleaseRows.of(state, pointer)
        notes |= parsed.notes
        rows += _changes(parsed.rows, latest, pointer, known_at=day(texts(state, "date", pointer)))
    return rows, notes


def _changes(rows: list[Row], latest: dict[_Key, Values], pointer: str, *, known_at: str | None) -> Iterator[Row]:
    """Yield the rows of a state that differ from `latest`, and update `latest`."""
    keys = set()
    for table, values, _, wrong in rows:
        key = (table, *(values.get(name) for name in TABLES[table].key))
        keys.add(key)
        before = latest.get(key, {})
        now = {name: _first_substitute(before.get(name), value) for name, value in values.items()}
        if _content(now) != _content(before):
            yield table, now, pointer, wrong
            latest[key] = now
    for key in [k for k in latest if k[0] == _REPLACEABLE and k not in keys]:
        yield _REPLACEABLE, {**latest.pop(key), "known_at": known_at, "retracted": True}, pointer, None


def distinct(releases: list[tuple[str, Any]], tz: str) -> list[tuple[str, Json]]:
    """Return the different releases; BadRelease where one id has two contents at one instant."""
    by_content: dict[str, tuple[str, Json]] = {}
    content_of: dict[tuple[str, datetime], str] = {}
    for pointer, release in releases:
        if not isinstance(release, dict):
            raise BadRelease(pointer, "bad_shape", "is not an object")
        content = json.dumps(release, sort_keys=True, default=str)
        by_content.setdefault(content, (pointer, release))
        name = texts(release, "id", pointer)
        if name and content_of.setdefault((name, moment(release, pointer, tz)), content) != content:
            raise BadRelease(f"{pointer}/id", "same_id_twice", "is the id of another release of the same date")
    return list(by_content.values())


def _first_substitute(before: object, now: object) -> object:
    """Return the first substitute of an unknown value: a later release's date does not replace it."""
    return before if isinstance(before, Substitute) and isinstance(now, Substitute) else now


def _content(row: Values) -> Values:
    return {name: value for name, value in row.items() if name not in _CLOCK}
