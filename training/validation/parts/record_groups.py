"""Record groups: calibration for suppliers without a history, with a partly unknown one, and with a clean one.

A monotone booster can confuse missing data with a clean record, so the PDs of the three groups of each subject are
compared with their outcomes.
"""

from collections.abc import Mapping
from typing import Any, Literal

from training.validation.measures.evidence import Evidence, Mask
from training.validation.rules.rules import R1
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict, worst
from training.validation.statistics.ratio import calibrated, evaluable, surely_outside

GroupVerdict = Literal["holds", "fails", "not evaluable"]


def record_groups(evidence: Evidence, groups: Mapping[str, Mask]) -> dict[str, Any]:
    """Observed over expected of each named group of cases, in the order of the names, and whether it holds.

    Rule R1: bad if a group fails for sure, watch if one fails, good if one holds and none fails.
    """
    at_once = max(1, sum(bool(rows.any()) for rows in groups.values()))
    by_name = {name: group(evidence, groups[name], at_once=at_once) for name in sorted(groups)}
    return {
        "groups": by_name,
        "verdict": worst(_as_verdict(figures) for figures in by_name.values()),
    }


def group(evidence: Evidence, rows: Mask, *, at_once: int = 1) -> dict[str, Any]:
    """One group's counts and ratio with its verdict, where so many groups are judged at once.

    `holds`: the ratio lies within the band; `fails`: it lies outside; either needs 50 expected bads. With fewer a
    group is `not evaluable`, unless it is outside for sure: then it fails. `sure` says that the whole interval lies
    outside. Of correct groups with 50 expected bads one in ten fails by chance, and one in five hundred for sure.
    """
    figures = calibrated(evidence.bad[rows], evidence.pd[rows], evidence.supplier[rows])
    value, sure = figures["ratio"]["value"], surely_outside(figures, R1, at_once=at_once)
    verdict: GroupVerdict = "not evaluable"
    if sure:
        verdict = "fails"
    elif value is not None and evaluable(figures, R1):
        verdict = "holds" if R1["low"] <= value <= R1["high"] else "fails"
    return {**figures, "sure": sure, "verdict": verdict}


def _as_verdict(figures: Mapping[str, Any]) -> Verdict:
    if figures["verdict"] == "not evaluable":
        return NOT_EVALUABLE
    if figures["verdict"] == "holds":
        return GOOD
    return BAD if figures["sure"] else WATCH
