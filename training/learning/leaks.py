"""Leaks: columns that predict the outcome so well alone that they were probably filled in after it.

Each column of the training cases gives up to three signals, each judged alone: its known values, whether the value is
known, and how long before the case it became known. The skill is the out-of-fold AUC of a small tree, because a leak
need not be monotone. The test cases are not used.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from features.errors import InputError
from features.one_line import one_line
from models.scorecard.spec import Gate
from training.cases.split import supplier_folds
from training.figures import Floats, Interval, auc_interval, rounded

STOP_ABOVE = 0.90
WARN_ABOVE = 0.80
NOISE = 0.03  # how far below a limit the interval may begin: honest columns with 0.87 exist, and must pass
LEVEL = 0.9  # of the interval
CASES_MAX = 50_000  # cases used; where there are more, bads first, up to a half
CLASS_MIN = 10  # bads, and goods: with fewer a column is not judged
LISTED_MAX = 20  # columns that validation.json lists

FOLDS = 5
DEPTH = 3
BINS = 255
LEAF_SHARE_MIN = 0.01
LEAF_CASES_MIN = 5
PRIOR_CASES = 1.0  # cases of the average bad rate added to each leaf, so that small leaves do not lead the ranking

What = Literal["value", "missingness", "time of knowledge"]
Verdict = Literal["stop", "warn", "accepted", "passes"]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Finding:
    """Out-of-fold skill of one column alone.

    Attributes:
        auc: out of fold, with DeLong's interval from `low` to `high`.
        reason: why it may stay, where it was accepted.
    """

    column: str
    what: What
    auc: float
    low: float
    high: float
    verdict: Verdict
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.column} ({self.what}, AUC {self.auc:.3f}, {self.low:.3f} to {self.high:.3f})"


def judge(
    columns: Sequence[str],
    values: Floats,
    bad: Floats,
    supplier: Sequence[str],
    *,
    delays: Mapping[str, Floats] | None = None,
    accepted: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Judge every column of the training cases; the highest AUC first.

    Args:
        columns: names of the columns of `values`, which has NaN for null.
        bad: 1 for bad.
        supplier: of each case; all cases of one lie in the same fold.
        delays: days from each case's date to the date on which a column's value became known, by column.
        accepted: by column, the reason why it may stay although it stops training or warns.

    Raises:
        InputError: an accepted column does not exist, or needs no acceptance.
    """
    mask = _judged_rows(bad, supplier)
    fold = supplier_folds([s for s, k in zip(supplier, mask, strict=True) if k], FOLDS)
    findings = []
    for j, name in enumerate(columns):
        delay = (delays or {}).get(name)
        for what, signal in _signals(values[mask, j], None if delay is None else delay[mask]):
            interval = skill(signal, bad[mask], fold)
            if interval is not None:
                findings.append(_finding(name, what, interval))
    agreed = _agreed(findings, columns, accepted or {})
    return tuple(sorted(agreed, key=lambda f: (-f.auc, f.column, f.what)))


def refuse(findings: Sequence[Finding]) -> None:
    """Raise where a column stops training.

    Raises:
        InputError: names every such column with its figures, what they usually mean, and how to continue.
    """
    stopping = [f for f in findings if f.verdict == "stop"]
    if stopping:
        name, columns = stopping[0].column, len({f.column for f in stopping})
        problem = (
            "One column alone predicts the outcome" if columns == 1 else f"{columns} columns alone predict the outcome"
        )
        raise InputError(
            f"Training stops. {problem}: {'; '.join(map(str, stopping))}. Above {STOP_ABOVE:.2f} a column was usually "
            "filled in, changed or fetched after the outcome, and would not be there when a case is scored.",
            where=f"{name}, {stopping[0].what}",
            fix=f"Leave it out (--without {name}), say in the external spec by which date each value was known, or, "
            f"if it is honest, say why: --accept-leak '{name}=REASON'.",
        )


def gate(findings: Sequence[Finding]) -> Gate:
    """The gate of the leak detector. Training stops before it where a leak is found and not accepted."""
    if not findings:
        return Gate(True, "No column could be judged alone: too few bad or good cases have a value.")
    sentences = [f"The most predictive single column is {findings[0]}."]
    sentences += [f"It warns of {f}." for f in findings if f.verdict == "warn"]
    sentences += [f"Accepted: {f}, because: {f.reason}." for f in findings if f.verdict == "accepted"]
    stops = any(f.verdict == "stop" for f in findings)
    return Gate(not stops, " ".join(sentences), "Leave the column out, or say why it may stay." if stops else "")


def to_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The content for validation.json: the columns with the highest AUC, and every one that warns or was accepted."""
    listed = [f for i, f in enumerate(findings) if i < LISTED_MAX or f.verdict != "passes"]
    lines = {
        "stop_above": STOP_ABOVE,
        "warn_above": WARN_ABOVE,
        "noise": NOISE,
        "level": LEVEL,
        "judged": len(findings),
    }
    return {**lines, "columns": [rounded(vars(f)) for f in listed]}


def skill(values: Floats, bad: Floats, fold: Integers) -> Interval | None:
    """Out-of-fold AUC of a small tree on the known values; None where too few are known of either class.

    Not max(auc, 1 - auc): the tree learns the direction of a column, and an out-of-fold AUC below a half is noise,
    which is common in small samples.
    """
    known = ~np.isnan(values)
    x, y, part = values[known], bad[known], fold[known]
    bads = int(y.sum())
    if min(bads, len(y) - bads) < CLASS_MIN or x.min() == x.max():
        return None
    bins = _binned(x)
    size = int(bins.max()) + 1
    place = part * size + bins
    n = np.bincount(place, minlength=FOLDS * size).reshape(FOLDS, size)
    hits = np.bincount(place, weights=y, minlength=FOLDS * size).reshape(FOLDS, size)
    risk = np.stack([_risk(n.sum(axis=0) - n[k], hits.sum(axis=0) - hits[k]) for k in range(FOLDS)])
    return auc_interval(y, risk[part, bins], level=LEVEL)


def _signals(values: Floats, delay: Floats | None) -> Iterator[tuple[What, Floats]]:
    null = np.isnan(values)
    yield "value", values
    if null.any() and not null.all():
        yield "missingness", null.astype(np.float64)
    if delay is not None:
        yield "time of knowledge", delay


def _finding(column: str, what: What, interval: Interval) -> Finding:
    auc, low, high = interval.value or 0.0, interval.low or 0.0, interval.high or 0.0
    verdict: Verdict = "passes"
    if auc > WARN_ABOVE and low > WARN_ABOVE - NOISE:
        verdict = "stop" if auc > STOP_ABOVE and low > STOP_ABOVE - NOISE else "warn"
    return Finding(column, what, auc, low, high, verdict)


def _agreed(findings: Sequence[Finding], columns: Sequence[str], accepted: Mapping[str, str]) -> list[Finding]:
    """The findings, with the accepted ones marked."""
    flagged = {f.column for f in findings if f.verdict != "passes"}
    for name, reason in accepted.items():
        if name not in flagged:
            problem = "neither stops nor warns" if name in columns else "is not a column of this training"
            raise InputError(f"Column {name!r} {problem}: nothing to accept.", where="--accept-leak")
        one_line(reason, what=f"The reason for {name!r}", where="--accept-leak")
    return [
        Finding(f.column, f.what, f.auc, f.low, f.high, "accepted", accepted[f.column].strip())
        if f.column in accepted and f.verdict != "passes"
        else f
        for f in findings
    ]


def _judged_rows(bad: Floats, supplier: Sequence[str]) -> NDArray[np.bool_]:
    """The cases to judge on: all, or a part by supplier to save time. Skill does not depend on the base rate."""
    mask = np.ones(len(bad), dtype=bool)
    if len(bad) <= CASES_MAX:
        return mask
    drawn = {s: hashlib.sha256(f"leaks {s}".encode()).digest()[:8] for s in set(supplier)}
    order = np.argsort(np.array([int.from_bytes(drawn[s], "big") for s in supplier], dtype=np.uint64), kind="stable")
    bads, goods = order[bad[order] == 1], order[bad[order] != 1]
    half = max(CASES_MAX // 2, CASES_MAX - len(goods))
    chosen = bads[:half]
    mask[:] = False
    mask[chosen] = True
    mask[goods[: CASES_MAX - len(chosen)]] = True
    return mask


def _binned(x: Floats) -> Integers:
    """The bin of each value: its distinct value, or a quantile where there are many distinct values."""
    edges = np.unique(x)
    if len(edges) > BINS:
        edges = np.unique(np.quantile(x, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    return np.searchsorted(edges, x, side="left").astype(np.int64)


def _risk(n: Integers, hits: Floats) -> Floats:
    """The risk of each bin from a tree grown on counts, minus the sample's risk, because folds differ in base rate."""
    total = n.sum()
    base = float(hits.sum() / total) if total else 0.0
    risk = np.zeros(len(n))
    least = max(LEAF_CASES_MIN, LEAF_SHARE_MIN * total)
    open_ = [(0, len(n), DEPTH)]
    while open_:
        start, stop, depth = open_.pop()
        split = _best_split(n[start:stop], hits[start:stop], least) if depth else None
        if split is None:
            inside, bads = n[start:stop].sum(), hits[start:stop].sum()
            risk[start:stop] = (bads + PRIOR_CASES * base) / (inside + PRIOR_CASES) - base
        else:
            open_ += [(start, start + split, depth - 1), (start + split, stop, depth - 1)]
    return risk


def _best_split(n: Integers, hits: Floats, least: float) -> int | None:
    """The split that reduces the Gini impurity most, with `least` cases on both sides; None where none helps."""
    left, bads = np.cumsum(n)[:-1], np.cumsum(hits)[:-1]
    total, all_bads = n.sum(), hits.sum()
    right = total - left
    allowed = (left >= least) & (right >= least)
    if not allowed.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(allowed, bads**2 / left + (all_bads - bads) ** 2 / right, -np.inf)
    best = int(np.argmax(gain))
    return best + 1 if gain[best] > all_bads**2 / total + 1e-9 else None
