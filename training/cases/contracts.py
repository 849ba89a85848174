"""`contract_failure` and `late_delivery`: one case per contract, judged by its last delivery and its end."""

from training.cases.outcome import Outcome

CONTRACT = """contract AS (
  SELECT * FROM final_contracts
  QUALIFY row_number() OVER (PARTITION BY contract_id ORDER BY share DESC NULLS LAST, supplier_id) = 1
)"""
"""A joint award is one case, of its largest member (of the first by id among equals)."""

DELIVERY = """delivery AS (
  SELECT c.contract_id, coalesce(m.due_on, c.ends_on) AS due_on, m.met_on, coalesce(m.source, '') AS source,
    greatest(m.known_at, coalesce(m.met_on, m.known_at)) AS known_on
  FROM contract c JOIN final_milestones m ON m.contract_id = c.contract_id AND m.supplier_id = c.supplier_id
  WHERE m.kind = 'delivery'
  QUALIFY row_number() OVER (
    PARTITION BY c.contract_id ORDER BY coalesce(m.due_on, c.ends_on) DESC NULLS LAST, m.met_on DESC NULLS FIRST,
    m.milestone_id) = 1
)"""
"""The last delivery of each contract."""

RETRACTED_DELIVERY = """retracted_delivery AS (
  SELECT contract_id, max(known_at) AS known_on FROM retracted_milestones WHERE kind = 'delivery' GROUP BY contract_id
)"""
"""The retraction of a delivery counts as well: before it, the outcome may have been a different one."""

REPORTING = """ends_reported AS (
  SELECT DISTINCT coalesce(source, '') AS source FROM final_contracts WHERE ended_on IS NOT NULL
),
deliveries_reported AS (
  SELECT DISTINCT coalesce(source, '') AS source FROM final_milestones WHERE met_on IS NOT NULL
)"""
"""Sources that ever give the end of a contract, and that ever give the day on which a milestone was met.

The silence of any other source says nothing: its contracts without an end, or its open deliveries, are unreported.
"""

COMPETITION = """competition AS (
  SELECT tender_id, coalesce(max(bidders), count(DISTINCT supplier_id)) AS bidders FROM final_bids GROUP BY tender_id
)"""


def select(outcome: Outcome) -> str:
    """The SQL that gives every contract its state.

    A contract is done when its last delivery is met, or, where that is not known, when it ended other than early. It
    matures when it has been due for as long as makes it late. Until then it is left out, whatever its outcome: early
    failures are known before late successes, and would otherwise be too many.
    """
    parts = (
        CONTRACT,
        DELIVERY,
        RETRACTED_DELIVERY,
        REPORTING,
        _convenience(outcome),
        COMPETITION,
        _contract_dates(outcome),
    )
    return "WITH " + ",\n".join(parts) + "\n" + _cases(outcome)


def _convenience(outcome: Outcome) -> str:
    """Contracts that the buyer ended for its own convenience, by the reason of an amendment."""
    reasons = ", ".join("'" + reason.replace("'", "''") + "'" for reason in outcome.convenience) or "NULL"
    return f"""convenience AS (
  SELECT DISTINCT contract_id FROM final_amendments WHERE lower(trim(reason)) IN ({reasons})
)"""


def _contract_dates(outcome: Outcome) -> str:
    """When each contract was due, when it was done, from when it is late, and when all of this was known."""
    return f"""contract_dates AS (
  SELECT c.*, coalesce(d.due_on, c.ends_on) AS delivery_due_on,
    coalesce(d.met_on, CASE WHEN c.end_state IS DISTINCT FROM 'terminated_early' THEN c.ended_on END) AS done_on,
    CASE WHEN d.contract_id IS NOT NULL THEN d.source IN (SELECT source FROM deliveries_reported)
      ELSE coalesce(c.source, '') IN (SELECT source FROM ends_reported) END AS silence_means_open,
    later(coalesce(d.due_on, c.ends_on), {outcome.late_days_min}) AS late_from,
    greatest(c.known_at, c.ended_on, d.known_on, t.known_on) AS facts_known_on
  FROM contract c LEFT JOIN delivery d USING (contract_id) LEFT JOIN retracted_delivery t USING (contract_id)
)"""


def _cases(outcome: Outcome) -> str:
    return f"""
SELECT j.contract_id AS case_id, j.supplier_id, midnight(local_day(j.signed_on)) AS as_of, NULL::VARCHAR AS tenant_id,
  j.contract_id, a.buyer_id, a.amount, a.currency,
  NULL::BIGINT AS days, -- the planned end may have been revised since
  a.category, a.method, b.bidders, 1.0::DOUBLE AS weight,
  later(j.late_from, {outcome.lag_days}) AS matured_on,
  -- That nothing happened is known when it has not happened in time.
  CASE WHEN j.done_on IS NULL AND j.end_state IS NULL THEN greatest(j.facts_known_on, j.late_from)
    ELSE j.facts_known_on END AS known_on,
  j.ended_on IS NOT NULL OR j.done_on IS NOT NULL AS ended,
  CASE
    WHEN j.end_state = 'cancelled' OR (j.end_state = 'terminated_early' AND v.contract_id IS NOT NULL) THEN 'excluded'
    WHEN j.delivery_due_on IS NULL THEN 'indeterminate_undated'
    WHEN later(j.late_from, {outcome.lag_days}) > (SELECT instant FROM latest_known_at) THEN 'not_matured'
    WHEN j.end_state = 'terminated_early' THEN 'bad'
    WHEN j.done_on IS NULL AND NOT j.silence_means_open THEN 'indeterminate_unreported'
    WHEN j.done_on IS NULL THEN 'bad'
    WHEN local_day(j.done_on) - local_day(j.delivery_due_on) >= {outcome.late_days_min} THEN 'bad'
    ELSE 'good'
  END AS state
FROM contract_dates j
JOIN first_contracts a USING (contract_id, supplier_id)
LEFT JOIN convenience v USING (contract_id)
LEFT JOIN competition b ON b.tender_id = a.tender_id
"""
