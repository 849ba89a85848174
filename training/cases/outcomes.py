"""The cases of an outcome: the state of each, and when that state was known.

The outcome tables are read in their final version. `known_on` says when the outcome of a case was known: training uses
a case only if that was before the split.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.engines.duckdb_engine import attach, connect
from features.errors import InputError
from features.facts import history
from features.facts.store import Facts
from training.cases import contracts, given, loans
from training.cases.outcome import NEEDS, Outcome, outcome

TERMS = ("contract_id", "buyer_id", "amount", "currency", "days", "category", "method", "bidders")
COLUMNS = ("case_id", "supplier_id", "as_of", "tenant_id", *TERMS, "bad", "weight", "matured_on", "known_on", "state")
USABLE = ("good", "bad")
OVER = "known_before_as_of"  # the state of a case whose outcome was known before its own date
OVER_SHARE = 0.01  # of the cases, above which the dates are wrong rather than a few of them

OUTCOME_TABLES: Mapping[str, tuple[str, ...]] = {**NEEDS, "contract": ("contracts", "milestones")}
"""The tables whose latest `known_at` is the data cut."""


def cases(facts: Facts, name: str | Outcome) -> pa.Table:
    """Every case of an outcome, in the order of `case_id`, with its state.

    `state` is good, bad, indeterminate_*, known_before_as_of, not_matured or excluded; `bad` is 1 or 0 for the first
    two and null otherwise. `as_of` is 00:00 of the case's day; terms are the first known version, as in the request.
    """
    declared = outcome(name) if isinstance(name, str) else name
    if missing_tables := [t for t in NEEDS[declared.kind] if t not in facts.tables]:
        raise InputError(
            f"Outcome {declared.name!r} needs the table {missing_tables[0]!r}, which was never imported.",
            where=str(facts.path),
            fix="Import it, or choose another outcome.",
        )
    select = {"loan": loans.select, "contract": contracts.select, "given": given.select}[declared.kind]
    connection = connect()
    try:
        attach(connection, facts)
        open_history(connection, facts, outcome_tables=OUTCOME_TABLES[declared.kind])
        table = connection.sql(select(declared)).to_arrow_table()
    finally:
        connection.close()
    state = table["state"]
    bad = pc.if_else(pc.is_in(state, pa.array(USABLE)), pc.cast(pc.equal(state, "bad"), pa.int8()), None)
    table = table.append_column("bad", bad)
    extra = [c for c in table.column_names if c not in COLUMNS]
    return _over_before_they_began(table.select([*COLUMNS, *extra]).sort_by("case_id"))


def _over_before_they_began(table: pa.Table) -> pa.Table:
    """Give the usable cases whose outcome was known before their date a state of their own, which is not usable."""
    early = pc.or_kleene(pc.less(table["known_on"], table["as_of"]), pc.less(table["matured_on"], table["as_of"]))
    early = pc.and_(pc.is_valid(table["bad"]), pc.fill_null(early, False))
    changed = {
        "state": pc.if_else(early, OVER, table["state"]),
        "bad": pc.if_else(early, pa.scalar(None, table["bad"].type), table["bad"]),
    }
    return pa.table({name: changed.get(name, table[name]) for name in table.column_names})


def refuse_many_over(table: pa.Table) -> None:
    """Raise where more than a few cases were over before they began.

    Raises:
        InputError: names how many, the first of them, and what to check.
    """
    over = table.filter(pc.equal(table["state"], OVER))
    n = over.num_rows + usable(table).num_rows
    if over.num_rows > max(1, OVER_SHARE * n):
        places = ", ".join(repr(case) for case in over["case_id"].to_pylist()[:5])
        raise InputError(
            f"The outcomes of {over.num_rows:,} of {n:,} cases were known before the case's own date"
            f" (above {OVER_SHARE:.0%}).",
            where=f"cases {places}" + (", ..." if over.num_rows > 5 else ""),
            fix="Check the dates of the source or of the spine: date every case before its outcome.",
        )


def open_history(connection: Any, facts: Facts, *, outcome_tables: Sequence[str]) -> None:
    """Create the views that the outcome queries read, from `features.facts.history`, and their calendar macros.

    Views: `final_*` has the latest known version of each row, `first_*` the first version, `retracted_*` the rows that
    were retracted, `latest_known_at` one `instant`, the data cut. `local_day` is the calendar day of an instant,
    `midnight` the instant at which a calendar day begins, `later` and `months_later` the same local time of day so many
    calendar days or months later.
    """
    for name in ("financings", "repayments", "contracts", "milestones", "payments", "amendments", "bids", "outcomes"):
        _view(connection, f"final_{name}", history.final_rows(name))
    for name in ("financings", "contracts"):
        _view(connection, f"first_{name}", history.first_versions(name))
    for name in ("repayments", "milestones", "payments"):
        _view(connection, f"retracted_{name}", history.retractions(name))
    _view(connection, "latest_known_at", history.latest_known_at([n for n in outcome_tables if n in facts.tables]))
    zone = facts.tz.replace("'", "''")
    local = f"((x AT TIME ZONE 'UTC') AT TIME ZONE '{zone}')"
    connection.execute(f"CREATE MACRO local_day(x) AS {local}::DATE")
    connection.execute(f"CREATE MACRO midnight(d) AS (d::TIMESTAMP AT TIME ZONE '{zone}') AT TIME ZONE 'UTC'")
    for name, span in (("later", "to_days"), ("months_later", "to_months")):
        moved = f"(({local} + {span}(n)) AT TIME ZONE '{zone}') AT TIME ZONE 'UTC'"
        connection.execute(f"CREATE MACRO {name}(x, n) AS {moved}")


def _view(connection: Any, name: str, rows: Any) -> None:
    connection.execute(f"CREATE VIEW {name} AS {history.as_sql(rows)}")


def counts(table: pa.Table) -> dict[str, int]:
    """How many cases are in each state; good, bad, not_matured and excluded are always present."""
    state_counts = Counter(table["state"].to_pylist())
    always = ("good", "bad", "not_matured", "excluded")
    kinds = sorted(s for s in state_counts if s.startswith("indeterminate") or s == OVER)
    return {state: state_counts.get(state, 0) for state in (*always[:2], *kinds, *always[2:])}


def usable(table: pa.Table) -> pa.Table:
    """The matured cases that are good or bad."""
    return table.filter(pc.is_valid(table["bad"]))


def of_spine(table: pa.Table, spine: pa.Table) -> pa.Table:
    """The outcome's cases that a spine lists, with the spine's date and terms where it gives them.

    A case that the spine dates after its outcome was known gets the state `known_before_as_of`.

    Raises:
        InputError: no case of the spine has an outcome.
    """
    spine_columns = [c for c in spine.column_names if c != "case_id"]
    renamed = spine.rename_columns([c if c == "case_id" else f"spine_{c}" for c in spine.column_names])
    joined = table.join(renamed, "case_id", join_type="inner").sort_by("case_id")
    if joined.num_rows == 0:
        raise InputError(
            "No case of the spine has an outcome.",
            fix=f"case_id must be the outcome's own, such as {table['case_id'][0].as_py()!r}."
            if table.num_rows
            else "The outcome has no case at all.",
        )
    columns = {c: joined[f"spine_{c}"] if c in spine_columns else joined[c] for c in table.column_names}
    chosen = pa.table(columns)
    return _over_before_they_began(chosen)
