"""A record that embeds releases without compiling them: what each release made known."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from features.facts.tables import TABLES
from features.sources.ocds.context import Row
from features.sources.ocds.merging import moment, states
from features.sources.ocds.release import BadRelease, ReleaseRows
from features.sources.ocds.shapes import Json, StandIn, day, texts

Values = dict[str, object]
_Key = tuple[object, ...]

_CLOCK = {"known_at", "source", "source_ref"}
# A bid that was read off an award gives way to the bid itself, once that is published.
_GIVES_WAY = "bids"


def rows_of_record(releases: list[tuple[str, Json]], at: str, tz: str) -> tuple[list[Row], Counter[str]]:
    """Return the rows of a record, each as first said and again where a release changed it, and the notes.

    A note is counted once for all the releases it is true of. BadRelease says which release is wrong.
    """
    for pointer, release in releases:
        ReleaseRows.of(release, pointer)  # whatever is wrong is said of the release that it stands in
    found: list[Row] = []
    counted: Counter[str] = Counter()
    said: dict[_Key, Values] = {}
    for pointer, state in states(releases, at, tz):
        made = ReleaseRows.of(state, pointer)
        counted |= made.notes
        found += _changes(made.rows, said, pointer, known_at=day(texts(state, "date", pointer)))
    return found, counted


def _changes(rows: list[Row], said: dict[_Key, Values], pointer: str, *, known_at: str | None) -> Iterator[Row]:
    """Yield what a state says otherwise than those before it, and keep it in `said`."""
    seen = set()
    for table, values, _, wrong in rows:
        key = (table, *(values.get(name) for name in TABLES[table].key))
        seen.add(key)
        before = said.get(key, {})
        now = {name: _first_said(before.get(name), value) for name, value in values.items()}
        if _content(now) != _content(before):
            yield table, now, pointer, wrong
            said[key] = now
    for key in [k for k in said if k[0] == _GIVES_WAY and k not in seen]:
        yield _GIVES_WAY, {**said.pop(key), "known_at": known_at, "retracted": True}, pointer, None


def distinct(releases: list[tuple[str, Any]], tz: str) -> list[tuple[str, Json]]:
    """Return the releases without those given twice; BadRelease where one id has two contents at one instant."""
    found: dict[str, tuple[str, Json]] = {}
    content_of: dict[tuple[str, datetime], str] = {}
    for pointer, release in releases:
        if not isinstance(release, dict):
            raise BadRelease(pointer, "bad_shape", "is no object")
        content = json.dumps(release, sort_keys=True, default=str)
        found.setdefault(content, (pointer, release))
        name = texts(release, "id", pointer)
        if name and content_of.setdefault((name, moment(release, pointer, tz)), content) != content:
            raise BadRelease(f"{pointer}/id", "same_id_twice", "is the id of another release of the same date")
    return list(found.values())


def _first_said(before: object, now: object) -> object:
    """Return what stood in for an unknown value first, where nothing but the release's date has moved on."""
    return before if isinstance(before, StandIn) and isinstance(now, StandIn) else now


def _content(row: Values) -> Values:
    return {name: value for name, value in row.items() if name not in _CLOCK}
