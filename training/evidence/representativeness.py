"""The development sample beside the applicants and all suppliers: a selection cannot be corrected here, only shown."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.declarations.feature import FeatureColumn
from features.engines.duckdb_engine import ask_table
from features.errors import InputError
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine, spine_of
from models.scorecard.score import LIMITED_SHARE, REFUSED_SHARE, outside_shares
from models.scorecard.spec import Spec
from training.cases.population import matrix
from training.cases.split import supplier_folds
from training.figures import Floats, rounded
from training.learning.training_data import TrainingData
from training.validation.parts.stability import column

SAMPLED = 5_000  # suppliers of a population, the same in every run
MOVED = 0.25  # stability index from which a column counts as moved
NAMED = 12  # columns that differ most
_SHOWN = ("history_contracts", "history_months", "turnover_365d")


def representativeness(facts: Facts, data: TrainingData, spec: Spec) -> dict[str, Any]:
    """Compare the development sample with the applicants and with all suppliers, as of the split.

    Applicants are the suppliers of an imported `spine`; without one they are not evaluable. Only columns that need no
    terms are compared.

    Returns:
        `development`, `applicants`, `suppliers`: each None or a population: `n` compared out of `of`, the share
        `limited` and `refused` as outside the development population, the medians of a few columns, and the columns
        whose stability index against development is largest.
    """
    at = data.split.at
    learned = data.profiles.filter(pa.array(data.split.training))
    # Neither terms, nor the contract that they name, nor what came from outside.
    columns = [c for c in data.columns if c.feature.table in TABLES and c.feature.among != "asked_contract"]
    tenants = data.cases["tenant_id"].filter(pa.array(data.split.training)).to_pylist()
    before = {c.name: matrix(learned, [c.name])[:, 0] for c in columns}
    comparison: dict[str, Any] = {"as_of": str(at.date()), "columns": len(columns)}
    values = matrix(learned, [c.name for c in columns])
    comparison["development"] = _population(values, columns, before, spec, learned.num_rows)
    for name, ids in (("applicants", _applicants(facts, at)), ("suppliers", _suppliers(facts, at))):
        comparison[name] = _of(facts, ids, at, columns, before, spec, tenants) if ids is not None and len(ids) else None
    return comparison


def _of(
    facts: Facts,
    ids: Sequence[str],
    at: datetime,
    columns: Sequence[FeatureColumn],
    before: Mapping[str, Floats],
    spec: Spec,
    tenants: Sequence[str | None],
) -> dict[str, Any]:
    drawn = sorted(sorted(ids, key=lambda s: hashlib.sha256(s.encode()).digest())[:SAMPLED])
    profiles = build_profiles(facts, seen_by_lenders(drawn, at, tenants), columns)
    return _population(matrix(profiles, [c.name for c in columns]), columns, before, spec, len(ids))


def seen_by_lenders(suppliers: Sequence[str], at: datetime, tenants: Sequence[str | None]) -> pa.Table:
    """A spine of suppliers, each as one of the development's lenders sees it, in the shares of its cases.

    Without a lender they would have no loan columns, and would look unlike the cases for that reason alone.
    """
    lenders = sorted(tenants, key=lambda t: (t is not None, t))
    lender = [lenders[fold] for fold in supplier_folds(suppliers, len(lenders), salt="lender ")]
    spine = spine_of(pa.array(suppliers, pa.string()), at)
    return spine.append_column("tenant_id", pa.array(lender, pa.string()))


def _population(
    values: Floats, columns: Sequence[FeatureColumn], before: Mapping[str, Floats], spec: Spec, of: int
) -> dict[str, Any]:
    wanted = {c.name for c in columns}
    part = [c for c in spec.columns if c.name in wanted]
    place = {c.name: j for j, c in enumerate(columns)}
    outside = outside_shares(part, values[:, [place[c.name] for c in part]])
    moved = {name: column(before[name], values[:, j])["csi"] or 0.0 for name, j in place.items()}
    ranked = sorted(moved.items(), key=lambda item: (-item[1], item[0]))
    medians = {n: _median(values[:, place[n]]) for n in _SHOWN if n in place}
    figures = {
        "n": len(values),
        "of": of,
        "limited": float(((outside > LIMITED_SHARE) & (outside <= REFUSED_SHARE)).mean()),
        "refused": float((outside > REFUSED_SHARE).mean()),
        "medians": medians,
        "moved": sum(index > MOVED for index in moved.values()),
        "most_moved": {name: index for name, index in ranked[:NAMED] if index > 0},
    }
    return {key: rounded(value) for key, value in figures.items()}


def _median(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else None


def _suppliers(facts: Facts, at: datetime) -> list[str] | None:
    """All suppliers with a fact before then."""
    try:
        ids: list[str] = fleet_spine(facts, at)["supplier_id"].to_pylist()
    except InputError:  # no table of what suppliers did
        return None
    return ids


def _applicants(facts: Facts, at: datetime) -> list[str] | None:
    if "spine" not in facts.tables:
        return None
    applicants = ask_table(
        facts, f"SELECT DISTINCT supplier_id FROM read_parquet('{facts.tables['spine']}') ORDER BY 1"
    )
    ids: list[str] = pc.drop_null(applicants["supplier_id"]).to_pylist()
    return ids
