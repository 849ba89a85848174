"""Master scale: whether each grade's bad rate agrees with its PD, whether grades are in order, and how cases spread."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.scorecard.grades import GRADES, MASTER_SCALE, Grade
from training.figures import Floats
from training.validation.measures.evidence import Evidence
from training.validation.measures.tails import binomial_tail, holm, jeffreys_tail, power
from training.validation.rules.rules import G1, G2, G3
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict, beyond, short_of, worst
from training.validation.statistics.ratio import calibrated

FACTORS = (1.5, 2.0)  # alternatives, as multiples of the PD; a grade's bounds are a factor of two apart


def master_scale(evidence: Evidence, grades: Sequence[Grade] = GRADES) -> dict[str, Any]:
    """Every grade against what was observed in it, the order of the grades, and how the cases spread over them."""
    place = placed(evidence.pd, grades)
    rows = [_graded(g, evidence, place == i) for i, g in enumerate(grades)]
    tested = [row for row in rows if row["p_value"] is not None]
    for row, p in zip(tested, holm([row["p_value"] for row in tested]), strict=True):
        row["p_value_holm"] = p
    return {
        "master_scale": MASTER_SCALE,
        "grades": rows,
        "verdict": together(rows),
        "order": order(rows),
        "concentration": concentration(rows),
    }


def placed(pd: Floats, grades: Sequence[Grade] = GRADES) -> NDArray[np.intp]:
    """The position of the grade that each probability falls into."""
    return np.searchsorted([g.pd_high for g in grades[:-1]], pd, side="right")


def _graded(grade: Grade, evidence: Evidence, rows: NDArray[np.bool_]) -> dict[str, Any]:
    """One grade; the tested PD is the mean PD of its cases."""
    figures = calibrated(evidence.bad[rows], evidence.pd[rows], evidence.supplier[rows])
    n, bad, mean = figures["n"], figures["bad"], figures["mean_pd"] or 0.0
    if (shared := figures["clustering"]) > 1:  # dependent cases test a PD like so many fewer independent ones
        n, bad = round(n / shared), round(bad / shared)
    row = {
        "code": grade.code,
        "pd_low": grade.pd_low,
        "pd_high": grade.pd_high,
        "share": figures["n"] / evidence.n if evidence.n else None,
        **figures,
        "jeffreys_p": jeffreys_tail(bad, n, mean),
        "binomial_p": binomial_tail(bad, n, mean),
        "power": {f"{factor:g}": power(n, mean, factor=factor, level=G1["power_level"]) for factor in FACTORS},
    }
    test = "binomial" if sparse(row) else "jeffreys"
    row |= {"test": test, "p_value": row[f"{test}_p"], "p_value_holm": None}
    return {**row, "verdict": grade_verdict(row)}


def sparse(row: Mapping[str, Any]) -> bool:
    """Whether a grade has too few cases to be judged.

    That is, fewer than one expected bad, or a power below 0.2 against a true rate of twice its PD.
    """
    twice = row["power"]["2"]
    return row["expected"] / row["clustering"] < G1["expected_min"] or twice is None or twice < G1["power_min"]


def grade_verdict(row: Mapping[str, Any]) -> Verdict:
    """Rule G1, of one grade: the traffic light of the one-sided test that its true rate exceeds its PD.

    Green (good) from p = 0.10 on, amber (watch) from 0.01 on, red (bad) below: Tasche (2003), Basel Committee (2005,
    working paper 14, chapter III). Jeffreys' p-value decides. A sparse grade is not evaluable, unless the exact
    binomial test rejects at 0.01 even so: few cases can show that a PD is too low, but not that it is right.
    """
    p = row["p_value"]
    if p is None:
        return NOT_EVALUABLE
    if sparse(row):
        return BAD if p < G1["bad"] else NOT_EVALUABLE
    return short_of(p, watch=G1["watch"], bad=G1["bad"])


def together(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """Rule G1, of the scale: the traffic light of the smallest p-value, raised for the number of grades (Holm 1979).

    Of ten correct grades, at least one is amber at 0.10 in most samples; the correction allows for it.
    """
    return worst(
        short_of(row["p_value_holm"], watch=G1["watch"], bad=G1["bad"])
        for row in rows
        if row["verdict"] != NOT_EVALUABLE
    )


def order(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rule G2: whether worse grades have higher observed rates.

    Neighbours are the successive grades in which a bad is expected at least. An inversion is a worse grade with the
    lower observed rate (watch); a contradiction one whose interval lies wholly below its better neighbour's (bad).
    """
    comparable = [row for row in rows if row["expected"] >= G2["expected_min"]]
    inversions, contradictions = [], []
    for better, worse in pairwise(comparable):
        pair = {"better": better["code"], "worse": worse["code"]}
        if worse["observed"] < better["observed"]:
            inversions.append(pair)
        if worse["high"] < better["low"]:
            contradictions.append(pair)
    verdict: Verdict = BAD if contradictions else WATCH if inversions else GOOD
    return {
        "grades": len(comparable),
        "inversions": inversions,
        "contradictions": contradictions,
        "verdict": verdict if len(comparable) >= G2["grades_min"] else NOT_EVALUABLE,
    }


def concentration(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rule G3: how the cases spread over the grades.

    `herfindahl` is the sum of squared shares (Herfindahl 1950), `adjusted` that scaled from 0 (evenly over the
    grades) to 1 (all in one); `above` names the grades with more than 30 % of the cases.
    """
    n = sum(row["n"] for row in rows)
    if not n:
        return {"herfindahl": None, "adjusted": None, "largest": None, "above": [], "verdict": NOT_EVALUABLE}
    shares = {row["code"]: row["n"] / n for row in rows}
    index, even = sum(s * s for s in shares.values()), 1 / len(rows)
    code = max(shares, key=lambda c: shares[c])
    return {
        "herfindahl": index,
        "adjusted": (index - even) / (1 - even) if len(rows) > 1 else None,
        "largest": {"code": code, "share": shares[code]},
        "above": [c for c, share in shares.items() if share > G3["watch"]],
        "verdict": beyond(shares[code], watch=G3["watch"], bad=G3["bad"]) if n >= G3["cases_min"] else NOT_EVALUABLE,
    }
