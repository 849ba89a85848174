"""Columns prepared for formulas: gaps, ages, and columns of a row's tender, buyer or contract.

They are computed from visible rows only, so that a row known later cannot become the predecessor of another.
"""

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from features.declarations import contract_ends, loan_reports
from features.declarations.exact import days
from features.declarations.filled import fills_columns, with_fills
from features.facts.history import hidden, relation, spine, visible_at
from features.facts.reference import EVENT_KINDS, PEER_COLUMNS, reference_relation, with_peers
from features.facts.tables import TABLES
from features.facts.workdays import with_workdays

Prepare = Callable[[Any, frozenset[str]], Any]


def prepared_columns(name: str) -> Mapping[str, str]:
    """Name → Ibis type of the columns that `prepare` can add to a table's visible rows."""
    return {**_COLUMNS.get(name, {}), **fills_columns(name)}


def prepare(name: str, rows: Any, wanted: frozenset[str]) -> Any:
    """Add the `wanted` prepared columns to the visible rows of a table."""
    fills = wanted & frozenset(fills_columns(name))
    own = wanted & frozenset(_COLUMNS.get(name, {}))
    rows = _PREPARE[name](rows, own) if own else rows
    return with_fills(rows, name, fills) if fills else rows


def inputs(name: str, wanted: frozenset[str]) -> frozenset[str]:
    """Own columns of the table from which its wanted prepared columns are computed."""
    own = frozenset(c for prepared in wanted for c in _INPUTS.get(name, {}).get(prepared, ()))
    return own | {"source"} if wanted & frozenset(fills_columns(name)) else own


def _contracts(rows: Any, wanted: frozenset[str]) -> Any:
    in_time = ibis.window(group_by="case_no", order_by=["signed_on", "known_at", "contract_id"])
    by_buyer = ibis.window(group_by="case_no", order_by=["buyer", "signed_on", "known_at", "contract_id"])
    if {"previous_signed_on", "gap_us"} & wanted:
        rows = rows.mutate(previous_signed_on=rows.signed_on.lag().over(in_time))
        rows = rows.mutate(gap_us=days(rows.signed_on, rows.previous_signed_on))
    if "new_buyer" in wanted:
        # One sort of the case's contracts: one partition per buyer took ten times as long.
        named = rows.mutate(buyer=rows.buyer_id.fill_null(""))
        named = named.mutate(buyer_before=named.buyer.lag().over(by_buyer))
        new = named.buyer_before.isnull() | (named.buyer_before != named.buyer)
        rows = named.select(*[named[c] for c in rows.columns], new_buyer=new)
    if {"buyer_region", "buyer_level"} & wanted:
        rows = _attach(rows, "buyers", key="buyer_id", columns={"buyer_region": "region", "buyer_level": "level"})
    if {"tender_published_on", "tender_estimate"} & wanted:
        columns = {"tender_published_on": "published_on", "tender_estimate": "value"}
        rows = _attach(rows, "tenders", key="tender_id", columns=columns)
    if "signing_workdays" in wanted:
        rows = _attach(rows, "tenders", key="tender_id", columns={"tender_awarded_on": "awarded_on"})
        rows = with_workdays(rows, "signing_workdays", since=rows.tender_awarded_on, until=rows.signed_on)
    if "amended" in wanted:
        rows = _amended(rows)
    if "for_convenience" in wanted:
        rows = contract_ends.with_convenience(rows)
    if {"last_delivery_due_on", "last_delivery_met_on", "has_delivery"} & wanted:
        rows = contract_ends.with_last_delivery(rows)
    return rows


def _amended(rows: Any) -> Any:
    """`amended`: whether a visible amendment changes the contract."""
    facts = relation("amendments")
    cases = rows.select("case_no", "as_of", "contract_id", "supplier_id").distinct()
    same = [facts.contract_id == cases.contract_id, facts.supplier_id == cases.supplier_id]
    changed = cases.join(facts, [*same, *visible_at(facts, cases.as_of, event="occurred_at")])
    changed = changed.select(cases.case_no, cases.contract_id).distinct().mutate(found=True)
    joined = rows.left_join(changed, ["case_no", "contract_id"])
    return joined.select(*[rows[c] for c in rows.columns], amended=changed.found.fill_null(False))


def _bids(rows: Any, wanted: frozenset[str]) -> Any:
    columns = {"tender_estimate": "value", "tender_method": "method"}
    return _attach(rows, "tenders", key="tender_id", columns=columns)


def _milestones(rows: Any, wanted: frozenset[str]) -> Any:
    end = {"contract_ended_on": "ended_on", "contract_end_state": "end_state"}
    columns = rows.columns
    rows = contract_ends.with_done(
        contract_ends.with_convenience(_attach(rows, "contracts", key="contract_id", columns=end))
    )
    rows = rows.select(*columns, "done_on", "dropped")
    if "late_us" in wanted:
        rows = rows.mutate(late_us=days(rows.done_on, rows.due_on))
    if "acceptance_workdays" in wanted:
        rows = with_workdays(
            rows, "acceptance_workdays", since=rows.requested_on, until=ibis.coalesce(rows.done_on, rows.as_of)
        )
    return rows


def _payments(rows: Any, wanted: frozenset[str]) -> Any:
    if "accepted_on" in wanted:
        rows = _accepted(rows)
    if "payment_workdays" in wanted:
        rows = with_workdays(
            rows, "payment_workdays", since=rows.invoiced_on, until=ibis.coalesce(rows.paid_on, rows.as_of)
        )
    return rows


def _accepted(rows: Any) -> Any:
    """`accepted_on`: the latest known acceptance of the payment's contract that the work passed.

    An acceptance without a result was passed; one that the work failed, or passed only in part, accepts nothing yet.
    """
    cases, facts = spine(), relation("milestones")
    passed = (facts.kind == "acceptance") & (facts.result.fill_null("passed") == "passed")
    met = [facts.supplier_id == cases.supplier_id, passed, facts.met_on < cases.as_of]
    seen = cases.join(facts, [*met, *visible_at(facts, cases.as_of, event=None)])
    seen = seen.select(cases.case_no, facts.contract_id, facts.met_on)
    latest = seen.group_by(["case_no", "contract_id"]).aggregate(accepted_on=seen.met_on.max())
    joined = rows.left_join(latest, ["case_no", "contract_id"])
    return joined.select(*[rows[c] for c in rows.columns], latest.accepted_on)


def _amendments(rows: Any, wanted: frozenset[str]) -> Any:
    return _attach(rows, "contracts", key="contract_id", columns={"contract_value": "value"})


def _repayments(rows: Any, wanted: frozenset[str]) -> Any:
    columns = {"loan_ends_on": "ends_on", "loan_amount": "value"}
    if "repaid_before" in wanted:
        rows = loan_reports.with_repaid_before(rows)
    if not wanted & set(columns):
        return rows
    return _attach(rows, "financings", key="financing_id", columns={c: columns[c] for c in columns if c in wanted})


def _financings(rows: Any, wanted: frozenset[str]) -> Any:
    if "previous_ends_on" in wanted:
        in_time = ibis.window(group_by="case_no", order_by=["starts_on", "known_at", "financing_id"])
        rows = rows.mutate(previous_ends_on=rows.ends_on.lag().over(in_time))
    if {"last_report_on", "rest", "rest_value"} & wanted:
        rows = loan_reports.with_latest_report(rows)
    return rows


def _stages(rows: Any, wanted: frozenset[str]) -> Any:
    return _attach(rows, "contracts", key="contract_id", columns={"contract_ended_on": "ended_on"})


def _invoices(rows: Any, wanted: frozenset[str]) -> Any:
    named = _attach(rows.mutate(buyer_id=rows.counterparty_id), "buyers", key="buyer_id", columns={"found": "buyer_id"})
    return named.select(*rows.columns, customer_is_buyer=named.found.notnull())


def _suppliers(rows: Any, wanted: frozenset[str]) -> Any:
    return with_peers(rows, sorted(wanted))


def _firm_events(rows: Any, wanted: frozenset[str]) -> Any:
    kinds = reference_relation(EVENT_KINDS)
    joined = rows.left_join(kinds, rows.type_code == kinds.type_code)
    return joined.select(*[rows[c] for c in rows.columns], event_kind=kinds.kind)


def _attach(rows: Any, name: str, *, key: str, columns: Mapping[str, str]) -> Any:
    """Left-join columns of another table's visible row: of each key, at most one version is visible to a case."""
    table, other = TABLES[name], relation(name)
    conditions = [other[key] == rows[key], *visible_at(other, rows.as_of, event=table.event)]
    if table.of_supplier:
        conditions.append(other.supplier_id == rows.supplier_id)
    joined_columns = {f"{name}_{column}": other[column] for column in dict.fromkeys(columns.values())}
    joined = rows.left_join(other, conditions).select(*[rows[c] for c in rows.columns], **joined_columns)
    other_table = _JoinedTable(joined, name)
    visible = {column: joined[f"{name}_{column}"] for column in columns.values()} | hidden(other_table, table)
    return joined.select(*rows.columns, **{new: visible[old] for new, old in columns.items()})


class _JoinedTable:
    """The joined columns of another table, under their own names."""

    def __init__(self, joined: Any, name: str) -> None:
        self._joined, self._prefix = joined, f"{name}_"
        self.columns = [c.removeprefix(self._prefix) for c in joined.columns if c.startswith(self._prefix)]
        self.as_of = joined.as_of

    def __getitem__(self, column: str) -> Any:
        return self._joined[f"{self._prefix}{column}"]


_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "contracts": {
        "previous_signed_on": "timestamp(6)",
        "gap_us": "int64",
        "new_buyer": "boolean",
        "buyer_region": "string",
        "buyer_level": "string",
        "tender_published_on": "timestamp(6)",
        "tender_estimate": "decimal(18,2)",
        "signing_workdays": "int64",
        "amended": "boolean",
        "for_convenience": "boolean",
        "last_delivery_due_on": "timestamp(6)",
        "last_delivery_met_on": "timestamp(6)",
        "has_delivery": "boolean",
    },
    "bids": {"tender_estimate": "decimal(18,2)", "tender_method": "string"},
    "milestones": {
        "done_on": "timestamp(6)",
        "dropped": "boolean",
        "late_us": "int64",
        "acceptance_workdays": "int64",
    },
    "payments": {"accepted_on": "timestamp(6)", "payment_workdays": "int64"},
    "amendments": {"contract_value": "decimal(18,2)"},
    "repayments": {"loan_ends_on": "timestamp(6)", "loan_amount": "decimal(18,2)", "repaid_before": "boolean"},
    "financings": {
        "previous_ends_on": "timestamp(6)",
        "last_report_on": "timestamp(6)",
        "rest": "decimal(18,2)",
        "rest_value": "decimal(18,2)",
    },
    "stages": {"contract_ended_on": "timestamp(6)"},
    "invoices": {"customer_is_buyer": "boolean"},
    "suppliers": PEER_COLUMNS,
    "firm_events": {"event_kind": "string"},
}

_IN_TIME = ("signed_on", "contract_id")
_OF_LOAN = ("financing_id", "supplier_id")
_OF_CONTRACT = ("contract_id", "supplier_id")
_OF_MILESTONE = (*_OF_CONTRACT, "due_on", "met_on")
_INPUTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contracts": {
        "previous_signed_on": _IN_TIME,
        "gap_us": _IN_TIME,
        "new_buyer": (*_IN_TIME, "buyer_id"),
        "buyer_region": ("buyer_id",),
        "buyer_level": ("buyer_id",),
        "tender_published_on": ("tender_id",),
        "tender_estimate": ("tender_id",),
        "signing_workdays": ("tender_id", "signed_on"),
        "amended": _OF_CONTRACT,
        "for_convenience": _OF_CONTRACT,
        "last_delivery_due_on": (*_OF_CONTRACT, "ends_on"),
        "last_delivery_met_on": (*_OF_CONTRACT, "ends_on"),
        "has_delivery": (*_OF_CONTRACT, "ends_on"),
    },
    "bids": {"tender_estimate": ("tender_id",), "tender_method": ("tender_id",)},
    "milestones": {
        "done_on": _OF_MILESTONE,
        "dropped": _OF_MILESTONE,
        "late_us": _OF_MILESTONE,
        "acceptance_workdays": (*_OF_MILESTONE, "requested_on"),
    },
    "payments": {"accepted_on": _OF_CONTRACT, "payment_workdays": ("invoiced_on", "paid_on")},
    "amendments": {"contract_value": _OF_CONTRACT},
    "repayments": {
        "loan_ends_on": _OF_LOAN,
        "loan_amount": _OF_LOAN,
        "repaid_before": (*_OF_LOAN, "repayment_id", "occurred_at", "remaining"),
    },
    "financings": {
        "previous_ends_on": ("starts_on", "ends_on", "financing_id"),
        "last_report_on": _OF_LOAN,
        "rest": _OF_LOAN,
        "rest_value": _OF_LOAN,
    },
    "stages": {"contract_ended_on": _OF_CONTRACT},
    "invoices": {"customer_is_buyer": ("counterparty_id",)},
    "suppliers": dict.fromkeys(PEER_COLUMNS, ("industry", "region", "size_class")),
    "firm_events": {"event_kind": ("type_code",)},
}

_PREPARE: Mapping[str, Prepare] = {
    "contracts": _contracts,
    "bids": _bids,
    "milestones": _milestones,
    "payments": _payments,
    "amendments": _amendments,
    "repayments": _repayments,
    "financings": _financings,
    "stages": _stages,
    "invoices": _invoices,
    "suppliers": _suppliers,
    "firm_events": _firm_events,
}
