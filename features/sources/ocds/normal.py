"""A release in its normal form: ids are text, codes are spelled as OCDS spells them, arrays are arrays."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from features.sources.notes import Notes
from features.sources.ocds.bounds import DEPTH_MAX
from features.sources.ocds.shapes import BadRelease, Json

_ARRAYS = frozenset(
    {"parties", "awards", "suppliers", "tenderers", "contracts"}
    | {"milestones", "transactions", "amendments", "documents"}
)
_BIDS = "/bids/details"  # the details of an organisation are an object
_IDS = frozenset({"id", "ocid", "awardID", "relatedBid"})

_STATUSES = (
    "planning planned pending active complete cancelled unsuccessful withdrawn terminated terminatedEarly"
    " terminatedSuccessfully scheduled met notMet partiallyMet invited valid disqualified"
)
_CODES: Mapping[str, str] = {
    "status": _STATUSES,
    "finalStatus": _STATUSES,
    "type": "preProcurement approval engagement assessment delivery reporting financing payment procurement"
    " contractClose securityClearanceDeadline",
    "procurementMethod": "open selective limited direct",
    "mainProcurementCategory": "goods works services",
    "scale": "micro small medium large",
    "documentType": "needsAssessment plannedProcurementNotice procurementPlan",
}


def _folded(text: str) -> str:
    return "".join(c for c in text if c.isalnum()).casefold()


_SPELLED = {name: {_folded(code): code for code in codes.split()} for name, codes in _CODES.items()}
for _status in ("status", "finalStatus"):
    _SPELLED[_status]["canceled"] = "cancelled"


def normal(release: Json, at: str, notes: Notes) -> Json:
    """Return a copy of a release in its normal form; BadRelease where it is nested too deeply.

    Args:
        release: as it was published.
        at: its JSON pointer.
        notes: gets a note for each code and array that was changed.
    """
    return {name: _normal(name, value, f"{at}/{name}", notes, 1) for name, value in release.items()}


def _normal(name: str, value: Any, at: str, notes: Notes, depth: int) -> Any:
    if isinstance(value, dict | list):
        if depth > DEPTH_MAX:
            raise BadRelease(at, "not_json", f"is nested more than {DEPTH_MAX} levels deep")
        if isinstance(value, list):
            return [_normal(name, item, f"{at}/{i}", notes, depth + 1) for i, item in enumerate(value)]
        read = {n: _normal(n, v, f"{at}/{n}", notes, depth + 1) for n, v in value.items()}
        if at.endswith(_BIDS) or (name in _ARRAYS and at.endswith(name)):
            notes.add("OBJECT_FOR_ARRAY", at)
            return [read] if read else []
        return read
    if isinstance(value, str):
        return _spelled(name, value, at, notes)
    if name in _IDS and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _spelled(name: str, text: str, at: str, notes: Notes) -> str:
    """Return a code as OCDS spells it, a currency in capitals, and any other text unchanged."""
    code: str | None = text
    if name in _SPELLED:
        code = _SPELLED[name].get(_folded(text))
    elif name == "currency" and len(text.strip()) == 3 and text.isascii():
        code = text.strip().upper()
    if code is None or code == text:
        return text
    notes.add("CODE_SPELLING", at)
    return code


def ids_with_types(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """Yield the path, the text and whether it is a number, of each id of objects in arrays."""
    if len(path) > DEPTH_MAX:
        return
    for name, part in value.items() if isinstance(value, dict) else ():
        for item in part if isinstance(part, list) else (part,):
            if isinstance(item, dict):
                yield from ids_with_types(item, (*path, name))
        if name == "id" and isinstance(part, str | int | Decimal):
            yield path, str(part), not isinstance(part, str)
