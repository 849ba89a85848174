"""`given`: the outcomes table holds the outcome of each case."""

from training.cases.outcome import Outcome


def select(outcome: Outcome) -> str:
    """The SQL that gives every row of the outcomes table its state; only a spine can add terms."""
    matured = f"later(o.matured_on, {outcome.lag_days})"
    return f"""
SELECT o.case_id, o.supplier_id, midnight(local_day(o.as_of)) AS as_of, NULL::VARCHAR AS tenant_id,
  NULL::VARCHAR AS contract_id, NULL::VARCHAR AS buyer_id, NULL::DECIMAL(18,2) AS amount, NULL::VARCHAR AS currency,
  NULL::BIGINT AS days, NULL::VARCHAR AS category, NULL::VARCHAR AS method, NULL::BIGINT AS bidders,
  coalesce(o.weight, 1.0)::DOUBLE AS weight, {matured} AS matured_on,
  greatest(o.known_at, o.matured_on) AS known_on,
  CASE
    WHEN {matured} > (SELECT instant FROM latest_known_at) THEN 'not_matured'
    WHEN o.bad = 1 THEN 'bad'
    WHEN o.bad = 0 THEN 'good'
    ELSE 'indeterminate_unknown'
  END AS state
FROM final_outcomes o
"""
