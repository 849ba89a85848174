"""The operator's rules on findings, applied to the stored tables: the original values stay in the rows.

`repaired` makes the row's `value` unknown. `excluded` ends the row's time at its beginning (`known_until` =
`known_at`), so no profile of any date sees it; an earlier version of the same key stays known.
"""

from collections.abc import Mapping
from typing import Any

from features.facts.sql import columns, literal
from features.facts.tables import TABLES
from features.importing.facts_writer import FactsWriter
from features.intake.intake import Intake
from features.quality.detectors import detectors
from features.quality.findings import row_hash, search, view_current_rows
from features.sources.notes import Action

RULED_TABLES = frozenset(detector.table for detector in detectors())
"""Tables that a rule can change."""


def apply_rules(
    intake: Intake, store: FactsWriter, entries: Mapping[str, Any], actions: Mapping[str, Action]
) -> dict[str, Any]:
    """Rewrite the tables in which a code with a rule is found; return the manifest entries of all tables."""
    out = dict(entries)
    if not actions:
        return out
    view_current_rows(intake, {name: store.path / entry["file"] for name, entry in entries.items()})
    search(intake, entries, only=frozenset(actions))
    for name, *_ in intake.con.execute("SELECT DISTINCT tbl FROM found ORDER BY 1").fetchall():
        chosen = f"SELECT k, code FROM found WHERE tbl = {literal(name)}"
        intake.con.execute(f"CREATE OR REPLACE TEMP TABLE ruled AS {chosen}")
        query = _ruled_rows(name, str(store.path / entries[name]["file"]), actions)
        out[name] = store.write_table(intake.con, TABLES[name], query)
    return out


def _ruled_rows(name: str, file: str, actions: Mapping[str, Action]) -> str:
    """SQL of a table's stored rows after the rules; `ruled` has the hash and code of the rows found."""
    table = TABLES[name]
    rows = f"SELECT *, {row_hash(table)} AS k FROM read_parquet({literal(file)})"
    unvalued, excluded = (_chosen(actions, action) for action in (Action.REPAIRED, Action.EXCLUDED))
    ruled_rows = f"SELECT * FROM ({rows})"
    if "value" in table.names:
        ruled_rows = f"SELECT * REPLACE (CASE WHEN k IN ({unvalued}) THEN NULL ELSE value END AS value) FROM ({rows})"
    keys = dict.fromkeys([*table.key, *(["supplier_id"] if "supplier_id" in table.names else [])])
    touched = f"SELECT {columns(table.key)} FROM ({rows}) WHERE k IN ({excluded})"
    next_version = (
        f"SELECT * REPLACE (CASE WHEN gone THEN known_at ELSE lead(known_at) OVER (PARTITION BY {columns(keys)}, gone"
        f" ORDER BY known_at) END AS known_until) FROM (SELECT *, k IN ({excluded}) AS gone FROM ({ruled_rows})"
        f" SEMI JOIN ({touched}) USING ({columns(table.key)}))"
    )
    others = f"SELECT * FROM ({ruled_rows}) ANTI JOIN ({touched}) USING ({columns(table.key)})"
    return (
        f"SELECT {columns(table.names)} FROM ({next_version}) UNION ALL SELECT {columns(table.names)} FROM ({others})"
    )


def _chosen(actions: Mapping[str, Action], action: Action) -> str:
    codes = [literal(code) for code, chosen in sorted(actions.items()) if chosen is action]
    return f"SELECT k FROM ruled WHERE code IN ({', '.join(codes)})" if codes else "SELECT NULL::UBIGINT WHERE false"
