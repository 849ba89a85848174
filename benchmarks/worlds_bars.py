"""Lines, distributions and bars of the drawn worlds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

AUC_MEDIAN, AUC_WORST = 0.012, 0.03  # expected AUC below that of pd_best
MEAN_WITHIN = 0.08  # of the mean PD, or 2 / root of the bads learned from
NEAR_BEST, NEAR_BEST_OF_FEW, MANY_BADS = 0.005, 0.015, 500  # expected AUC below the best contender's
SHARE_OF_WORLDS = 0.9  # 18 of 20
R2_MAX, R2_SHARE = 0.5, 0.75  # 15 of 20
WAYS = ("without", "with")
Results = Mapping[int, Mapping[str, Any]]


def head(suppliers: int) -> str:
    """What the columns of the lines are."""
    return (
        f"{suppliers:,} suppliers a world; without declared weights | with them\n"
        "seed  rate   bads  tested  R2   best   | AUC    below  nearest  mean/true  loss-const  proposed"
        " | AUC    below  proposed"
    )


def line(seed: int, result: Mapping[str, Any]) -> str:
    """One world."""
    if "failed" in result:
        return f"{seed:>4}  failed: {result['failed']}"
    w = {way: of(result, way) for way in WAYS}
    sign = f"  wrong sign: {result['wrong_sign']}" if result["wrong_sign"] else ""
    redrawn = f"  redrawn {result['redrawn']}" if result["redrawn"] else ""
    a, b = w["without"], w["with"]
    return (
        f"{seed:>4}  {result['base_rate']:.1%} {result['bads']:>6,} {result['n']:>7,}  {result['r2_declared']:.2f}"
        f" {result['best']['auc']:.4f} | {a['auc']:.4f} {a['below']:.4f}  {a['nearest']:.4f}   {a['ratio']:>6.3f}"
        f"     {a['over_constant']:+.5f}   {a['proposed']:<8} | {b['auc']:.4f} {b['below']:.4f}  {b['proposed']:<8}"
        f"  {result['seconds']:.0f} s{sign}{redrawn}"
    )


def of(result: Mapping[str, Any], way: str) -> dict[str, Any]:
    """Distances of a world's proposal: below pd_best, below the best contender, mean PD over the true, loss."""
    one = result[way]
    serving = [c for c in one["contenders"].values() if c["serves"]]
    best, proposal = result["best"], one["proposal"]
    return {
        "auc": proposal["auc"],
        "below": best["auc"] - proposal["auc"],
        "nearest": max(c["auc"] for c in serving) - proposal["auc"],
        "ratio": proposal["mean"] / best["mean"],
        "over_constant": proposal["loss"] - one["contenders"]["constant"]["loss"],
        "proposed": one["proposed"],
    }


def summary(results: Results) -> str:
    """Distributions over the worlds, both ways, and apart where one declared sign is wrong."""
    done = [r for r in results.values() if "failed" not in r]
    lines = []
    groups = {"all worlds": done, "  one sign wrong": [r for r in done if r["wrong_sign"]]}
    for name, group in groups.items():
        for way in WAYS if group else ():
            below = np.array([of(r, way)["below"] for r in group])
            auc = np.array([of(r, way)["auc"] for r in group])
            off = np.array([abs(of(r, way)["ratio"] - 1) for r in group])
            lines.append(
                f"{name}, {way} declared weights: AUC median {np.median(auc):.4f} ({auc.min():.4f} to {auc.max():.4f});"
                f" below pd_best median {np.median(below):.4f}, worst {below.max():.4f};"
                f" mean PD off by {np.median(off):.1%} median, {off.max():.1%} worst"
            )
    return "\n".join(lines)


def bars(results: Results) -> dict[str, str]:
    """Each bar in words, beginning with `met` or `missed`; those of the approach without declared weights."""
    done = {seed: r for seed, r in results.items() if "failed" not in r}
    if not done:
        return {"all": "missed: no world was measured"}
    w = {seed: of(r, "without") for seed, r in done.items()}
    below = {seed: one["below"] for seed, one in w.items()}
    median, worst = float(np.median(list(below.values()))), max(below.values())
    mean = [s for s in done if abs(w[s]["ratio"] - 1) > max(MEAN_WITHIN, 2 / np.sqrt(done[s]["bads"]))]
    near = [s for s in done if w[s]["nearest"] > (NEAR_BEST if done[s]["bads"] >= MANY_BADS else NEAR_BEST_OF_FEW)]
    above = [s for s in done if w[s]["over_constant"] > 1e-9]
    declared = [s for s in done if done[s]["r2_declared"] > R2_MAX]
    n = len(results)
    return {
        "failed": _bar("worlds that could not be measured", [s for s in results if s not in done], n, 0),
        "median": f"{_met(median <= AUC_MEDIAN)}: median AUC {median:.4f} below pd_best's (at most {AUC_MEDIAN})",
        "worst": f"{_met(worst <= AUC_WORST)}: worst AUC {worst:.4f} below pd_best's (at most {AUC_WORST})",
        "mean": _bar("mean PD off by more than max(8 %, 2/root of bads)", mean, n, 1 - SHARE_OF_WORLDS),
        "near": _bar("proposal further below the best contender than allowed", near, n, 1 - SHARE_OF_WORLDS),
        "loss": _bar("expected log loss above the constant's", above, n, 0),
        "r2": _bar(f"R2 of the true log-odds on the declared columns above {R2_MAX}", declared, n, 1 - R2_SHARE),
    }


def _bar(what: str, seeds: list[int], n: int, share: float) -> str:
    allowed = int(share * n + 1e-9)
    which = f" (seeds {', '.join(map(str, seeds))})" if seeds else ""
    return f"{_met(len(seeds) <= allowed)}: {what}: {len(seeds)} of {n} worlds, {allowed} allowed{which}"


def _met(holds: bool) -> str:
    return "met" if holds else "missed"
