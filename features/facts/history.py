"""Which rows were known at an instant: the only place that decides it, for profiles and for outcomes.

A row is visible to a case if it was known strictly before the case's instant, was not superseded or retracted by then,
its event date lies before the instant, and its parent is visible too. Attributes dated on or after the instant are
null, and so are their companions. Outcomes are computed from the final rows, with the date since which they are known.
"""

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any

import ibis

from features.facts.tables import IBIS_TYPE, TABLES, Table

OF_TENANT = frozenset({"financings", "repayments"})
"""Tables of which a case sees only its own tenant's rows."""

NAMED_BY: Mapping[str, tuple[str, ...]] = {"tenders": ("tender_id",), "buyers": ("buyer_id", "counterparty_id")}
"""Tables without a supplier, and the columns of suppliers' rows that name their rows."""


@cache
def spine() -> Any:
    """The unbound cases: `case_no` (dense row number), `supplier_id`, `as_of` (UTC), `tenant_id`, `contract_id`.

    `contract_id` is the contract that a request names, null where it names none.
    """
    schema = {"case_no": "int64", "supplier_id": "string", "as_of": "timestamp(6)"}
    return ibis.table(schema | {"tenant_id": "string", "contract_id": "string"}, name="spine")


@cache
def relation(name: str) -> Any:
    """The unbound canonical table `name`, with the columns of an imported facts folder."""
    return ibis.table({c.name: IBIS_TYPE[c.kind] for c in TABLES[name].stored}, name=name)


def visible_rows(name: str, wanted: frozenset[str], among: str = "own") -> Any:
    """The visible rows of a supplier's table for each case of the spine.

    Args:
        name: the table.
        wanted: the columns to read; the dates that hide them and the parent's key are added.
        among: `own`; `asked_contract`, for the rows of the contract that a case names alone, while it is open;
            `pooled`, for the rows of all tenants.

    Returns:
        An Ibis table: `case_no`, `as_of`, `known_at` and those columns. Rows whose parent must be visible are joined to
        the stage `<parent>_known`, or `<parent>_<among>_known`.
    """
    table, rows, cases = TABLES[name], relation(name), spine()
    on = [rows.supplier_id == cases.supplier_id]
    if name in OF_TENANT and among != "pooled":
        on.append(rows.tenant_id == cases.tenant_id)
    if among == "asked_contract":
        on.append(rows.contract_id == cases.contract_id)
    columns = {"case_no": cases.case_no, "as_of": cases.as_of, "known_at": rows.known_at}
    only_open = name == "contracts" and among == "asked_contract"
    columns |= {c: rows[c] for c in _columns_to_read(table, wanted | {"ended_on"} if only_open else wanted)}
    joined = cases.join(rows, [*on, *visible_at(rows, cases.as_of, event=table.event)]).select(**columns)
    seen = joined.mutate(**hidden(joined, table))
    if only_open:
        seen = seen.filter(seen.ended_on.isnull())
    return _of_visible_parents(seen, table, among) if table.parent else seen


def final_rows(name: str) -> Any:
    """The final rows of a table: the latest version of each key, unless it is a retraction."""
    rows = relation(name)
    return rows.filter(rows.known_until.isnull(), ~rows.retracted)


def retractions(name: str) -> Any:
    """The retractions of a table that no later row replaces: `known_at` is the instant of the retraction."""
    rows = relation(name)
    return rows.filter(rows.known_until.isnull(), rows.retracted)


def first_versions(name: str) -> Any:
    """The first version of each key."""
    rows, key = relation(name), list(TABLES[name].key)
    return rows.filter(rows.known_at == rows.known_at.min().over(group_by=key))


def latest_known_at(names: Sequence[str]) -> Any:
    """The latest `known_at` of some tables: one row with one column, `instant`."""
    latest = [relation(name).aggregate(instant=relation(name).known_at.max()) for name in names]
    every = reduce(lambda a, b: a.union(b), latest)
    return every.aggregate(instant=every.instant.max())


def as_sql(rows: Any) -> str:
    """The SQL of unbound rows, for an engine whose relations are named as the tables are."""
    return str(ibis.to_sql(rows, dialect="duckdb"))


def visible_at(rows: Any, as_of: Any, *, event: str | None) -> list[Any]:
    """The visibility rule as predicates on `rows` for an instant."""
    rules = [
        rows.known_at < as_of,
        rows.known_until.isnull() | (rows.known_until >= as_of),
        ~rows.retracted,
    ]
    return [*rules, rows[event] < as_of] if event else rules


def hidden(rows: Any, table: Table) -> dict[str, Any]:
    """Dated attributes and their companions, null until the date has passed."""
    masked: dict[str, Any] = {}
    for dated, companions in table.hides.items():
        if dated not in rows.columns:
            continue
        # A bid without a decision date is decided on its own date, which lies in the past.
        open_ended = dated == "decided_on"
        happened = rows[dated] < rows.as_of
        masked[dated] = ibis.ifelse(happened, rows[dated], ibis.null(rows[dated].type()))
        shown = (happened | rows[dated].isnull()) if open_ended else happened
        for companion in (c for c in companions if c in rows.columns):
            masked[companion] = ibis.ifelse(shown, rows[companion], ibis.null(rows[companion].type()))
    return masked


def parent_keys(parent: str, among: str = "own") -> Any:
    """`case_no` and the parent's key for every visible parent row; the child rows are joined to it."""
    key = TABLES[parent].key[0]
    return visible_rows(parent, frozenset({key}), among).select("case_no", key)


def view_name(table: str, among: str) -> str:
    """The name that stages of a plan give to a table's rows."""
    return table if among == "own" else f"{table}_{among}"


def known_parent(parent: str, among: str = "own") -> Any:
    """The unbound stage `<parent>_known`, the result of `parent_keys`."""
    schema = {"case_no": "int64", TABLES[parent].key[0]: "string"}
    return ibis.table(schema, name=f"{view_name(parent, among)}_known")


def _columns_to_read(table: Table, wanted: frozenset[str]) -> list[str]:
    hiding = {dated for dated, hidden in table.hides.items() if wanted & {dated, *hidden}}
    parent = {TABLES[table.parent].key[0]} if table.parent else set()
    source = ["source"] if "source" in wanted else []
    return [*(c.name for c in table.fact_columns if c.name in wanted | hiding | parent), *source]


def _of_visible_parents(rows: Any, table: Table, among: str) -> Any:
    assert table.parent is not None
    key = TABLES[table.parent].key[0]
    parents = known_parent(table.parent, among)
    required = table.column(key).required
    if required:
        return rows.semi_join(parents, ["case_no", key])
    attached = rows.semi_join(parents, ["case_no", key])
    return attached.union(rows.filter(rows[key].isnull()))
