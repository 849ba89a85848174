"""Discrimination: how well the scorecard separates bad from good cases.

AUC with two intervals: DeLong's, which takes every case as independent, and the bootstrap's over whole suppliers,
which does not. Where they differ, the second is the correct one.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.special import ndtri

from training.calibrate import LEVEL
from training.figures import Floats, Interval, auc_interval, ks
from training.validation.measures.curves import curves
from training.validation.measures.evidence import Evidence, effective
from training.validation.measures.periods import by_period
from training.validation.measures.ranked import Ranked
from training.validation.measures.resample import DRAWS, SEED, SUPPLIERS_MIN, numbered, percentile, supplier_counts
from training.validation.measures.tails import two_sided
from training.validation.rules.rules import D1, D2
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, Verdict, beyond, short_of


def discrimination(
    evidence: Evidence, development: Evidence | None, *, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Any]:
    """Everything about discrimination on the test; `development` holds the training cases out of fold."""
    plain, clustered = separation(evidence.bad, evidence.pd), by_supplier(evidence, draws=draws, seed=seed)
    bads, goods = effective(evidence.bad, evidence.supplier)
    return {
        **plain,
        "effective": {"bads": bads, "goods": goods},
        "verdict": area_verdict(plain["auc"], clustered["auc"])
        if min(bads, goods) >= D1["bads_min"]
        else NOT_EVALUABLE,
        "by_supplier": clustered,
        "vintages": [
            {"vintage": name, **separation(evidence.bad[rows], evidence.pd[rows])}
            for name, rows in by_period(evidence.as_of)
        ],
        "against_development": against_development(evidence, development, draws=draws, seed=seed),
        "curves": curves(evidence),
    }


def separation(bad: Floats, pd: Floats) -> dict[str, Any]:
    """Counts, AUC and Gini coefficient (2 AUC - 1) with DeLong's interval, and KS; None where there are too few.

    AUC and KS need ten bads and ten goods (rule D1); a smaller part is counted and not judged.
    """
    n, n_bad = len(bad), int(bad.sum())
    enough = n_bad >= D1["bads_min"] and n - n_bad >= D1["goods_min"]
    area = auc_interval(bad, pd, level=LEVEL) if enough else Interval(None, None, None, None, LEVEL)
    distance = ks(bad, pd) if enough else None
    return {"n": n, "bad": n_bad, "auc": asdict(area), "gini": asdict(gini(area)), "ks": distance}


def area_verdict(area: dict[str, Any], clustered: dict[str, Any]) -> Verdict:
    """Rule D1. Bad: below 0.6, or the interval over suppliers reaches 0.5. Watch: below 0.7.

    Not evaluable without an interval over suppliers, which needs 20 of them.
    """
    if clustered["low"] is None:
        return NOT_EVALUABLE
    if clustered["low"] <= D1["low_min"]:
        return BAD
    return short_of(area["value"], watch=D1["watch"], bad=D1["bad"])


def gini(area: Interval) -> Interval:
    """The Gini coefficient of an AUC: 2 AUC - 1, its interval and standard error likewise."""
    low, value, high = (None if x is None else 2 * x - 1 for x in (area.low, area.value, area.high))
    return Interval(value, low, high, None if area.se is None else 2 * area.se, area.level)


def by_supplier(evidence: Evidence, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """Intervals of AUC, Gini and KS over draws of whole suppliers; see `resample` for how they are drawn.

    100,000 cases and 500 draws take about a second: cases are sorted once, a draw is a weight for each.
    """
    (codes,), suppliers = numbered(evidence.supplier)
    plain = separation(evidence.bad, evidence.pd)
    drawn = np.full((draws, 2), np.nan)
    if plain["auc"]["value"] is not None:
        ranked = Ranked.of(evidence.bad, evidence.pd, codes)
        for i, counts in enumerate(supplier_counts(suppliers, draws=draws, seed=seed)):
            drawn[i] = ranked.figures(counts)
    area = percentile(plain["auc"]["value"], drawn[:, 0], suppliers=suppliers)
    distance = percentile(plain["ks"], drawn[:, 1], suppliers=suppliers)
    return {
        "suppliers": suppliers,
        "suppliers_min": SUPPLIERS_MIN,
        "draws": draws,
        "seed": seed,
        "auc": asdict(area),
        "gini": asdict(gini(area)),
        "ks": asdict(distance),
    }


def against_development(
    evidence: Evidence, development: Evidence | None, *, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Any]:
    """Out-of-time AUC less the AUC out of fold in development, and whether the difference could be chance.

    `se_independent` adds DeLong's variances (Hanley and McNeil 1982, of independent samples). `se` draws the suppliers
    of both samples together, so that those who appear in both are not counted as two; `p_value` is the two-sided
    normal test with it, or with the independent one where there are too few suppliers.
    """
    now = _judged(evidence)
    then = _judged(development)
    if now.value is None or then.value is None or now.se is None or then.se is None or development is None:
        nothing = dict.fromkeys(("difference", "low", "high", "se", "se_independent", "z", "p_value"))
        return {"development": asdict(then), **nothing, "verdict": NOT_EVALUABLE}
    difference = now.value - then.value
    independent = float(np.hypot(now.se, then.se))
    se = _joint_error(evidence, development, draws=draws, seed=seed) or independent
    z = difference / se if se > 0 else None
    p_value = two_sided(z) if z is not None else float(difference == 0)  # without any spread nothing is chance
    reach = float(ndtri(0.5 + LEVEL / 2)) * se
    return {
        "development": asdict(then),
        "difference": difference,
        "low": difference - reach,
        "high": difference + reach,
        "se": se,
        "se_independent": independent,
        "z": z,
        "p_value": p_value,
        "verdict": drop_verdict(difference, se, p_value),
    }


def drop_verdict(difference: float, se: float, p_value: float) -> Verdict:
    """Rule D2. A drop that chance does not explain: above 0.05 bad, above 0.02 watch.

    Not evaluable: a drop that chance does explain, where the standard error would let a drop of 0.1 go unseen.
    """
    if p_value < D2["level"]:
        return beyond(-difference, watch=D2["watch"], bad=D2["bad"])
    return NOT_EVALUABLE if difference < 0 and se > D2["se_max"] else GOOD


def _judged(evidence: Evidence | None) -> Interval:
    if evidence is None:
        return Interval(None, None, None, None, LEVEL)
    return Interval(**separation(evidence.bad, evidence.pd)["auc"])


def _joint_error(evidence: Evidence, development: Evidence, *, draws: int, seed: int) -> float | None:
    """Standard error of the difference over draws of the suppliers of both samples."""
    (now, then), suppliers = numbered(evidence.supplier, development.supplier)
    samples = (Ranked.of(evidence.bad, evidence.pd, now), Ranked.of(development.bad, development.pd, then))
    drawn = []
    for counts in supplier_counts(suppliers, draws=draws, seed=seed):
        (area, _), (before, _) = (ranked.figures(counts) for ranked in samples)
        drawn.append(area - before)
    return percentile(0.0, drawn, suppliers=suppliers).se
