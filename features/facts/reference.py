"""Reference tables: what an import computes or takes from a catalogue beside the facts, for profiles to join.

They are no facts of anybody and have no clocks of their own. Every engine reads the same stored files.
"""

from collections.abc import Iterable, Mapping
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
