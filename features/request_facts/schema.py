"""From the JSON of a request to rows of text. This module checks the shape; the checks of an import, the values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

from features.facts.tables import CLOCKS, TABLES, Column, Kind, Table

SENDABLE = (
    *("suppliers", "buyers", "tenders", "contracts", "bids", "amendments", "milestones", "payments", "stages"),
    *("invoices", "conduct", "disputes", "firm_events"),
)
"""Tables that may be sent with a request: facts about a supplier's own business, and the parties that they name.

Not `financings` and `repayments`: only the institution itself reports its loans, by import. Not `rates`, which apply
to all suppliers, nor `outcomes` and `spine`, which are not facts about a supplier.
"""

ROWS_MAX: Final = 10_000
ERRORS_MAX: Final = 20
ROOT: Final = "#/facts"

_NAME = re.compile(r"[a-z][a-z_]{0,31}")
_SET_BY_SERVICE = {"known_at": "is not sent: facts sent with a request count as known from that request on"}
_NEVER_SENT = {"payee_account": "is not taken with a request, which is recorded as it was sent: import the row instead"}
_NOT_SENDABLE = "is no table that may be sent with a request: send " + ", ".join(SENDABLE)

# The JSON types of each kind of value, and the sentence for another type.
_JSON_TYPES: Final[Mapping[Kind, tuple[tuple[type, ...], str]]] = {
    Kind.MONEY: ((str,), 'must be decimal text: write it as "1200.00"'),
    Kind.RATE: ((str,), 'must be decimal text: write it as "0.25"'),
    Kind.INTEGER: ((int,), "must be a whole number: write it as 12, without quotes"),
    Kind.REAL: ((int, float), "must be a number: write it as 1.5, without quotes"),
    Kind.FLAG: ((bool,), "must be true or false, without quotes"),
}
_TEXT: Final = ((str,), "must be text: write it in quotes")


class FactsRefused(Exception):
    """Facts sent with a request cannot be used.

    Args:
        errors: JSON pointer and sentence of each error; never a value that was sent.
    """

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{pointer} {detail}" for pointer, detail in self.errors))


@dataclass(frozen=True)
class SentRow:
    """A row as text, with its JSON pointer; `bad` is an error known already, in the form of `Intake.add`."""

    values: Mapping[str, str]
    pointer: str
    bad: str | None = None


@dataclass
class SentRows:
    """The rows of a request by table; `left_out` counts rows that are not about the supplier."""

    kind: str
    rows: dict[str, list[SentRow]] = field(default_factory=dict)
    left_out: int = 0


def canonical_rows(facts: Mapping[str, Any]) -> SentRows:
    """Return the rows of canonical tables; FactsRefused where their shape is not that of FACTS."""
    check_size(len(rows) for rows in facts.values() if isinstance(rows, list))
    sent, errors = SentRows("canonical"), []
    for name, rows in facts.items():
        at = f"{ROOT}/{repeatable(name)}"
        if name not in SENDABLE:
            errors.append((at, _NOT_SENDABLE))
        elif not isinstance(rows, list):
            errors.append((at, "must be an array of rows"))
        else:
            columns = sendable_columns(TABLES[name])
            shape_errors = (_shape_errors(row, columns, f"{at}/{i}") for i, row in enumerate(rows))
            errors += islice(chain.from_iterable(shape_errors), ERRORS_MAX)
            if not errors:
                sent.rows[name] = [SentRow(_texts(row), f"{at}/{i}") for i, row in enumerate(rows)]
    if errors:
        raise FactsRefused(errors[:ERRORS_MAX])
    return sent


def sendable_columns(table: Table) -> dict[str, Column]:
    """Return the columns of a table that a request may give."""
    return {c.name: c for c in (*table.columns, *CLOCKS) if c.name not in {*_SET_BY_SERVICE, *_NEVER_SENT}}


def check_size(counts: Iterable[int]) -> None:
    """Refuse more rows than one request may carry."""
    if sum(counts) > ROWS_MAX:
        raise FactsRefused([(ROOT, f"has more than {ROWS_MAX} rows: import them instead")])


def repeatable(name: str) -> str:
    """Return a sent name if it may be repeated in an error, else `(unknown)`: it must look like a column name."""
    return name if _NAME.fullmatch(name) else "(unknown)"


def _shape_errors(row: Any, columns: Mapping[str, Column], at: str) -> list[tuple[str, str]]:
    if not isinstance(row, dict):
        return [(at, "must be an object: a row's columns by name")]
    errors = []
    for name, cell in row.items():
        column = columns.get(name)
        if column is None:
            why = _SET_BY_SERVICE.get(name) or _NEVER_SENT.get(name) or "is no column of this table"
            errors.append((f"{at}/{repeatable(name)}", why))
        elif cell is not None and type(cell) not in (json_type := _JSON_TYPES.get(column.kind, _TEXT))[0]:
            errors.append((f"{at}/{name}", json_type[1]))
    return errors


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: cell if isinstance(cell, str) else repr(cell) for name, cell in row.items() if cell is not None}
