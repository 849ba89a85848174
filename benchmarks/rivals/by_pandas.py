"""The same columns in pandas, written as if it were ours: ids and kinds as integers, no `apply`, no text compared.

Filters that need one row alone run while the Parquet is read, and only the columns that are needed are read. Money is
whole cents and time whole microseconds, so that every sum is exact.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.declarations.convenience import REASONS
from features.facts.store import Facts

DAY_US = 86_400_000_000
LATER = np.iinfo(np.int64).max  # a date that is not there
CODED = ("supplier_id", "buyer_id", "counterparty_id", "payee_account")
CODED += ("kind", "method", "category", "end_state", "result", "direction", "state")


class Reader:
    """Reads visible rows of a table as frames of integers; suppliers are numbered as they are asked for."""

    def __init__(self, facts: Facts, suppliers: pa.Array, as_of: datetime) -> None:
        self.facts, self.suppliers, self.as_of = facts, suppliers, as_of
        self.now = int((np.datetime64(as_of, "us") - np.datetime64(0, "us")).astype(np.int64))
        self._seen: tuple[pa.Array, np.ndarray] | None = None

    def ago(self, days: int) -> int:
        """The instant so many days before, in microseconds."""
        return self.now - days * DAY_US

    def rows(self, name: str, columns: Iterable[str], *, event: str | None = None) -> pd.DataFrame:
        """Visible rows: known, neither superseded nor retracted, and happened."""
        table = self._table(name, columns, event)
        return pd.DataFrame({c: self._integers(c, table[c].combine_chunks()) for c in table.column_names}, copy=False)

    def contracts(self, columns: Iterable[str]) -> pd.DataFrame:
        """Visible contracts; `standing` where they are not known to be cancelled."""
        rows = self.rows("contracts", ["signed_on", "end_state", "ended_on", *columns], event="signed_on")
        rows["standing"] = ~((rows["end_state"] == "cancelled") & (rows["ended_on"] < self.now))
        return rows

    def children(self, name: str, columns: Iterable[str]) -> pd.DataFrame:
        """Visible rows whose contract is visible to their supplier; `pair` is the contract."""
        ids, parents = self._seen_contracts()
        table = self._table(name, ["contract_id", *columns], None)
        pairs = self._pairs(table, ids)
        seen = pd.Series(pairs).isin(parents).to_numpy()
        table = table.drop_columns("contract_id").filter(pa.array(seen))
        rows = {c: self._integers(c, table[c].combine_chunks()) for c in table.column_names}
        return pd.DataFrame({**rows, "pair": pairs[seen]}, copy=False)

    def ends(self) -> pd.DataFrame:
        """The contracts that are known to have ended, by pair: when, in which state, whether for convenience."""
        ids, _ = self._seen_contracts()
        table = self._table("contracts", ["contract_id", "ended_on", "end_state"], "signed_on")
        rows = pd.DataFrame({c: self._integers(c, table[c].combine_chunks()) for c in ("ended_on", "end_state")})
        rows.index = pd.Index(self._pairs(table, ids))
        reasons = self._table("amendments", ["contract_id", "reason"], "occurred_at")
        free = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(reasons["reason"])), pa.array(REASONS))
        rows["freed"] = rows.index.isin(self._pairs(reasons.filter(free), ids))
        return rows[rows["ended_on"] < self.now]

    def _table(self, name: str, columns: Iterable[str], event: str | None) -> pa.Table:
        at, field = pa.scalar(self.as_of, pa.timestamp("us")), pc.field
        visible = (field("known_at") < at) & (field("known_until").is_null() | (field("known_until") >= at))
        visible &= ~field("retracted")
        if event:
            visible &= field(event) < at
        wanted = ["supplier_id", *columns]
        coded = [c for c in wanted if c in CODED]
        return pq.read_table(self.facts.tables[name], columns=wanted, filters=visible, read_dictionary=coded)

    def _seen_contracts(self) -> tuple[pa.Array, np.ndarray]:
        if self._seen is None:
            seen = self._table("contracts", ["contract_id"], "signed_on")
            ids = seen["contract_id"].combine_chunks()
            self._seen = (ids, self._pairs(seen, ids))
        return self._seen

    def _pairs(self, table: pa.Table, ids: pa.Array) -> np.ndarray:
        """Supplier and contract of each row as one integer, negative where the contract is not among `ids`."""
        contract = pc.index_in(table["contract_id"], ids).fill_null(-1).combine_chunks().to_numpy().astype(np.int64)
        supplier = self._integers("supplier_id", table["supplier_id"].combine_chunks())
        return np.where(contract < 0, -1, supplier.astype(np.int64) * len(ids) + contract)

    def _integers(self, name: str, column: pa.Array) -> np.ndarray | pd.Categorical:
        if pa.types.is_dictionary(column.type):
            if name == "supplier_id":
                number = pc.index_in(column.dictionary, self.suppliers).fill_null(-1).to_numpy()
                return number[column.indices.to_numpy()]
            return column.to_pandas().array
        if pa.types.is_timestamp(column.type):
            return column.cast(pa.int64()).fill_null(LATER).to_numpy()
        if pa.types.is_decimal(column.type):
            return (
                pc.multiply(column, pa.scalar(100, pa.decimal128(3, 0))).cast(pa.int64()).to_numpy(zero_copy_only=False)
            )
        return column.to_numpy(zero_copy_only=False)


def answer(facts: Facts, suppliers: pa.Array, as_of: datetime, subset: str) -> dict[str, np.ndarray]:
    """Columns of a subset (`plain` or `hard`) for the suppliers, in their order."""
    reader = Reader(facts, suppliers, as_of)
    frames = [part(reader) for part in PARTS[subset]]
    values = {}
    for frame in frames:
        frame = frame.reindex(range(len(suppliers)))
        values |= {name: frame[name].to_numpy(np.float64) for name in frame.columns}
    return values


def _per(rows: pd.DataFrame, **terms: pd.Series) -> pd.DataFrame:
    """Sums of terms by supplier."""
    return pd.DataFrame(terms).groupby(rows["supplier_id"].to_numpy(), sort=False).sum()


def _rate(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole != 0)


def plain_contracts(reader: Reader) -> pd.DataFrame:
    """Contracts and turnover by window."""
    rows = reader.contracts(["value", "method"])
    signed, standing, value = rows["signed_on"], rows["standing"], rows["value"]
    two_years = standing & (signed >= reader.ago(730)) & rows["method"].notna()
    total = _per(
        rows,
        contracts_90d=standing & (signed >= reader.ago(90)),
        contracts_365d=standing & (signed >= reader.ago(365)),
        turnover_180d=value.where(standing & (signed >= reader.ago(180)), 0),
        turnover_365d=value.where(standing & (signed >= reader.ago(365)), 0),
        value=value.where(standing, 0),
        valued=standing & value.notna(),
        named=two_years,
        direct=two_years & rows["method"].isin(["direct", "limited"]),
    )
    total["average_contract"] = _rate(total["value"] / 100, total["valued"])
    total["direct_award_share_730d"] = _rate(total["direct"], total["named"])
    total[["turnover_180d", "turnover_365d"]] /= 100
    return total.drop(columns=["value", "valued", "named", "direct"])


def plain_milestones(reader: Reader) -> pd.DataFrame:
    """Deliveries and acceptances by window."""
    rows = reader.children("milestones", ["kind", "due_on", "met_on", "result"])
    due, met = rows["due_on"], rows["met_on"]
    end = reader.ends().reindex(rows["pair"])
    ended, state = end["ended_on"].fillna(2**62).to_numpy().astype(np.int64), end["end_state"].astype(object).to_numpy()
    still_open = (met >= reader.now).to_numpy()
    called_off = (state == "cancelled") | ((state == "terminated_early") & (end["freed"].to_numpy() == True))  # noqa: E712
    never_due = (ended < reader.now) & (state != "completed") & (due.to_numpy() > ended)
    counts = ~(still_open & (called_off | never_due))
    delivery = (rows["kind"] == "delivery") & (due < reader.now) & counts
    late = np.where(still_open, ended, met) > due
    judged = (rows["kind"] == "acceptance") & (met < reader.now) & rows["result"].notna()
    half, year = delivery & (due >= reader.ago(180)), delivery & (due >= reader.ago(365))
    seen = judged & (met >= reader.ago(730))
    total = _per(
        rows,
        deliveries_180d=half,
        deliveries_365d=year,
        late_180d=half & late,
        late_365d=year & late,
        acceptances_365d=judged & (met >= reader.ago(365)),
        seen=seen,
        unclean=seen & (rows["result"] != "passed"),
    )
    total["late_delivery_rate_180d"] = _rate(total["late_180d"], total["deliveries_180d"])
    total["late_delivery_rate_365d"] = _rate(total["late_365d"], total["deliveries_365d"])
    total["acceptance_failure_rate_730d"] = _rate(total["unclean"], total["seen"])
    return total.drop(columns=["late_180d", "late_365d", "seen", "unclean"])


def plain_bids(reader: Reader) -> pd.DataFrame:
    """Bids by window, and how many of them won or stood alone."""
    rows = reader.rows("bids", ["bidders", "result", "decided_on", "occurred_at"], event="occurred_at")
    recent, undated = rows["occurred_at"] >= reader.ago(730), rows["decided_on"] == LATER
    decided = recent & (undated | (rows["decided_on"] < reader.now)) & rows["result"].notna()
    total = _per(
        rows,
        bids_365d=rows["occurred_at"] >= reader.ago(365),
        decided=decided,
        won=decided & (rows["result"] == "won"),
        counted=recent & rows["bidders"].notna(),
        single=recent & (rows["bidders"] == 1),
    )
    total["win_rate_730d"] = _rate(total["won"], total["decided"])
    total["single_bid_share_730d"] = _rate(total["single"], total["counted"])
    return total.drop(columns=["decided", "won", "counted", "single"])


def plain_payments(reader: Reader) -> pd.DataFrame:
    """What was invoiced to buyers."""
    rows = reader.children("payments", ["invoiced_on", "value"])
    year = (rows["invoiced_on"] < reader.now) & (rows["invoiced_on"] >= reader.ago(365))
    return _per(rows, invoiced_amount_365d=rows["value"].where(year, 0)) / 100


def plain_invoices(reader: Reader) -> pd.DataFrame:
    """Sales by tax invoice."""
    rows = reader.rows("invoices", ["direction", "state", "value", "issued_on"], event="issued_on")
    sale = (rows["direction"] == "sale") & (rows["issued_on"] >= reader.ago(365))
    void = sale & (rows["state"] == "void")
    total = _per(rows, sales_365d=rows["value"].where(sale & ~void, 0), sale=sale, void=void)
    total["void_invoice_rate_365d"] = _rate(total.pop("void"), total.pop("sale"))
    total["sales_365d"] /= 100
    return total


def _herfindahl(spent: pd.Series, supplier: np.ndarray) -> pd.Series:
    """Σx² / (Σx)², in floats: x in cents may be larger than an int64 can square."""
    spent = spent.astype(np.float64)
    groups = pd.DataFrame({"x": spent, "xx": spent * spent}).groupby(supplier, sort=False).sum()
    return _rate(groups["xx"], groups["x"] * groups["x"])


def _by(rows: pd.DataFrame, key: str, **terms: pd.Series) -> tuple[pd.DataFrame, np.ndarray]:
    """Sums of terms by supplier and key, and the supplier of each; rows without a key are left out."""
    kinds, codes = len(rows[key].array.categories), rows[key].array.codes
    pair = np.where(codes >= 0, rows["supplier_id"].to_numpy(np.int64) * kinds + codes, -1)
    frame = pd.DataFrame(terms).groupby(pair, sort=False).sum()
    frame = frame[frame.index >= 0]
    return frame, frame.index.to_numpy() // max(kinds, 1)


def hard_contracts(reader: Reader) -> pd.DataFrame:
    """How contracts spread over buyers, categories and time."""
    rows = reader.contracts(["value", "buyer_id", "category"])
    signed, standing, value = rows["signed_on"], rows["standing"], rows["value"].fillna(0)
    year, two_years = standing & (signed >= reader.ago(365)), standing & (signed >= reader.ago(730))
    by, supplier = _by(
        rows,
        "buyer_id",
        signed_365=year,
        signed_730=two_years,
        before=two_years & ~year,
        spent=value.where(standing, 0),
        spent_365=value.where(year, 0),
        spent_730=value.where(two_years, 0),
    )
    lost = (by["before"] > 0) & (by["signed_365"] == 0)
    terms = {"buyers_365d": by["signed_365"] > 0, "again": by["signed_730"] > 1, "seen": by["signed_730"] > 0}
    total = pd.DataFrame(terms | {"lost": lost, "earlier": by["before"] > 0, "spent_730": by["spent_730"]})
    total = total.groupby(supplier, sort=False).sum()
    total["buyer_concentration_365d"] = _herfindahl(by["spent_365"], supplier)
    total["buyer_concentration"] = _herfindahl(by["spent"], supplier)
    largest = by["spent_730"].groupby(supplier, sort=False).max()
    total["largest_buyer_share_730d"] = _rate(largest, total.pop("spent_730"))
    total["returning_buyer_share_730d"] = _rate(total.pop("again"), total.pop("seen"))
    total["buyer_churn"] = _rate(total.pop("lost"), total.pop("earlier"))
    kinds, owner = _by(rows, "category", spent=value.where(two_years, 0))
    total["category_concentration_730d"] = _herfindahl(kinds["spent"], owner)
    total["contract_gap_730d"] = _median_gap(rows, two_years)
    return total


def _median_gap(rows: pd.DataFrame, counts: pd.Series) -> pd.Series:
    """Median days between a contract and the supplier's one before it."""
    # The file is sorted by supplier, clock and id, and this sort is stable: contracts of one day stay in that order.
    rows = rows[["supplier_id", "signed_on"]].assign(counts=counts).sort_values(["supplier_id", "signed_on"])
    gap = rows["signed_on"].diff().where(rows["supplier_id"] == rows["supplier_id"].shift())
    counted = rows["counts"] & gap.notna()
    return gap[counted].groupby(rows["supplier_id"][counted], sort=False).median() / DAY_US


def hard_invoices(reader: Reader) -> pd.DataFrame:
    """How sales spread over customers."""
    columns = ["direction", "state", "value", "counterparty_id", "issued_on"]
    rows = reader.rows("invoices", columns, event="issued_on")
    sale = (rows["direction"] == "sale") & (rows["state"] == "valid") & (rows["issued_on"] >= reader.ago(365))
    sold = rows["value"].where(sale & (rows["value"] > 0), 0)
    by, supplier = _by(rows, "counterparty_id", sales=sale, sold=sold)
    total = (by["sales"] > 0).groupby(supplier, sort=False).sum().to_frame("customers_365d")
    total["customer_concentration_365d"] = _herfindahl(by["sold"], supplier)
    return total


def hard_payments(reader: Reader) -> pd.DataFrame:
    """How many accounts were named."""
    rows = reader.children("payments", ["invoiced_on", "payee_account"])
    counts = (rows["invoiced_on"] < reader.now) & (rows["invoiced_on"] >= reader.ago(730))
    by, supplier = _by(rows, "payee_account", used=counts)
    return (by["used"] > 0).groupby(supplier, sort=False).sum().to_frame("payee_accounts_730d")


PARTS = {
    "plain": (plain_contracts, plain_milestones, plain_bids, plain_payments, plain_invoices),
    "hard": (hard_contracts, hard_invoices, hard_payments),
}
