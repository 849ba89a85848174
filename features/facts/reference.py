"""Reference tables: what an import computes or takes from a catalogue beside the facts, for profiles to join.

They are no facts of anybody and have no clocks of their own. Every engine reads the same stored files.

`peers` has a row for each month and each `peer_key` with enough suppliers: an industry with a region and a size class,
an industry, and all suppliers together. A supplier takes the narrowest that has a row for the month.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import ibis
import pyarrow as pa
import pyarrow.compute as pc

PEERS: Final = "peers"
EVENT_KINDS: Final = "event_kinds"
BUYER_MONTHS: Final = "buyer_months"

BUYER_FIGURES: Final = (
    "buyer_contracts_365d",
    "buyer_payment_days",
    "buyer_unpaid_share",
    "buyer_paid_late_share_365d",
)
"""Columns of buyers' profiles that are stored for every month."""

_QUARTILES = {f"{measure}_{q}": "float64" for measure in ("turnover", "lateness") for q in ("low", "median", "high")}

REFERENCE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        PEERS: {"peer_key": "string", "month_end": "timestamp(6)", "until": "timestamp(6)", "suppliers": "int64"}
        | {"suppliers_with_lateness": "int64"}
        | _QUARTILES,
        EVENT_KINDS: {"type_code": "string", "kind": "string"},
        BUYER_MONTHS: {"buyer_id": "string", "month_end": "timestamp(6)", "until": "timestamp(6)"}
        | dict.fromkeys(BUYER_FIGURES, "float64"),
    }
)
"""Table → its columns and their Ibis types; the first column is what rows are looked up by."""

SQL_TYPES: Mapping[str, str] = MappingProxyType(
    {"string": "VARCHAR", "timestamp(6)": "TIMESTAMP", "int64": "BIGINT", "float64": "DOUBLE"}
)

ALL_PEERS: Final = "*"
SEPARATOR: Final = "␟"  # stands in no industry, region or size class


FEWEST: Final = 20
"""Suppliers that a group needs; a smaller one gives way to its industry, and that to all suppliers."""

PEER_COLUMNS: Mapping[str, str] = MappingProxyType(
    {f"peer_{c}": kind for c, kind in REFERENCE[PEERS].items() if kind in {"int64", "float64"}}
)
"""Column that `with_peers` adds → its Ibis type."""


@cache
def reference_relation(name: str) -> Any:
    """The unbound reference table `name`."""
    return ibis.table(dict(REFERENCE[name]), name=name)


def industry_key(industry: Any) -> Any:
    """The `peer_key` of an industry as an Ibis expression; null for null."""
    return ibis.literal(SEPARATOR) + industry


def cell_key(industry: Any, region: Any, size_class: Any) -> Any:
    """The `peer_key` of an industry, a region and a size class as an Ibis expression; null where one of them is."""
    return industry + SEPARATOR + region + SEPARATOR + size_class


def with_peers(rows: Any, wanted: Sequence[str]) -> Any:
    """Add the figures of the peers to suppliers' rows; null where no group is large enough.

    Args:
        rows: an Ibis table with `as_of`, `industry`, `region` and `size_class`.
        wanted: names of `PEER_COLUMNS`.
    """
    columns, out = list(rows.columns), rows
    keys = (cell_key(rows.industry, rows.region, rows.size_class), industry_key(rows.industry), ibis.literal(ALL_PEERS))
    for level, key in enumerate(keys):
        peers = reference_relation(PEERS)
        here = out.mutate(peer_key_wanted=key)
        current = [peers.month_end < here.as_of, peers.until.isnull() | (peers.until >= here.as_of)]
        joined = here.left_join(peers, [peers.peer_key == here.peer_key_wanted, *current])
        peer_values = {f"{name}__{level}": peers[name.removeprefix("peer_")] for name in wanted}
        out = joined.select(*[here[c] for c in here.columns if c != "peer_key_wanted"], **peer_values)
    chosen = {name: ibis.coalesce(*(out[f"{name}__{level}"] for level in range(len(keys)))) for name in wanted}
    return out.select(*columns, **chosen)


def named_reference_ids(name: str, rows: Mapping[str, Any]) -> list[str]:
    """The ids of a reference table's rows that may concern some suppliers.

    Args:
        name: the reference table.
        rows: the suppliers' rows by table, as Arrow tables or arrays of structures.
    """
    if name == EVENT_KINDS:
        return _distinct([_column(rows["firm_events"], "type_code")] if "firm_events" in rows else [])
    if "suppliers" not in rows:
        return [ALL_PEERS]
    industry, region, size = (_column(rows["suppliers"], c) for c in ("industry", "region", "size_class"))
    cells = pc.binary_join_element_wise(industry, region, size, SEPARATOR)
    return [*_distinct([cells, pc.binary_join_element_wise("", industry, SEPARATOR)]), ALL_PEERS]


def _distinct(columns: Iterable[Any]) -> list[str]:
    return sorted({value for column in columns for value in pc.unique(column).to_pylist()} - {None})


def _column(rows: Any, name: str) -> Any:
    return rows[name] if isinstance(rows, pa.Table) else rows.field(name)
