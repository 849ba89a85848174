"""The digest that ties a scorecard or a stored profile to the code that computes its columns."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import ibis
import rfc8785

from features.declarations.feature import FeatureColumn
from features.declarations.request_formulas import ROW_TABLES, expression
from features.engines.plan import plan_sql
from features.facts.reference import BUYER_FIGURES
from features.facts.tables import TABLES
from features.facts.workdays import chinas, workdays


def features_digest(names: Sequence[str]) -> str:
    """sha256 of what computes the named columns: their declarations without words, and their SQL over unbound tables.

    Columns that count working days depend on the version of the built-in calendar too.

    Labels and sentences are not part of it: they travel with a scorecard as its reason catalogue, so a corrected word
    leaves scorecards and stored profiles servable.

    `undeclared:<name>` where this code has no such column: it equals no digest that was ever written.
    """
    return _digest(tuple(names))


def computed_here(digest: str, names: Sequence[str]) -> bool:
    """Whether a recorded digest of these columns is what this code computes; `undeclared:…` never is."""
    return digest.startswith("sha256:") and digest == features_digest(names)


@lru_cache(maxsize=64)
def _digest(names: tuple[str, ...]) -> str:
    from features.declarations.catalogue import COLUMNS, column

    declared = {c.name for c in COLUMNS}
    if undeclared := [name for name in names if name not in declared]:
        return f"undeclared:{undeclared[0]}"
    return digest_of(tuple(column(name) for name in names))


def digest_of(chosen: tuple[FeatureColumn, ...]) -> str:
    """`features_digest` of declared columns, also of those that are not in the catalogue of suppliers' features."""
    from features.declarations.catalogue import COLUMNS

    every = [c.name for c in COLUMNS if c.feature.table != "request"]
    from_facts = tuple(c for c in chosen if c.feature.table in TABLES)
    sql = plan_sql(from_facts) if from_facts else ""
    canonical: Any = {
        "columns": [_declaration(c) for c in chosen],
        "sql": sql,
        "request": {c.name: _request_sql(c, every) for c in chosen if c.feature.table in ROW_TABLES},
        "buyers": {c.name: _request_sql(c, BUYER_FIGURES) for c in chosen if c.feature.table == "asked_buyer"},
    }
    if f'"{workdays().get_name()}"' in sql:
        canonical["calendar"] = chinas().version
    return "sha256:" + hashlib.sha256(rfc8785.dumps(canonical)).hexdigest()


def _declaration(column: FeatureColumn) -> dict[str, Any]:
    feature = column.feature
    return {
        "name": column.name,
        "code": feature.code,
        "table": feature.table,
        "on": feature.on,
        "window": column.window,
        "by": feature.by,
        "unit": feature.unit.value,
        "risk": feature.risk.value,
        "absent": feature.absent,
        "among": feature.among,
        "evidence": list(feature.evidence),
    }


def _request_sql(column: FeatureColumn, profile_columns: Sequence[str]) -> str:
    value = expression(column.feature, profile_columns)
    if not isinstance(value, ibis.expr.types.Column):
        return repr(value)
    return str(ibis.to_sql(value.name(column.name), dialect="duckdb"))
