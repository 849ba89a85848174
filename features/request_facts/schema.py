"""From the JSON of a request to rows of text: its shape is judged here, its values as an import judges them."""

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
"""Tables that a request may carry: what is known of a supplier's own business, and whom its rows name.

Not `financings` and `repayments`: an institution's loans come in through the loop, and no other may tell of them. Not
`rates`, which hold for everybody, nor `outcomes` and `spine`, which are no facts about a supplier.
"""

ROWS_MAX: Final = 10_000
ERRORS_MAX: Final = 20
ROOT: Final = "#/facts"

_NAME = re.compile(r"[a-z][a-z_]{0,31}")
_OURS = {"known_at": "is not sent: facts sent with a request count as known from that request on"}
_SECRET = {"payee_account": "is not taken with a request, which is recorded as it was sent: import the row instead"}
_ELSEWHERE = "is no table that may be sent with a request: send " + ", ".join(SENDABLE)

# How a value of each kind is written in JSON, and what is said where it is not.
_FORMS: Final[Mapping[Kind, tuple[tuple[type, ...], str]]] = {
    Kind.MONEY: ((str,), 'must be decimal text: write it as "1200.00"'),
    Kind.RATE: ((str,), 'must be decimal text: write it as "0.25"'),
    Kind.INTEGER: ((int,), "must be a whole number: write it as 12, without quotes"),
    Kind.REAL: ((int, float), "must be a number: write it as 1.5, without quotes"),
    Kind.FLAG: ((bool,), "must be true or false, without quotes"),
}
_TEXT: Final = ((str,), "must be text: write it in quotes")


class FactsRefused(Exception):
    """Facts sent with a request that cannot be used.

    Args:
        errors: JSON pointer and sentence of each place that is wrong; never a value of the sender's.
    """

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{pointer} {detail}" for pointer, detail in self.errors))


@dataclass(frozen=True)
class SentRow:
    """A row as text, and the JSON pointer it stands at; `bad` says what is wrong with it already, as an intake does."""

    values: Mapping[str, str]
    pointer: str
    bad: str | None = None


@dataclass
class SentRows:
    """The rows of a request by table; `left_out` are those that are not about the supplier."""

    kind: str
    rows: dict[str, list[SentRow]] = field(default_factory=dict)
    left_out: int = 0


def canonical_rows(facts: Mapping[str, Any]) -> SentRows:
    """Return the rows of canonical tables; FactsRefused where their shape is not that of FACTS."""
    check_size(len(rows) for rows in facts.values() if isinstance(rows, list))
    sent, errors = SentRows("canonical"), []
    for name, rows in facts.items():
        at = f"{ROOT}/{told(name)}"
        if name not in SENDABLE:
            errors.append((at, _ELSEWHERE))
        elif not isinstance(rows, list):
            errors.append((at, "must be an array of rows"))
        else:
            columns = sendable_columns(TABLES[name])
            found = (_wrong(row, columns, f"{at}/{i}") for i, row in enumerate(rows))
            errors += islice(chain.from_iterable(found), ERRORS_MAX)
            if not errors:
                sent.rows[name] = [SentRow(_texts(row), f"{at}/{i}") for i, row in enumerate(rows)]
    if errors:
        raise FactsRefused(errors[:ERRORS_MAX])
    return sent


def sendable_columns(table: Table) -> dict[str, Column]:
    """Return the columns of a table that a request may give."""
    return {c.name: c for c in (*table.columns, *CLOCKS) if c.name not in {*_OURS, *_SECRET}}


def check_size(counts: Iterable[int]) -> None:
    """Refuse more rows than one request may carry."""
    if sum(counts) > ROWS_MAX:
        raise FactsRefused([(ROOT, f"holds more than {ROWS_MAX} rows: import them instead")])


def told(name: str) -> str:
    """Return a name of the sender's as far as it may be repeated: where it can hardly be anything but a name."""
    return name if _NAME.fullmatch(name) else "(unknown)"


def _wrong(row: Any, columns: Mapping[str, Column], at: str) -> list[tuple[str, str]]:
    if not isinstance(row, dict):
        return [(at, "must be an object: a row's columns by name")]
    found = []
    for name, cell in row.items():
        column = columns.get(name)
        if column is None:
            why = _OURS.get(name) or _SECRET.get(name) or "is no column of this table"
            found.append((f"{at}/{told(name)}", why))
        elif cell is not None and type(cell) not in (form := _FORMS.get(column.kind, _TEXT))[0]:
            found.append((f"{at}/{name}", form[1]))
    return found


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: cell if isinstance(cell, str) else repr(cell) for name, cell in row.items() if cell is not None}
