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
from training.figures import Floats, Interval, rounded
from training.validation.measures.column_skill import FOLDS, LEVEL, Marked, marks, skill

STOP_ABOVE = 0.90
WARN_ABOVE = 0.80
NOISE = 0.03  # how far below a limit the interval may begin: honest columns with 0.87 exist, and must pass
MARKED_HALF = 0.5  # share of bads, in a part that a column marks, from which it stops: strong honest ones lie below
CASES_MAX = 50_000  # cases used; where there are more, bads first, up to a half
LISTED_MAX = 20  # columns that validation.json lists


What = Literal["value", "missingness", "time of knowledge"]
Verdict = Literal["stop", "warn", "accepted", "passes"]


@dataclass(frozen=True)
class Finding:
    """Out-of-fold skill of one column alone.

    Attributes:
        auc: out of fold, with DeLong's interval from `low` to `high`.
        reason: why it may stay, where it was accepted.
        bads: bads in the part of the cases that the column marks, where this part alone stops or warns.
        precision: lower end of the interval of the share of bads in this part; None where the AUC decides.
    """

    column: str
    what: What
    auc: float
    low: float
    high: float
    verdict: Verdict
    reason: str = ""
    bads: int = 0
    precision: float | None = None

    def __str__(self) -> str:
        if self.precision is not None:
            share = f"{self.bads} bads in a part of which {self.precision:.0%} or more are bad"
            return f"{self.column} ({self.what}, AUC {self.auc:.3f}, {share})"
        return f"{self.column} ({self.what}, AUC {self.auc:.3f}, {self.low:.3f} to {self.high:.3f})"


def judge(
    columns: Sequence[str],
    values: Floats,
    bad: Floats,
    supplier: Sequence[str],
    *,
    delays: Mapping[str, Floats] | None = None,
    accepted: Mapping[str, str] | None = None,
    weight: Floats | None = None,
) -> tuple[Finding, ...]:
    """Judge every column of the training cases; the highest AUC first.

    Args:
        columns: names of the columns of `values`, which has NaN for null.
        bad: 1 for bad.
        supplier: of each case; all cases of one lie in the same fold.
        delays: days from each case's date to the date on which a column's value became known, by column.
        accepted: by column, the reason why it may stay although it stops training or warns.
        weight: how many cases each stands for (default: one each).

    Raises:
        InputError: an accepted column does not exist, or needs no acceptance.
    """
    mask = _judged_rows(bad, supplier)
    weights = np.ones(len(bad)) if weight is None else weight
    base = float(np.average(bad, weights=weights))
    weights = weights * _undrawn(bad, mask)
    fold = supplier_folds([s for s, k in zip(supplier, mask, strict=True) if k], FOLDS)
    findings = []
    for j, name in enumerate(columns):
        delay = (delays or {}).get(name)
        for what, signal in _signals(values[mask, j], None if delay is None else delay[mask]):
            interval = skill(signal, bad[mask], fold)
            if interval is not None:
                findings.append(_finding(name, what, interval, marks(signal, bad[mask], fold, weights[mask], base)))
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
            f"Training stops. {problem}: {'; '.join(map(str, stopping))}. Such a column was usually "
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


def _signals(values: Floats, delay: Floats | None) -> Iterator[tuple[What, Floats]]:
    null = np.isnan(values)
    yield "value", values
    if null.any() and not null.all():
        yield "missingness", null.astype(np.float64)
    if delay is not None:
        yield "time of knowledge", delay


def _finding(column: str, what: What, interval: Interval, marked: Marked | None = None) -> Finding:
    auc, low, high = interval.value or 0.0, interval.low or 0.0, interval.high or 0.0
    verdict: Verdict = "passes"
    if auc > WARN_ABOVE and low > WARN_ABOVE - NOISE:
        verdict = "stop" if auc > STOP_ABOVE and low > STOP_ABOVE - NOISE else "warn"
    if marked is not None and verdict != "stop":
        verdict = "stop" if marked.low >= MARKED_HALF else "warn"
        return Finding(column, what, auc, low, high, verdict, bads=marked.bads, precision=marked.low)
    return Finding(column, what, auc, low, high, verdict)


def _undrawn(bad: Floats, mask: NDArray[np.bool_]) -> Floats:
    """How many cases of its class each judged case stands for."""
    share = [float(mask[bad == k].mean()) if (bad == k).any() else 1.0 for k in (0, 1)]
    return np.where(bad == 1, 1 / max(share[1], 1e-9), 1 / max(share[0], 1e-9))


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
