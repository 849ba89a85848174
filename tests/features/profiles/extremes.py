"""A source of the largest values that an import lets in, many of each."""

import csv
from datetime import UTC, datetime
from pathlib import Path

from features.facts.store import Facts
from features.importing.import_facts import import_facts

ROWS = 300
AFTER_ALL = datetime(2261, 1, 1, tzinfo=UTC)  # an import at which every row is known: no row is known after it
MONEY, WHOLE, REAL = "99999999999999.99", "999999999", "999999999999.9"
TABLES = {
    "suppliers": [{"supplier_id": "S", "kind": "other", "founded_on": "1700-01-02", "registered_capital": MONEY}],
    "buyers": [{"buyer_id": "B"}],
    "tenders": {"tender_id": "T", "estimate": MONEY, "published_on": "1800-01-01"},
    "bids": {"bid_id": "O", "tender_id": "T0", "supplier_id": "S", "bidders": WHOLE, "amount": MONEY, "result": "won"},
    "contracts": {"contract_id": "C", "supplier_id": "S", "buyer_id": "B", "kind": "order", "amount": MONEY},
    "amendments": {"amendment_id": "A", "contract_id": "C0", "amount_change": f"-{MONEY}", "days_change": WHOLE},
    "milestones": {"milestone_id": "M", "contract_id": "C0", "kind": "delivery", "due_on": "1700-02-01"},
    "payments": {"payment_id": "P", "contract_id": "C0", "amount": MONEY, "due_on": "1700-02-01"},
    "invoices": {"invoice_id": "I", "supplier_id": "S", "direction": "sale", "counterparty_id": "X", "amount": MONEY},
    "conduct": {"conduct_id": "D", "party_id": "S", "party_role": "supplier", "type_code": "x", "amount": MONEY},
    "firm_events": {"event_id": "E", "supplier_id": "S", "type_code": "x", "value": REAL},
    "financings": {"financing_id": "F", "tenant_id": "bank", "supplier_id": "S", "amount": MONEY, "rate": "9999.9"},
    "repayments": {"repayment_id": "R", "financing_id": "F0", "remaining": MONEY, "days_past_due": "100000"},
}
DATED = {
    **dict.fromkeys(("bids", "amendments", "firm_events", "repayments"), "occurred_at"),
    **{"contracts": "signed_on", "invoices": "issued_on", "conduct": "effective_on", "financings": "starts_on"},
}
MORE = {
    "contracts": {"currency": "CNY", "ends_on": "2261-01-01", "ended_on": "2250-01-01", "end_state": "completed"},
    "milestones": {"met_on": "2250-01-01", "result": "passed"},
    "payments": {"currency": "CNY", "paid_on": "2250-01-01", "invoiced_on": "1700-01-03"},
    "invoices": {"currency": "CNY", "state": "valid"},
    "financings": {"currency": "CNY", "ends_on": "2261-01-01"},
    **{name: {"currency": "CNY"} for name in ("suppliers", "tenders", "bids", "repayments")},
}


def import_extremes(source: Path, into: Path) -> Facts:
    """Write the tables of one supplier, `S`, into `source` and import them."""
    for name, template in TABLES.items():
        rows = template if isinstance(template, list) else [_row(name, template, i) for i in range(ROWS)]
        rows = [row | MORE.get(name, {}) for row in rows]
        with (source / f"{name}.csv").open("w", newline="") as stream:
            out = csv.DictWriter(stream, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
    summary = import_facts(source, into, max_bad=0, now=AFTER_ALL)
    assert summary.loaded == 11 * ROWS + 2
    return Facts.open(into)


def _row(name, template, i):
    key = next(iter(template))
    # One row at the far end of the calendar, the others at the near one.
    on = {DATED[name]: "2250-06-01" if i == 0 and name == "invoices" else "1700-01-02"} if name in DATED else {}
    return template | {key: f"{template[key]}{i}"} | on
