"""The same columns in DuckDB SQL written by hand for one date: as little as the engine has to do, and so the limit.

Ages are compared with constants, a supplier's rows are grouped without a case to join them to, and what FACTS demands
is spelled out: what was known and not superseded or retracted, what had happened, what a date in the future hides, and
that the children of an invisible contract are invisible. Every sum is of integers or decimals, as ours is.
"""

from datetime import datetime, timedelta
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa

from features.declarations.convenience import REASONS
from features.facts.store import Facts

DAY_US = 86_400_000_000


def answer(facts: Facts, suppliers: pa.Array, as_of: datetime, subset: str) -> dict[str, np.ndarray]:
    """Columns of a subset (`plain` or `hard`) for the suppliers, in their order."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        con.register("asked", pa.table({"n": pa.array(range(len(suppliers)), pa.int64()), "supplier_id": suppliers}))
        for name, file in facts.tables.items():
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")
        table = con.sql(QUERIES[subset](as_of)).to_arrow_table()
    place, values = table["n"].to_numpy(), {}
    for name in table.column_names[1:]:
        values[name] = np.empty(len(suppliers))
        values[name][place] = table[name].to_numpy(zero_copy_only=False)
    return values


def _since(as_of: datetime, column: str, days: int) -> str:
    return f"{column} >= TIMESTAMP '{as_of - timedelta(days=days)}'"


def _seen(as_of: datetime, event: str | None = None) -> str:
    at = f"TIMESTAMP '{as_of}'"
    happened = f" AND {event} < {at}" if event else ""
    return f"known_at < {at} AND (known_until IS NULL OR known_until >= {at}) AND NOT retracted{happened}"


def _contracts(as_of: datetime) -> str:
    """Visible contracts that stand: known cancellations are left out by `standing`."""
    cancelled = f"coalesce(end_state = 'cancelled' AND ended_on < TIMESTAMP '{as_of}', false)"
    return f"SELECT *, NOT {cancelled} AS standing FROM contracts WHERE {_seen(as_of, 'signed_on')}"


def _of_seen(table: str, as_of: datetime) -> str:
    """Visible children of visible contracts."""
    parents = f"SELECT supplier_id, contract_id FROM contracts WHERE {_seen(as_of, 'signed_on')}"
    return f"SELECT * FROM {table} SEMI JOIN ({parents}) USING (supplier_id, contract_id) WHERE {_seen(as_of)}"


def _with_ends(as_of: datetime) -> str:
    """Visible milestones with when they were `met`, and the known end of their contract: `ended`, `state`, `freed`.

    `freed` says that the buyer ended the contract for its own convenience.
    """
    at = f"TIMESTAMP '{as_of}'"
    reasons = ", ".join("'" + reason.replace("'", "''") + "'" for reason in REASONS)
    return f"""
  SELECT m.*, CASE WHEN m.met_on < {at} THEN m.met_on END AS met, e.ended, e.state, e.freed
  FROM ({_of_seen("milestones", as_of)}) m LEFT JOIN (
    SELECT supplier_id, contract_id, ended_on AS ended, coalesce(end_state, '') AS state,
      (supplier_id, contract_id) IN (
        SELECT (supplier_id, contract_id) FROM amendments
        WHERE {_seen(as_of, "occurred_at")} AND lower(trim(reason)) IN ({reasons})) AS freed
    FROM contracts WHERE {_seen(as_of, "signed_on")} AND ended_on < {at}
  ) e USING (supplier_id, contract_id)"""


def _milestones(as_of: datetime) -> str:
    """Deliveries and acceptances by supplier."""
    at = f"TIMESTAMP '{as_of}'"
    w = partial(_since, as_of)
    late = "(coalesce(met, ended) IS NULL OR coalesce(met, ended) > due_on)"
    called_off = "state = 'cancelled' OR (state = 'terminated_early' AND freed)"
    never_due = "state <> 'completed' AND due_on > ended"
    due = (
        f"kind = 'delivery' AND due_on < {at} AND (met IS NOT NULL OR NOT coalesce({called_off} OR {never_due}, false))"
    )
    judged = f"kind = 'acceptance' AND met_on < {at} AND result IS NOT NULL"
    return f"""
  SELECT supplier_id,
    count(*) FILTER ({due} AND {w("due_on", 180)}) AS deliveries_180d,
    count(*) FILTER ({due} AND {w("due_on", 365)}) AS deliveries_365d,
    count(*) FILTER ({due} AND {late} AND {w("due_on", 180)})::DOUBLE
      / nullif(deliveries_180d, 0) AS late_delivery_rate_180d,
    count(*) FILTER ({due} AND {late} AND {w("due_on", 365)})::DOUBLE
      / nullif(deliveries_365d, 0) AS late_delivery_rate_365d,
    count(*) FILTER ({judged} AND {w("met_on", 365)}) AS acceptances_365d,
    count(*) FILTER ({judged} AND result <> 'passed' AND {w("met_on", 730)})::DOUBLE
      / nullif(count(*) FILTER ({judged} AND {w("met_on", 730)}), 0) AS acceptance_failure_rate_730d
  FROM ({_with_ends(as_of)}) GROUP BY supplier_id"""


def plain(as_of: datetime) -> str:
    """Counts, sums and rates over windows: one scan and one grouping a table."""
    at = f"TIMESTAMP '{as_of}'"
    w = partial(_since, as_of)
    decided = f"(decided_on IS NULL OR decided_on < {at})"
    return f"""
WITH c AS (
  SELECT supplier_id,
    count(*) FILTER (standing AND {w("signed_on", 90)}) AS contracts_90d,
    count(*) FILTER (standing AND {w("signed_on", 365)}) AS contracts_365d,
    coalesce(sum(value) FILTER (standing AND {w("signed_on", 180)}), 0) AS turnover_180d,
    coalesce(sum(value) FILTER (standing AND {w("signed_on", 365)}), 0) AS turnover_365d,
    sum(value) FILTER (standing)::DOUBLE / nullif(count(value) FILTER (standing), 0) AS average_contract,
    count(*) FILTER (standing AND method IN ('direct', 'limited') AND {w("signed_on", 730)})::DOUBLE
      / nullif(count(method) FILTER (standing AND {w("signed_on", 730)}), 0) AS direct_award_share_730d
  FROM ({_contracts(as_of)}) GROUP BY supplier_id
), m AS (
  {_milestones(as_of)}
), b AS (
  SELECT supplier_id,
    count(*) FILTER ({w("occurred_at", 365)}) AS bids_365d,
    count(*) FILTER ({decided} AND result = 'won' AND {w("occurred_at", 730)})::DOUBLE
      / nullif(count(result) FILTER ({decided} AND {w("occurred_at", 730)}), 0) AS win_rate_730d,
    count(*) FILTER (bidders = 1 AND {w("occurred_at", 730)})::DOUBLE
      / nullif(count(bidders) FILTER ({w("occurred_at", 730)}), 0) AS single_bid_share_730d
  FROM bids WHERE {_seen(as_of, "occurred_at")} GROUP BY supplier_id
), p AS (
  SELECT supplier_id,
    coalesce(sum(value) FILTER (invoiced_on < {at} AND {w("invoiced_on", 365)}), 0) AS invoiced_amount_365d
  FROM ({_of_seen("payments", as_of)}) GROUP BY supplier_id
), i AS (
  SELECT supplier_id,
    coalesce(sum(value) FILTER (direction = 'sale' AND state = 'valid' AND {w("issued_on", 365)}), 0) AS sales_365d,
    count(*) FILTER (direction = 'sale' AND state = 'void' AND {w("issued_on", 365)})::DOUBLE
      / nullif(count(*) FILTER (direction = 'sale' AND {w("issued_on", 365)}), 0) AS void_invoice_rate_365d
  FROM invoices WHERE {_seen(as_of, "issued_on")} GROUP BY supplier_id
)
{_side_by_side("cmbpi")}"""


def _buyers(as_of: datetime) -> str:
    """Contracts and amounts by supplier and buyer."""
    w = partial(_since, as_of)
    year, before = w("signed_on", 365), f"signed_on < TIMESTAMP '{as_of - timedelta(days=365)}'"
    return f"""
    SELECT supplier_id, buyer_id,
      count(*) FILTER (standing AND {year}) AS signed_365,
      count(*) FILTER (standing AND {w("signed_on", 730)}) AS signed_730,
      count(*) FILTER (standing AND {w("signed_on", 730)} AND {before}) AS signed_before,
      coalesce(sum(value) FILTER (standing), 0) AS spent,
      coalesce(sum(value) FILTER (standing AND {year}), 0) AS spent_365,
      coalesce(sum(value) FILTER (standing AND {w("signed_on", 730)}), 0) AS spent_730
    FROM seen GROUP BY supplier_id, buyer_id"""


def hard(as_of: datetime) -> str:
    """Distinct counts, a quantile and concentration: two groupings where something is spread over something."""
    at = f"TIMESTAMP '{as_of}'"
    w = partial(_since, as_of)
    sale = f"direction = 'sale' AND state = 'valid' AND {w('issued_on', 365)}"
    return f"""
WITH seen AS ({_contracts(as_of)}), g AS (
  SELECT supplier_id,
    quantile_cont(gap_us, 0.5) FILTER (standing AND {w("signed_on", 730)}) / {DAY_US} AS contract_gap_730d
  FROM (
    SELECT supplier_id, signed_on, standing, (epoch_us(signed_on) - lag(epoch_us(signed_on)) OVER (
      PARTITION BY supplier_id ORDER BY signed_on, known_at, contract_id))::DOUBLE AS gap_us FROM seen
  ) GROUP BY supplier_id
), c AS (
  SELECT supplier_id,
    count(*) FILTER (signed_365 > 0) AS buyers_365d,
    {_herfindahl("spent_365")} AS buyer_concentration_365d,
    {_herfindahl("spent")} AS buyer_concentration,
    max(spent_730)::DOUBLE / nullif(sum(spent_730), 0)::DOUBLE AS largest_buyer_share_730d,
    count(*) FILTER (signed_730 > 1)::DOUBLE
      / nullif(count(*) FILTER (signed_730 > 0), 0) AS returning_buyer_share_730d,
    count(*) FILTER (signed_before > 0 AND signed_365 = 0)::DOUBLE
      / nullif(count(*) FILTER (signed_before > 0), 0) AS buyer_churn
  FROM (
    {_buyers(as_of)}
  ) GROUP BY supplier_id
), k AS (
  SELECT supplier_id, {_herfindahl("spent_730")} AS category_concentration_730d
  FROM (
    SELECT supplier_id, category, sum(value) FILTER (standing AND {w("signed_on", 730)}) AS spent_730
    FROM seen WHERE category IS NOT NULL GROUP BY supplier_id, category
  ) GROUP BY supplier_id
), i AS (
  SELECT supplier_id, count(*) FILTER (sales > 0) AS customers_365d,
    {_herfindahl("sold")} AS customer_concentration_365d
  FROM (
    SELECT supplier_id, counterparty_id, count(*) FILTER ({sale}) AS sales,
      sum(value) FILTER ({sale} AND value > 0) AS sold
    FROM invoices WHERE {_seen(as_of, "issued_on")} GROUP BY supplier_id, counterparty_id
  ) GROUP BY supplier_id
), p AS (
  SELECT supplier_id,
    count(DISTINCT payee_account) FILTER (invoiced_on < {at} AND {w("invoiced_on", 730)}) AS payee_accounts_730d
  FROM ({_of_seen("payments", as_of)}) WHERE payee_account IS NOT NULL GROUP BY supplier_id
)
{_side_by_side("gckip")}"""


def _herfindahl(spent: str) -> str:
    """Σx² / (Σx)² of money in cents, exact until the division; brought to cents after the sums, which is cheaper."""
    x, whole = f"{spent}::DECIMAL(19,2)", f"(sum({spent}) * 100)::DECIMAL(38,0)::DOUBLE"
    return f"(sum({x} * {x}) * 10000)::DECIMAL(38,0)::DOUBLE / nullif({whole} * {whole}, 0)"


def _side_by_side(parts: str) -> str:
    joins = " ".join(f"LEFT JOIN {part} USING (supplier_id)" for part in parts)
    columns = ", ".join(f"{part}.* EXCLUDE (supplier_id)" for part in parts)
    return f"SELECT asked.n, {columns} FROM asked {joins}"


QUERIES = {"plain": plain, "hard": hard}
