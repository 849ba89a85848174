"""Sentences: how the verdicts on the scorecard's probabilities are told, with their figures, in both languages.

The rest of the rules, on the scorecard's use, are told in `sentences_of_use`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from features.declarations.feature import Text
from training.validation.rules.rule import Rule
from training.validation.rules.rules import C1, C2, C3, D1, D2, G1, G2, G3, L1
from training.validation.rules.verdicts import GOOD, NOT_EVALUABLE, Verdict

Parts = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """A rule's verdict on a validation, and the sentence that tells it.

    Attributes:
        advice: what to do, where it depends on what was found; the rule's own otherwise.
    """

    rule: Rule
    verdict: Verdict
    text: Text
    advice: Text | None = None

    @property
    def mend(self) -> Text:
        """What to do where the verdict is watch or bad."""
        return self.advice or self.rule.mend


def nothing(rule: Rule, zh: str, en: str) -> Said:
    """A verdict that could not be reached, and what was lacking."""
    return Said(
        rule, NOT_EVALUABLE, Text(f"{rule.about.zh}：无法评估，{zh}。", f"{rule.about.en}: not evaluable, {en}.")
    )


def between(found: Mapping[str, Any], form: str = ".3f") -> str:
    """An interval in words that both languages share."""
    return "–" if found["low"] is None else f"{found['low']:{form}} – {found['high']:{form}}"


def area(parts: Parts) -> Said:
    """Rule D1."""
    found = parts["discrimination"]
    value, by = found["auc"]["value"], found["by_supplier"]["auc"]
    if value is None:
        n = f"{found['bad']} / {found['n'] - found['bad']}"
        return nothing(D1, f"坏/好样本只有{n}", f"there are only {n} bads / goods")
    interval = between(by if by["low"] is not None else found["auc"])
    return Said(
        D1,
        found["verdict"],
        Text(
            f"样本外AUC为{value:.3f}（90%区间{interval}），KS为{found['ks']:.3f}。",
            f"Out-of-time AUC {value:.3f} (90 % interval {interval}), KS {found['ks']:.3f}.",
        ),
    )


def drop(parts: Parts) -> Said:
    """Rule D2."""
    found = parts["discrimination"]["against_development"]
    if found["difference"] is None:
        return nothing(D2, "两个样本之一不足", "one of the two samples is too small")
    figures = f"{found['difference']:+.3f}", between(found, "+.3f"), found["p_value"]
    p = "–" if figures[2] is None else f"{figures[2]:.3f}"
    return Said(
        D2,
        found["verdict"],
        Text(
            f"样本外AUC与开发样本（折外）相差{figures[0]}（90%区间{figures[1]}，p = {p}）。",
            f"The AUC differs from development's, out of fold, by {figures[0]} (90 % interval {figures[1]}, p = {p}).",
        ),
    )


def portfolio(parts: Parts) -> Said:
    """Rule C1."""
    found = parts["calibration"]["portfolio"]
    if found["ratio"]["value"] is None:
        return nothing(C1, "没有案例，或违约概率全为零", "there are no cases, or every PD is 0")
    ratio, interval, bad, expected = found["ratio"]["value"], between(found["ratio"]), found["bad"], found["expected"]
    return Said(
        C1,
        found["verdict"],
        Text(
            f"预期坏样本{expected:.1f}个，实际{bad}个，比值{ratio:.3f}（90% Jeffreys区间{interval}）。",
            f"{bad} bads where {expected:.1f} were expected: ratio {ratio:.3f} (90 % Jeffreys interval {interval}).",
        ),
    )


def slope(parts: Parts) -> Said:
    """Rule C2."""
    found = parts["calibration"]["recalibration"]
    told = found["slope"] if found["slope_by_supplier"]["value"] is None else found["slope_by_supplier"]
    if found["verdict"] == NOT_EVALUABLE:
        return nothing(C2, "好坏样本不足或互不重叠", "there are too few bads or goods, or they do not overlap")
    return Said(
        C2,
        found["verdict"],
        Text(
            f"校准斜率{told['value']:.3f}（90%区间{between(told)}），理想值为1。",
            f"The calibration slope is {told['value']:.3f} (90 % interval {between(told)}); 1 is perfect.",
        ),
    )


def fit(parts: Parts) -> Said:
    """Rule C3."""
    found = parts["calibration"]
    p = [found[test]["p_value"] for test in ("hosmer_lemeshow", "spiegelhalter")]
    if found["fit_verdict"] == NOT_EVALUABLE:
        return nothing(C3, "期望频数过小", "the expected counts are too small")
    hl, z = ("–" if value is None else f"{value:.3f}" for value in p)
    return Said(
        C3,
        found["fit_verdict"],
        Text(
            f"Hosmer–Lemeshow检验p = {hl}，Spiegelhalter检验p = {z}。",
            f"Hosmer-Lemeshow p = {hl}, Spiegelhalter p = {z}.",
        ),
    )


def grades(parts: Parts) -> Said:
    """Rule G1."""
    rows, verdict = parts["grades"]["grades"], parts["grades"]["verdict"]
    judged = [row for row in rows if row["verdict"] != NOT_EVALUABLE]
    if not judged:
        return nothing(G1, "各等级的坏样本都太少", "every grade has too few bads")
    off = [row["code"] for row in judged if row["verdict"] != GOOD]
    least = min(row["p_value_holm"] for row in judged)
    named = ", ".join(off) if off else "–"
    return Said(
        G1,
        verdict,
        Text(
            f"可评估的{len(judged)}个等级中，单独检验亮黄灯或红灯的有{len(off)}个（{named}）；"
            f"Holm修正后最小p = {least:.3f}。",
            f"Grades that can be judged: {len(judged)}; amber or red by themselves: {len(off)} ({named}); smallest p"
            f" after Holm {least:.3f}.",
        ),
    )


def order(parts: Parts) -> Said:
    """Rule G2."""
    found = parts["grades"]["order"]
    if found["verdict"] == NOT_EVALUABLE:
        return nothing(G2, "可比的等级不足两个", "there are not two grades to compare")
    inversions, apart = len(found["inversions"]), len(found["contradictions"])
    return Said(
        G2,
        found["verdict"],
        Text(
            f"{found['grades']}个等级的实际违约率有{inversions}处颠倒，其中{apart}处区间不相交。",
            f"{found['grades']} grades; neighbours out of order: {inversions}, of them with intervals apart: {apart}.",
        ),
    )


def concentration(parts: Parts) -> Said:
    """Rule G3."""
    found = parts["grades"]["concentration"]
    if found["verdict"] == NOT_EVALUABLE:
        return nothing(G3, "案例不足100个", "there are fewer than 100 cases")
    code, share = found["largest"]["code"], found["largest"]["share"]
    return Said(
        G3,
        found["verdict"],
        Text(
            f"最大的等级{code}占{share:.1%}，赫芬达尔指数{found['herfindahl']:.3f}。",
            f"The largest grade, {code}, holds {share:.1%} of the cases; Herfindahl index {found['herfindahl']:.3f}.",
        ),
    )


def few_bads(parts: Parts) -> Said:
    """Rule L1."""
    found = parts["low_default"]
    if found["verdict"] == NOT_EVALUABLE:
        return nothing(L1, "没有案例", "there are no cases")
    bound = found["grades"][0]["bounds"]["0.75"]
    return Said(
        L1,
        found["verdict"],
        Text(
            f"共{found['bads']}个坏样本；全部案例违约率的75%上界为{bound:.2%}。",
            f"{found['bads']} bads in all; the 75 % upper bound of the whole portfolio's rate is {bound:.2%}.",
        ),
    )


OF_RISK: tuple[Callable[[Parts], Said], ...] = (
    area,
    drop,
    portfolio,
    slope,
    fit,
    grades,
    order,
    concentration,
    few_bads,
)
