"""Prepared columns about the reports of a loan: what the latest leaves to repay, and whether it was repaid before."""

from typing import Any

import ibis

from features.facts.history import relation, spine, visible_at


def with_latest_report(rows: Any) -> Any:
    """Add `last_report_on`, `rest` and `rest_value` to loans: the latest visible report, and what it leaves to repay.

    `rest` is in the loan's currency, `rest_value` in the reporting currency; all are null without a report.
    """
    cases, facts = spine(), relation("repayments")
    # Whose loans are visible was decided with the rows: a loan that is not among them takes no report.
    same = [facts.supplier_id == cases.supplier_id, *visible_at(facts, cases.as_of, event="occurred_at")]
    reports = cases.join(facts, same)
    order = {"last_report_on": facts.occurred_at, "learned_at": facts.known_at, "repayment_id": facts.repayment_id}
    rest = {"rest": facts.remaining, "rest_value": facts.value}
    reports = reports.select(cases.case_no, facts.financing_id, **order, **rest)
    newest_first = ibis.window(
        group_by=["case_no", "financing_id"], order_by=[ibis.desc(reports[column]) for column in order]
    )
    reports = reports.mutate(place=ibis.row_number().over(newest_first))
    latest = reports.filter(reports.place == 0).drop("place", "learned_at", "repayment_id")
    joined = rows.left_join(latest, ["case_no", "financing_id"])
    return joined.select(*rows.columns, "last_report_on", *rest)


def with_repaid_before(rows: Any) -> Any:
    """Add `repaid_before` to reports: whether an earlier report of the same loan left nothing to repay."""
    in_time = ibis.window(
        group_by=["case_no", "financing_id"], order_by=["occurred_at", "known_at", "repayment_id"], rows=(None, -1)
    )
    return rows.mutate(repaid_before=(rows.remaining.min().over(in_time) <= 0).fill_null(False))
