"""Stability: whether the test's cases are distributed like the training cases, by score, column and grade."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtri

from models.scorecard.grades import GRADES, Grade
from training.cases.population import distribution, shares
from training.figures import Floats, psi
from training.validation.measures.evidence import Evidence
from training.validation.measures.periods import by_period
from training.validation.measures.resample import numbered
from training.validation.parts.migration import migration
from training.validation.rules.rules import S1, S2, S3
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict, beyond, worst


@dataclass(frozen=True, eq=False)
class Columns:
    """The scorecard's columns in development and in the test: one row a case, NaN for null."""

    names: Sequence[str]
    before: Floats
    after: Floats


def stability(
    evidence: Evidence, development: Evidence | None, columns: Columns, grades: Sequence[Grade] = GRADES
) -> dict[str, Any]:
    """Everything about stability; `development` holds the training cases with their PDs out of fold."""
    by_column = {
        name: column(x, y) for name, x, y in zip(columns.names, columns.before.T, columns.after.T, strict=True)
    }
    return {
        "score": score(evidence, development),
        "quarters": _quarters(evidence, development),
        "columns": by_column,
        "moved": moved(by_column),
        "missing": missing(by_column, min(len(columns.before), len(columns.after))),
        "migration": migration(evidence, grades),
        "suppliers": suppliers(evidence),
    }


def score(evidence: Evidence, development: Evidence | None) -> dict[str, Any]:
    """The stability index of the PDs, over development's tenths."""
    if development is None or not development.n:
        return {"edges": [], "development": [], "test": [], **index([], [], 0, 0)}
    was = distribution(development.pd)
    edges = np.asarray(was["edges"], dtype=np.float64)
    now = shares(evidence.pd, edges).tolist() if evidence.n else []
    comparison = index(was["shares"], now, development.n, evidence.n)
    return {"edges": was["edges"], "development": was["shares"], "test": now, **comparison}


def index(was: Sequence[float], now: Sequence[float], n_was: int, n_now: int) -> dict[str, Any]:
    """Rule S1: the population stability index of shares over the same bins, what chance gives, and the verdict.

    Below 0.10 good, to 0.25 watch, above bad. `by_chance` is what an unchanged population exceeds once in twenty:
    the index is about (1/n + 1/m) times a chi-square with one degree of freedom less than bins (Yurdakul and Naranjo
    2020). An index that chance explains shows no change; where chance alone reaches 0.25, it does not show stability.
    """
    if not n_was or not n_now:
        return {"psi": None, "by_chance": None, "verdict": NOT_EVALUABLE}
    value = psi(was, now)
    used = int(((np.asarray(was) > 0) | (np.asarray(now) > 0)).sum())
    chance = float(chdtri(used - 1, S1["chance_level"])) * (1 / n_was + 1 / n_now) if used > 1 else 0.0
    return {"psi": value, "by_chance": chance, "verdict": _index_verdict(value, chance)}


def _index_verdict(value: float, chance: float) -> Verdict:
    if value <= S1["watch"]:
        return GOOD if chance <= S1["bad"] else NOT_EVALUABLE
    return NOT_EVALUABLE if value <= chance else beyond(value, watch=S1["watch"], bad=S1["bad"])


def column(before: Floats, after: Floats) -> dict[str, Any]:
    """The characteristic stability index of one column, null being a bin of its own, and its share of nulls."""
    was = distribution(before)
    edges = np.asarray(was["edges"], dtype=np.float64)
    comparison = index(_spread(before, edges), _spread(after, edges), len(before), len(after))
    nulls = [float(np.isnan(x).mean()) if len(x) else None for x in (before, after)]
    change = None if nulls[0] is None or nulls[1] is None else nulls[1] - nulls[0]
    return {
        "csi": comparison["psi"],
        "by_chance": comparison["by_chance"],
        "verdict": comparison["verdict"],
        "null_before": nulls[0],
        "null_after": nulls[1],
        "null_change": change,
    }


def _spread(values: Floats, edges: Floats) -> list[float]:
    """Share of the cases in each bin, and of nulls last."""
    known = values[~np.isnan(values)]
    parts = shares(known, edges) * (known.size / len(values)) if known.size else np.zeros(len(edges) + 1)
    return [*parts.tolist(), 1 - known.size / len(values) if len(values) else 0.0]


def moved(columns: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Rule S2: which columns moved. Watch: one moved far; bad: more than a tenth of them."""
    names: dict[str, list[str]] = {WATCH: [], BAD: []}
    for name, figures in columns.items():
        if figures["verdict"] in names:
            names[figures["verdict"]].append(name)
    judged = sum(figures["verdict"] != NOT_EVALUABLE for figures in columns.values())
    share = len(names[BAD]) / judged if judged else None
    return {
        "judged": judged,
        "watch": names[WATCH],
        "bad": names[BAD],
        "verdict": beyond(share, watch=S2["watch"], bad=S2["bad"]),
    }


def missing(columns: dict[str, dict[str, Any]], n: int) -> dict[str, Any]:
    """Rule S3: columns whose share of nulls changed by more than 10 points (watch) or 30 (bad); needs 100 cases."""
    changes = {name: c["null_change"] for name, c in columns.items() if c["null_change"] is not None}
    far = {name: change for name, change in changes.items() if abs(change) > S3["watch"]}
    verdict = worst(beyond(abs(change), watch=S3["watch"], bad=S3["bad"]) for change in changes.values())
    return {"changed": far, "verdict": verdict if n >= S3["cases_min"] else NOT_EVALUABLE}


def suppliers(evidence: Evidence) -> dict[str, Any]:
    """How many suppliers the cases are of, and what share of the cases the most frequent one has."""
    (codes,), n = numbered(evidence.supplier)
    counts = np.bincount(codes, minlength=n)
    return {
        "suppliers": n,
        "largest_share": int(counts.max()) / evidence.n if n else None,
        "herfindahl": float((counts.astype(np.float64) ** 2).sum()) / evidence.n**2 if n else None,
    }


def _quarters(evidence: Evidence, development: Evidence | None) -> list[dict[str, Any]]:
    """The index of each calendar quarter of the test against development."""
    quarters = []
    for name, rows in by_period(evidence.as_of):
        comparison = score(evidence.rows(rows), development)
        quarters.append(
            {"quarter": name, "n": int(rows.sum())} | {k: comparison[k] for k in ("psi", "by_chance", "verdict")}
        )
    return quarters
