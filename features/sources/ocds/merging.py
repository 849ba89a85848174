"""Releases of one process with changes only: the state after each release, by OCDS's merge rules."""

import json
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from ocdsmerge.exceptions import DuplicateIdValueWarning, OCDSMergeError
from ocdsmerge.flatten import IdValue
from ocdsmerge.merge import CompiledRelease

from features.sources.notes import Notes
from features.sources.ocds.events import instant_of
from features.sources.ocds.shapes import BadRelease, day, texts

Json = dict[str, Any]

_OMIT, _WHOLE = "omitWhenMerged", "wholeListMerge"
_IDENTIFIED = (
    ("parties",),
    ("buyer",),
    ("tender", "procuringEntity"),
    ("tender", "tenderers"),
    ("awards", "suppliers"),
    ("contracts", "implementation", "transactions", "payer"),
    ("contracts", "implementation", "transactions", "payee"),
)
_AMENDED = tuple((part, name) for part in ("tender", "awards", "contracts") for name in ("amendment", "amendments"))

RULES: Mapping[tuple[str, ...], str] = MappingProxyType(
    {("id",): _OMIT, ("date",): _OMIT, ("tag",): _OMIT}
    | {("parties", "roles"): _WHOLE, ("relatedProcesses", "relationship"): _WHOLE}
    | {("contracts", "relatedProcesses", "relationship"): _WHOLE}
    | {("tender", name): _WHOLE for name in ("additionalProcurementCategories", "submissionMethod")}
    | {(part, "items", "additionalClassifications"): _WHOLE for part in ("tender", "awards", "contracts")}
    | {(*path, "additionalIdentifiers"): _WHOLE for path in _IDENTIFIED}
    | {(*path, "changes"): _WHOLE for path in _AMENDED}
)
"""The merge rules of the release schema of OCDS 1.1.

Everything else is merged by OCDS's defaults: objects by field, arrays of objects by `id`, other arrays as a whole. They
are here because `ocdsmerge` would otherwise download the schema.
"""

RULES_1_0: Mapping[tuple[str, ...], str] = MappingProxyType(
    {**RULES, ("tender", "tenderers"): _WHOLE, ("awards", "suppliers"): _WHOLE}
)
"""The merge rules of version 1.0, whose organisations have no ids: a new list of them replaces the earlier one."""

# Arrays whose objects are nothing but an id once a release has set all their other fields to null; an organisation is
# still a reference then.
_REMOVABLE = frozenset({"awards", "contracts", "milestones", "transactions", "amendments", "documents", "details"})

_Path = tuple[str, ...]


def moment(release: Json, at: str, tz: str) -> datetime:
    """Return the instant of a release, by the import's rules for dates; BadRelease where it has no date."""
    text = day(texts(release, "date", at))
    try:
        return instant_of(text or "", tz)
    except ValueError as error:
        raise BadRelease(f"{at}/date", "bad_date" if text else "missing_value", "is not a date") from error


def states(
    releases: list[tuple[str, Json]], at: str, tz: str, *, rules: Mapping[_Path, str], notes: Notes
) -> Iterator[tuple[str, Json]]:
    """Yield the pointer of each release and the state of the process after it, in the order of their dates.

    Releases of one instant give one state; they are merged in the order of their ids. A state has the date of its last
    release.

    Args:
        releases: pointer and release of one process, in its normal form.
        at: pointer of the record.
        tz: the time zone of dates without an offset.
        rules: the merge rules of the version.
        notes: gets a note for each object or array that a null removes.
    """
    dated = [(moment(r, pointer, tz), str(r.get("id")), _content(r), pointer, r) for pointer, r in releases]
    merged = CompiledRelease(merge_rules=dict(rules))
    for _, together in groupby(sorted(dated, key=lambda d: d[:3]), key=lambda d: d[0]):
        for *_, pointer, release in together:
            try:
                _append(merged, release, pointer, notes)
                state = merged.asdict()
            except DuplicateIdValueWarning as error:
                raise BadRelease(pointer, "same_id_twice", "has two objects of one id in an array") from error
            except (OCDSMergeError, TypeError, RecursionError) as error:
                raise BadRelease(at, "cannot_merge", "has releases that do not fit together") from error
        yield pointer, {**state, "id": release.get("id"), "date": release.get("date")}


def _content(release: Json) -> str:
    return json.dumps(release, sort_keys=True, default=str)


def _append(merged: CompiledRelease, release: Json, pointer: str, notes: Notes) -> None:
    """Merge a release; what it sets to null is removed with all its parts, as the text of OCDS says."""
    before = set(merged.data)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DuplicateIdValueWarning)
        try:
            merged.append(release)
        except DuplicateIdValueWarning:
            merged.append(_without_twins(release))
    nulls = {path for path, value in merged.data.items() if value is None}
    if not nulls:
        return
    gone = {path for path in merged.data if any(path[:n] in nulls for n in range(1, len(path)))}
    emptied = _emptied(merged, nulls & before | _parents(gone, nulls), gone | nulls)
    for path in gone | nulls | emptied:
        merged.data.pop(path, None)
    if gone or emptied:
        notes.add("NULL_REMOVES", pointer)


def _parents(gone: set[_Path], nulls: set[_Path]) -> set[_Path]:
    """Return the nulls that removed something."""
    return {path[:n] for path in gone for n in range(1, len(path)) if path[:n] in nulls}


def _emptied(merged: CompiledRelease, nulls: set[_Path], gone: set[_Path]) -> set[_Path]:
    """Return the paths of objects in arrays of which the nulls leave nothing but the id."""
    objects = set()
    for path in nulls:
        places = [n for n, step in enumerate(path) if isinstance(step, IdValue)]
        if places and path[places[-1] - 1] in _REMOVABLE:
            objects.add(path[: places[-1] + 1])
    left: dict[_Path, set[_Path]] = {}
    for path in merged.data:
        for n in range(1, len(path)):
            if path[:n] in objects and path not in gone:
                left.setdefault(path[:n], set()).add(path)
    return {path for place in objects for path in left.get(place, ()) if left[place] <= {(*place, "id")}}


def _without_twins(value: Any) -> Any:
    """Return a copy without the objects of an array that equal an earlier one of the array."""
    if isinstance(value, dict):
        return {name: _without_twins(part) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    parts = [_without_twins(part) for part in value]
    return [part for i, part in enumerate(parts) if not isinstance(part, dict) or part not in parts[:i]]
