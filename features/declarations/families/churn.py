"""Churn: the share of counterparties of the year before that do not appear in the last year."""

from typing import Any

from features.declarations.exact import ratio, within


def by_year(m: Any) -> dict[str, Any]:
    """Rows with one counterparty in the last 365 days, and in the 365 before them."""
    return {"recent": m.count(where=within(m, 0, 365)), "before": m.count(where=within(m, 365, 730))}


def lost_share(recent: Any, before: Any) -> Any:
    """Share of the counterparties of 365 to 730 days ago without a row in the last 365."""
    return ratio(((before > 0) & (recent == 0)).sum(), (before > 0).sum())
