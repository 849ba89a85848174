"""Releases of one process with changes only: the state after each release, by OCDS's merge rules."""

import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from itertools import groupby
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from ocdsmerge.exceptions import DuplicateIdValueWarning, OCDSMergeError
from ocdsmerge.merge import CompiledRelease

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
"""The merge rules of the release schema of OCDS 1.1 (1.0 has the same for its parts).

Everything else is merged by OCDS's defaults: objects by field, arrays of objects by `id`, other arrays as a whole. They
are here because `ocdsmerge` would otherwise download the schema.
"""


def moment(release: Json, at: str, tz: str) -> datetime:
    """Return the instant of a release, by the import's rules for dates; BadRelease where it has no date."""
    text = day(texts(release, "date", at))
    try:
        instant = datetime.fromisoformat(text or "")
        if text and len(text) == len("2020-06-01"):
            instant = datetime.combine(instant, time.max)
        return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(tz))
    except ValueError as error:
        raise BadRelease(f"{at}/date", "bad_date" if text else "missing_value", "is not a date") from error


def states(releases: list[tuple[str, Json]], at: str, tz: str) -> Iterator[tuple[str, Json]]:
    """Yield the pointer of each release and the state of the process after it, in the order of their dates.

    Releases of one instant give one state, that of the last release. A state has the date of its last release.

    Args:
        releases: pointer and release of one process.
        at: pointer of the record.
        tz: the time zone of dates without an offset.
    """
    dated = sorted(((moment(r, pointer, tz), pointer, r) for pointer, r in releases), key=lambda d: d[0])
    merged = CompiledRelease(merge_rules=dict(RULES))
    for _, together in groupby(dated, key=lambda d: d[0]):
        for _, pointer, release in together:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", DuplicateIdValueWarning)
                    merged.append(release)
                state = merged.asdict()
            except DuplicateIdValueWarning as error:
                raise BadRelease(pointer, "same_id_twice", "has two objects of one id in an array") from error
            except (OCDSMergeError, TypeError, RecursionError) as error:
                raise BadRelease(at, "cannot_merge", "has releases that do not fit together") from error
        yield pointer, {**state, "id": release.get("id"), "date": release.get("date")}
