"""From rows to Arrow tables in FACTS' source layout."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.facts.tables import TABLES, Column, Kind
from sandbox.world.clock import ALWAYS, NEVER
from sandbox.world.ids import numbered
from sandbox.world.rows import NONE, Rows, length

CURRENCIES = ("CNY", "USD", "EUR")
TIMESTAMP = pa.timestamp("us", tz="UTC")
TIMED = {("bids", "occurred_at"), ("stages", "occurred_at")}  # dated to the second; all other events to the day
PREFIX = {
    "buyer_id": "SYN-B-",
    "tender_id": "SYN-T-",
    "bid_id": "SYN-O-",
    "contract_id": "SYN-C-",
    "amendment_id": "SYN-A-",
    "milestone_id": "SYN-M-",
    "payment_id": "SYN-P-",
    "stage_id": "SYN-S-",
    "invoice_id": "SYN-I-",
    "conduct_id": "SYN-K-",
    "dispute_id": "SYN-D-",
    "event_id": "SYN-E-",
    "financing_id": "SYN-F-",
    "repayment_id": "SYN-R-",
    "tenant_id": "SYN-BANK-",
    "counterparty_id": "SYN-X-",
    "payee_account": "SYN-ACCOUNT-",
}
GLOBAL = {"buyer_id", "tenant_id", "counterparty_id", "payee_account"}  # numbered across the market, not by chunk
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("suppliers", "industry"): ("C33", "C39", "E47", "E50", "F51", "F52", "G54", "I65", "L72", "M74", "N78", "O81"),
    ("amendments", "reason"): ("scope", "price", "schedule", "site", "termination for convenience"),
    ("conduct", "type_code"): (
        "late_delivery_notice",
        "quality_complaint_upheld",
        "false_document",
        "bid_collusion",
        "subcontracting_breach",
        "late_payment_to_suppliers",
    ),
    ("disputes", "kind"): ("quality", "delay", "price", "payment"),
    ("disputes", "outcome"): ("settled", "for_supplier", "for_buyer", "withdrawn"),
    ("firm_events", "type_code"): (
        "financing_platform_registration",
        "address_change",
        "legal_representative_change",
        "capital_change",
        "branch_opened",
        "licence_granted",
        "patent_granted",
        "hiring",
    ),
    ("financings", "purpose"): ("contract_loan",),
}


@dataclass(frozen=True)
class Labels:
    """Texts that depend on the chunk: supplier codes, number offset, source."""

    suppliers: pa.Array
    base: int
    offset: int
    source: str

    def supplier(self, numbers: NDArray) -> pa.Array:
        """Codes of suppliers by their number in the market."""
        return self.suppliers.take(pa.array(numbers - self.base))


def decimals(units: NDArray, scale: int) -> pa.Array:
    """DECIMAL(18, scale) from integers of 10^-scale, with `NONE` as null, without going through text."""
    words = np.empty((len(units), 2), np.int64)
    words[:, 0], words[:, 1] = units, units >> 63
    null = units == NONE
    valid = pa.py_buffer(np.packbits(~null, bitorder="little")) if null.any() else None
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(units), [valid, pa.py_buffer(words)])


def dates(days: NDArray) -> pa.Array:
    """Dates, with `NEVER` as null."""
    return pa.array(days, pa.date32(), mask=days == NEVER)


def instants(days: NDArray, rng: np.random.Generator, second: NDArray | None = None) -> pa.Array:
    """Instants in the office hours of local days (Asia/Shanghai is eight hours ahead of UTC), `NEVER` as null.

    `second` fixes the second of the day (UTC) where it is not negative.
    """
    seconds = rng.integers(30 * 60, 10 * 3600, len(days))
    seconds = seconds if second is None else np.where(second >= 0, second, seconds)
    absent = (days == NEVER) | (days == ALWAYS)
    micros = (np.where(absent, 0, days).astype(np.int64) * 86_400 + seconds) * 1_000_000
    return pa.array(micros, pa.int64(), mask=absent).cast(TIMESTAMP)


def _coded(codes: NDArray, words: tuple[str, ...]) -> pa.Array:
    mask = codes < 0
    return pa.array(words, pa.string()).take(pa.array(codes, pa.int64(), mask=mask if mask.any() else None))


def _column(table: str, column: Column, values: NDArray, labels: Labels, rng: np.random.Generator) -> pa.Array:
    name = column.name
    if column.kind is Kind.ID or name == "payee_account":
        if name == "supplier_id":
            return labels.supplier(values)
        return numbered(PREFIX[name], values if name in GLOBAL else np.where(values < 0, -1, values + labels.offset))
    if column.kind is Kind.ENUM:
        return _coded(values, column.values)
    if column.kind is Kind.INSTANT:
        return instants(values, rng) if (table, name) in TIMED else dates(values)
    if column.kind in (Kind.MONEY, Kind.RATE):
        return decimals(values, 2 if column.kind is Kind.MONEY else 8)
    if column.kind is Kind.INTEGER:
        return pa.array(values, pa.int64(), mask=values == NONE)
    if column.kind is Kind.REAL:
        return pa.array(values, pa.float64(), mask=np.isnan(values))
    return _coded(values, WORDS[(table, name)])


def _sources(source: str, rows: Rows) -> pa.Array:
    """One source for all rows, or the number of each row's reporter behind it."""
    if "reporter" not in rows:
        return pa.repeat(pa.scalar(source), length(rows))
    return _coded(rows["reporter"], tuple(f"{source}:{i + 1}" for i in range(int(rows["reporter"].max(initial=0)) + 1)))


def _null(column: Column) -> pa.DataType:
    types = {Kind.INSTANT: pa.date32(), Kind.MONEY: pa.decimal128(18, 2), Kind.RATE: pa.decimal128(18, 8)}
    types |= {Kind.INTEGER: pa.int64(), Kind.FLAG: pa.bool_(), Kind.REAL: pa.float64()}
    return types.get(column.kind, pa.string())


def to_arrow(
    table: str,
    rows: Rows,
    labels: Labels,
    rng: np.random.Generator,
    texts: Mapping[str, pa.Array] | None = None,
) -> pa.Table:
    """The source table of `rows`: FACTS' columns and clocks; columns that `rows` lacks are null.

    Args:
        table: the canonical table's name.
        rows: its rows, with the columns of `sandbox.world.rows.known`.
        labels: the texts of this chunk.
        rng: draws the time of day of what is dated to the second.
        texts: columns that are Arrow arrays already.
    """
    n, arrays = length(rows), dict(texts or {})
    for column in TABLES[table].columns:
        if column.name in arrays:
            pass
        elif column.name == "currency":
            codes = rows.get("currency", np.zeros(n, np.int64))
            arrays["currency"] = _coded(codes, CURRENCIES)
        elif column.name in rows:
            arrays[column.name] = _column(table, column, rows[column.name], labels, rng)
        else:
            arrays[column.name] = pa.nulls(n, _null(column))
        assert not (column.required and arrays[column.name].null_count), f"{table}.{column.name} has nulls"
    stated = np.where(rows["known_stated"], rows["known_day"], NEVER)
    arrays["known_at"] = instants(stated, rng, rows.get("known_second"))
    arrays["retracted"] = pa.array(rows["retracted"])
    arrays["source"] = _sources(labels.source, rows)
    order = [column.name for column in TABLES[table].columns]
    return pa.table({name: arrays[name] for name in [*order, "known_at", "retracted", "source"]})
