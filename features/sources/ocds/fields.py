"""Which field of OCDS has which column of the canonical tables, in our own releases, for writing and reading.

A column without a field in OCDS's core is under `KEY`, by the column's name (docs/ocds.md). An object with `KEY` is a
row; nothing is derived from other objects.
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
"""The date of a release whose rows were always known."""

Row = dict[str, Any]

# Account numbers are hashed with the key of one deployment, and are useless elsewhere.
NOT_EXPORTED = frozenset({"payee_account"})


@dataclass(frozen=True)
class Field:
    """One column in OCDS.

    Attributes:
        path: names of nested objects; a number is an index in an array.
        codes: OCDS's code of each value; a code of two values is read as the first.
    """

    column: str
    path: tuple[str | int, ...]
    codes: Mapping[str, str] = field(default_factory=dict)

    def written(self, value: Any) -> Any:
        """Return the value for OCDS, or None where OCDS cannot express it exactly."""
        if self.codes:
            return self.codes.get(value)
        if isinstance(value, Decimal):
            number = int(value) if value == int(value) else float(value)
            return number if Decimal(str(number)) == value else None
        return value

    def read(self, value: Any) -> Any:
        """Return the column's value for a value of OCDS."""
        if not self.codes:
            return value
        return next((own for own, code in self.codes.items() if code == value), None)


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
"""The document type that discloses each stage; OCDS's list is open, and `budget` is our own type."""

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

# Values of an object where no column sets them; they are read as no value.
USUAL: Mapping[str, Json] = MappingProxyType(
    {"bids": {"status": "valid"}, "contracts": {"status": "active"}, "milestones": {"status": "scheduled"}}
)

# Columns of a contract that differ between the suppliers of a joint award; written in the award's supplier objects.
OF_MEMBER = ("members", "share", "retracted")


def _fields(table: str, text: str) -> tuple[Field, ...]:
    fields = []
    for item in text.split():
        column, _, path = item.partition("=")
        steps = tuple(int(s) if s.isdigit() else s for s in (path or column).split("."))
        fields.append(Field(column, steps, _CODES.get((table, column), {})))
    return tuple(fields)


FIELDS: Mapping[str, tuple[Field, ...]] = MappingProxyType({t: _fields(t, text) for t, text in _FIELDS.items()})


def columns(table: str) -> list[str]:
    """Names of the columns that are exported; `known_at` is the release's date."""
    own = [c.name for c in (*TABLES[table].columns, *CLOCKS)]
    return [name for name in own if name not in NOT_EXPORTED | {"known_at"}]


def write(table: str, row: Row, context: Row, *, again: bool = False) -> Json:
    """Return a row as an object of OCDS.

    Args:
        table: the row's table.
        row: its columns; instants as text.
        context: columns that a reader takes from the objects around this one, where it has no field for them.
        again: whether the row corrects another; columns without a value are then written as null, for OCDS's merge.
    """
    written: Json = {}
    field_columns = {f.column for f in FIELDS[table]}
    carried = set()
    for f in FIELDS[table]:
        value = row.get(f.column)
        ocds_value = f.written(value) if value is not None else None
        if ocds_value is not None or (again and not f.codes):
            _put(written, f.path, ocds_value)
        if value == f.read(ocds_value) if f.codes else (value is None or ocds_value is not None):
            carried.add(f.column)
    for name, usual in USUAL.get(table, {}).items():
        written.setdefault(name, usual)
    inherited = {name: value for name, value in context.items() if name not in field_columns}
    rest = (name for name in columns(table) if name not in carried and row.get(name) != inherited.get(name))
    return {**written, KEY: {name: plain(row.get(name)) for name in rest}}


def read(table: str, json_object: Json, context: Row, at: str) -> Row:
    """Return the row of an OCDS object: the inverse of `write`."""
    row = {name: value for name, value in context.items() if name in columns(table)}
    row |= {f.column: f.read(_get(json_object, f.path)) for f in FIELDS[table]}
    return row | rest_of(table, json_object, at)


def rest_of(table: str, json_object: Json, at: str) -> Row:
    """Return the columns under `KEY`; BadRelease where they are not the table's, or not single values."""
    rest = json_object.get(KEY)
    if not isinstance(rest, dict):
        raise BadRelease(f"{at}/{KEY}", "bad_shape", "is not an object")
    if not rest.keys() <= set(columns(table)):
        raise BadRelease(
            f"{at}/{KEY}", "unknown_column", f"has a column that {table} does not have or that is not exported"
        )
    if any(isinstance(value, dict | list) for value in rest.values()):
        raise BadRelease(f"{at}/{KEY}", "bad_shape", "has more than single values")
    return rest


def plain(value: Any) -> Any:
    """Return a value in a form that JSON keeps exactly: decimals and dates become text."""
    return str(value) if isinstance(value, Decimal | datetime) else value


def _put(json_object: Json, path: tuple[str | int, ...], value: Any) -> None:
    at: Any = json_object
    for step, following in pairwise(path):
        if isinstance(step, int):
            at.append({})
            at = at[step]
        else:
            at = at.setdefault(step, [] if isinstance(following, int) else {})
    at[path[-1]] = value


def _get(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        fits = isinstance(value, list) and len(value) > step if isinstance(step, int) else isinstance(value, dict)
        if not fits:
            return None
        value = value[step] if isinstance(step, int) else value.get(step)
    return value
