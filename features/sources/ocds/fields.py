"""Which field of OCDS holds which column of the canonical tables, for our own releases: written and read alike.

What OCDS's core has no field for stands beside it under `KEY`, named as the column is (docs/ocds.md). An object that
bears `KEY` is a row; nothing is derived from the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from features.facts.tables import CLOCKS, TABLES
from features.sources.ocds.shapes import BadRelease, Json

KEY = "supplierCredit"
VERSION = 1
ALWAYS = "0001-01-01T00:00:00Z"
"""The date of a release whose rows were known at any time."""

Row = dict[str, Any]

# Account numbers are sealed under the key of one deployment, and mean nothing elsewhere.
SEALED = frozenset({"payee_account"})


@dataclass(frozen=True)
class Field:
    """One column in OCDS.

    Attributes:
        path: names of nested objects; a number stands for that place in an array.
        codes: OCDS's code of each value; where two values share a code, it reads as the first.
    """

    column: str
    path: tuple[str | int, ...]
    codes: Mapping[str, str] = field(default_factory=dict)

    def written(self, value: Any) -> Any:
        """Return the value as OCDS has it, or None where it has none that is exact."""
        if self.codes:
            return self.codes.get(value)
        if isinstance(value, Decimal):
            number = int(value) if value == int(value) else float(value)
            return number if Decimal(str(number)) == value else None
        return value

    def read(self, found: Any) -> Any:
        """Return the value that OCDS's stands for."""
        if not self.codes:
            return found
        return next((value for value, code in self.codes.items() if code == found), None)


STAGES = {
    "budget": "budget",
    "demand": "needsAssessment",
    "intention": "plannedProcurementNotice",
    "plan": "procurementPlan",
    "process": "tenderNotice",
    "result": "awardNotice",
    "contract": "contractNotice",
    "acceptance": "completionCertificate",
    "payment": "financialProgressReport",
}
"""The document that discloses each stage; OCDS's list is open, and `budget` is ours."""

_CODES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("tenders", "method"): {name: name for name in ("open", "selective", "limited", "direct")},
    ("bids", "result"): {"disqualified": "disqualified", "withdrawn": "withdrawn"},
    ("contracts", "end_state"): {"completed": "terminated", "cancelled": "cancelled", "terminated_early": "terminated"},
    ("milestones", "kind"): {"delivery": "delivery", "acceptance": "approval"},
    ("milestones", "result"): {"passed": "met", "partial": "partiallyMet", "failed": "notMet"},
    ("stages", "stage"): STAGES,
}

# column=path, dotted; the path is the column's own name where none is given.
_FIELDS = {
    "suppliers": "supplier_id=id name region=address.region size_class=details.scale",
    "buyers": "buyer_id=id name region=address.region",
    "tenders": "tender_id=id method=procurementMethod category=mainProcurementCategory estimate=value.amount"
    " currency=value.currency published_on=tenderPeriod.startDate deadline=tenderPeriod.endDate",
    "bids": "bid_id=id supplier_id=tenderers.0.id occurred_at=date result=status amount=value.amount"
    " currency=value.currency",
    "contracts": "contract_id=id signed_on=dateSigned starts_on=period.startDate ends_on=period.endDate"
    " amount=value.amount currency=value.currency end_state=status",
    "amendments": "amendment_id=id occurred_at=date reason=rationale",
    "milestones": "milestone_id=id kind=type due_on=dueDate met_on=dateMet result=status",
    "payments": "payment_id=id paid_on=date amount=value.amount currency=value.currency",
    "stages": "stage_id=id stage=documentType document=title occurred_at=datePublished",
}

# What an object says where no column does; it reads as nothing.
USUAL: Mapping[str, Json] = MappingProxyType(
    {"bids": {"status": "valid"}, "contracts": {"status": "active"}, "milestones": {"status": "scheduled"}}
)

# Columns of a row that belong to the object beside it, one for each supplier of a joint award.
OF_MEMBER = ("members", "share", "retracted")


def _fields(table: str, text: str) -> tuple[Field, ...]:
    found = []
    for item in text.split():
        column, _, path = item.partition("=")
        steps = tuple(int(s) if s.isdigit() else s for s in (path or column).split("."))
        found.append(Field(column, steps, _CODES.get((table, column), {})))
    return tuple(found)


FIELDS: Mapping[str, tuple[Field, ...]] = MappingProxyType({t: _fields(t, text) for t, text in _FIELDS.items()})


def columns(table: str) -> list[str]:
    """Names of the columns that a row can carry through OCDS; its `known_at` is the release's date."""
    own = [c.name for c in (*TABLES[table].columns, *CLOCKS)]
    return [name for name in own if name not in SEALED | {"known_at"}]


def write(table: str, row: Row, context: Row, *, again: bool = False) -> Json:
    """Return a row as an object of OCDS.

    Args:
        table: the row's table.
        row: its columns; instants as text.
        context: columns whose value a reader takes from around the object, where no field of it holds them.
        again: whether the row corrects another; what it has no value for is then said to be gone, as OCDS merges.
    """
    made: Json = {}
    held = {f.column for f in FIELDS[table]}
    carried = set()
    for f in FIELDS[table]:
        value = row.get(f.column)
        found = f.written(value) if value is not None else None
        if found is not None or (again and not f.codes):
            _put(made, f.path, found)
        if value == f.read(found) if f.codes else (value is None or found is not None):
            carried.add(f.column)
    for name, usual in USUAL.get(table, {}).items():
        made.setdefault(name, usual)
    around = {name: value for name, value in context.items() if name not in held}
    rest = (name for name in columns(table) if name not in carried and row.get(name) != around.get(name))
    return {**made, KEY: {name: plain(row.get(name)) for name in rest}}


def read(table: str, found: Json, context: Row, at: str) -> Row:
    """Return the row that an object of OCDS holds: the inverse of `write`."""
    row = {name: value for name, value in context.items() if name in columns(table)}
    row |= {f.column: f.read(_get(found, f.path)) for f in FIELDS[table]}
    return row | rest_of(table, found, at)


def rest_of(table: str, found: Json, at: str) -> Row:
    """Return the columns under `KEY`; BadRelease where they are none of the table's, or no single values."""
    rest = found.get(KEY)
    if not isinstance(rest, dict):
        raise BadRelease(f"{at}/{KEY}", "bad_shape", "is no object")
    if not rest.keys() <= set(columns(table)):
        raise BadRelease(f"{at}/{KEY}", "unknown_column", f"holds what is no column of {table} that can be carried")
    if any(isinstance(value, dict | list) for value in rest.values()):
        raise BadRelease(f"{at}/{KEY}", "bad_shape", "holds more than single values")
    return rest


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it exactly: what is no whole number is text."""
    return str(value) if isinstance(value, Decimal | datetime) else value


def _put(made: Json, path: tuple[str | int, ...], value: Any) -> None:
    at: Any = made
    for step, following in pairwise(path):
        if isinstance(step, int):
            at.append({})
            at = at[step]
        else:
            at = at.setdefault(step, [] if isinstance(following, int) else {})
    at[path[-1]] = value


def _get(found: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        fits = isinstance(found, list) and len(found) > step if isinstance(step, int) else isinstance(found, dict)
        if not fits:
            return None
        found = found[step] if isinstance(step, int) else found.get(step)
    return found
