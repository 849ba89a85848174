"""`loan_default`: one case per financing, its outcome comes from what the bank reported about the repayment."""

from training.cases.outcome import Outcome

REPORT_SUMMARY = """report_summary AS (
  SELECT financing_id,
    min(reached_on) FILTER (reached_on <= window_end) AS reached_on,
    min(known_on) FILTER (reached_on <= window_end) AS bad_known_on,
    coalesce(max(known_on) FILTER (occurred_at <= window_end OR due_since > ends_on), min(known_on)) AS good_known_on,
    bool_or(remaining <= 0 OR occurred_at >= least(late_on, window_end)) AS reported
  FROM report GROUP BY financing_id
)"""
"""The reports of a loan in one row: when it was first so late, and since when its good or bad outcome is known.

A loan is reported if it was repaid, or if it is known what was left when it would have been so late: a rest that was
last heard of before that day tells nothing.
"""

BUYER = """buyer AS (
  SELECT j.financing_id,
    bool_or(p.due_on < j.tested_on AND (p.paid_on IS NULL OR p.paid_on > j.tested_on)) AS late,
    max(greatest(p.known_at, CASE WHEN p.paid_on <= j.tested_on THEN p.paid_on ELSE p.due_on END)) AS known_on
  FROM loan_dates j
  JOIN final_contracts c ON c.contract_id = j.contract_id AND c.supplier_id = j.supplier_id
  JOIN final_payments p ON p.contract_id = c.contract_id AND p.supplier_id = c.supplier_id
  WHERE p.due_on < j.tested_on
  GROUP BY j.financing_id
)"""
"""Whether the buyer had an overdue invoice of the financed contract when the loan was (or would have been) so late. The
test is the same for repaid loans, so that good and bad cases are left out alike."""

RETRACTED_REPORT = """retracted_report AS (
  SELECT financing_id, max(known_at) AS known_on FROM (
    SELECT financing_id, known_at FROM retracted_repayments
    UNION ALL
    SELECT j.financing_id, p.known_at FROM loan_dates j
    JOIN retracted_payments p ON p.contract_id = j.contract_id AND p.supplier_id = j.supplier_id
  ) GROUP BY financing_id
)"""
"""The retraction of a report counts as well: before it, the outcome may have been a different one."""

CASES = """
SELECT j.financing_id AS case_id, j.supplier_id, midnight(local_day(j.starts_on)) AS as_of, j.tenant_id,
  j.contract_id, c.buyer_id, a.amount, a.currency,
  (local_day(a.ends_on) - local_day(a.starts_on))::BIGINT AS days,
  c.category, c.method, NULL::BIGINT AS bidders, 1.0::DOUBLE AS weight,
  j.matured_on, greatest(j.known_at, j.reports_known_on, b.known_on, t.known_on) AS known_on,
  CASE
    WHEN j.matured_on > (SELECT instant FROM latest_known_at) THEN 'not_matured'
    WHEN j.reached_on IS NULL AND NOT j.reported THEN 'indeterminate_unreported'
    WHEN b.late AND j.reached_on IS NOT NULL THEN 'indeterminate_buyer_caused'
    WHEN b.late THEN 'indeterminate_buyer_late_repaid'
    WHEN j.reached_on IS NOT NULL THEN 'bad'
    ELSE 'good'
  END AS state
FROM loan_dates j
JOIN first_financings a USING (financing_id)
LEFT JOIN buyer b USING (financing_id)
LEFT JOIN retracted_report t USING (financing_id)
LEFT JOIN first_contracts c ON c.contract_id = j.contract_id AND c.supplier_id = j.supplier_id
"""


def select(outcome: Outcome) -> str:
    """The SQL that gives every financing its state."""
    parts = (
        _loan(outcome),
        _dated_report(outcome),
        _report(outcome),
        REPORT_SUMMARY,
        _loan_dates(outcome),
        BUYER,
        RETRACTED_REPORT,
    )
    return "WITH " + ",\n".join(parts) + "\n" + CASES


def _loan(outcome: Outcome) -> str:
    """Loans with the end of their outcome window."""
    window = f"later(f.ends_on, {outcome.tail_days})"
    if outcome.cap_months is not None:
        window = f"least({window}, months_later(f.starts_on, {outcome.cap_months}))"
    return f"""loan AS (
  SELECT f.*, {window} AS window_end FROM final_financings f
)"""


def _dated_report(outcome: Outcome) -> str:
    """Reports, each with the day the loan was repaid and the day since which a rest is past due.

    A rest is past due since the end of the loan, or, where a later report says how long it is past due, since the
    earliest day that such a report gives: the loan was extended until then.
    """
    stated = "FILTER (r.days_past_due > 0 AND r.remaining > 0 AND r.occurred_at > l.ends_on)"
    return f"""dated_report AS (
  SELECT *, later(due_since, {outcome.dpd}) AS late_on FROM (
    SELECT l.financing_id, l.ends_on, l.window_end, r.occurred_at, r.remaining, r.days_past_due,
      greatest(r.known_at, r.occurred_at) AS known_on,
      min(r.occurred_at) FILTER (r.remaining <= 0) OVER of_loan AS repaid_on,
      greatest(l.ends_on, min(later(r.occurred_at, -r.days_past_due::INTEGER)) {stated} OVER of_loan) AS due_since
    FROM loan l JOIN final_repayments r USING (financing_id, supplier_id, tenant_id)
    WINDOW of_loan AS (PARTITION BY l.financing_id)
  )
)"""


def _report(outcome: Outcome) -> str:
    """Reports, and when each says that the loan was first `dpd` days past due.

    A report with more days past due gives an earlier date. So does a rest on or after the day on which it was `dpd`
    days past due, or its repayment after that day, whatever the report states: days past due are set back to 0 when a
    loan closes.
    """
    return f"""report AS (
  SELECT *, least(
      CASE WHEN days_past_due >= {outcome.dpd} THEN later(occurred_at, {outcome.dpd} - days_past_due::INTEGER) END,
      CASE WHEN occurred_at >= late_on AND (repaid_on IS NULL OR occurred_at < repaid_on) THEN late_on
        WHEN occurred_at = repaid_on AND local_day(occurred_at) > local_day(late_on) THEN late_on END
    ) AS reached_on
  FROM dated_report
)"""


def _loan_dates(outcome: Outcome) -> str:
    """Loans with their reports, and the instant at which the buyer's payments are checked."""
    return f"""loan_dates AS (
  SELECT l.*, t.reached_on, coalesce(t.reported, false) AS reported,
    coalesce(t.bad_known_on, t.good_known_on, l.known_at) AS reports_known_on,
    later(l.window_end, {outcome.lag_days}) AS matured_on,
    coalesce(t.reached_on, later(l.ends_on, {outcome.dpd})) AS tested_on
  FROM loan l LEFT JOIN report_summary t USING (financing_id)
)"""
