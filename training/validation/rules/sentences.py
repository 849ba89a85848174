"""Sentences for the verdicts on the scorecard's probabilities, with their figures, in both languages.

`sentences_of_use` has those for the rules on the scorecard's use.
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
class Ruling:
    """A rule's verdict on a validation, and its sentence.

    Attributes:
        advice: what to do, where it depends on the figures; otherwise the rule's own advice.
    """

    rule: Rule
    verdict: Verdict
    text: Text
    advice: Text | None = None

    @property
    def mend(self) -> Text:
        """What to do where the verdict is watch or bad."""
        return self.advice or self.rule.mend


def nothing(rule: Rule, zh: str, en: str) -> Ruling:
    """A verdict that could not be reached, and the missing data."""
    return Ruling(
        rule, NOT_EVALUABLE, Text(f"{rule.about.zh}：无法评估，{zh}。", f"{rule.about.en}: not evaluable, {en}.")
    )


def between(interval: Mapping[str, Any], form: str = ".3f") -> str:
    """An interval as text, the same in both languages."""
    return "–" if interval["low"] is None else f"{interval['low']:{form}} – {interval['high']:{form}}"


def area(parts: Parts) -> Ruling:
    """Rule D1."""
    result = parts["discrimination"]
    value, by = result["auc"]["value"], result["by_supplier"]["auc"]
    if value is None:
        n = f"{result['bad']} / {result['n'] - result['bad']}"
        return nothing(D1, f"坏/好样本只有{n}", f"there are only {n} bads / goods")
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(D1, *_few_effective(result))
    interval = between(by if by["low"] is not None else result["auc"])
    return Ruling(
        D1,
        result["verdict"],
        Text(
            f"样本外AUC为{value:.3f}（90%区间{interval}），KS为{result['ks']:.3f}。",
            f"Out-of-time AUC {value:.3f} (90 % interval {interval}), KS {result['ks']:.3f}.",
        ),
    )


def _few_effective(result: Mapping[str, Any]) -> tuple[str, str]:
    """Why the outcomes of so few suppliers do not suffice."""
    worth, suppliers = min(result["effective"].values()), result["by_supplier"]["suppliers"]
    return (
        f"{result['bad']}个坏样本集中于少数供应商，有效样本数只有{worth:.1f}（共{suppliers}家供应商）",
        f"the outcomes of {suppliers} suppliers are worth only {worth:.1f} effective bads or goods"
        f" ({result['bad']} bads in all)",
    )


def drop(parts: Parts) -> Ruling:
    """Rule D2."""
    result = parts["discrimination"]["against_development"]
    if result["difference"] is None:
        return nothing(D2, "两个样本之一不足", "one of the two samples is too small")
    figures = f"{result['difference']:+.3f}", between(result, "+.3f"), result["p_value"]
    p = "–" if figures[2] is None else f"{figures[2]:.3f}"
    return Ruling(
        D2,
        result["verdict"],
        Text(
            f"样本外AUC与开发样本（折外）相差{figures[0]}（90%区间{figures[1]}，p = {p}）。",
            f"The AUC differs from development's, out of fold, by {figures[0]} (90 % interval {figures[1]}, p = {p}).",
        ),
    )


def portfolio(parts: Parts) -> Ruling:
    """Rule C1."""
    result = parts["calibration"]["portfolio"]
    if result["ratio"]["value"] is None:
        return nothing(C1, "没有案例，或违约概率全为零", "there are no cases, or every PD is 0")
    if result["verdict"] == NOT_EVALUABLE and result["expected"] >= C1["expected_min"]:
        return nothing(C1, *_few_effective(parts["discrimination"]))
    ratio, interval, bad, expected = (
        result["ratio"]["value"],
        between(result["ratio"]),
        result["bad"],
        result["expected"],
    )
    return Ruling(
        C1,
        result["verdict"],
        Text(
            f"预期坏样本{expected:.1f}个，实际{bad}个，比值{ratio:.3f}（90% Jeffreys区间{interval}）。",
            f"{bad} bads where {expected:.1f} were expected: ratio {ratio:.3f} (90 % Jeffreys interval {interval}).",
        ),
    )


def slope(parts: Parts) -> Ruling:
    """Rule C2."""
    result = parts["calibration"]["recalibration"]
    interval = result["slope"] if result["slope_by_supplier"]["value"] is None else result["slope_by_supplier"]
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(C2, "好坏样本不足或互不重叠", "there are too few bads or goods, or they do not overlap")
    return Ruling(
        C2,
        result["verdict"],
        Text(
            f"校准斜率{interval['value']:.3f}（90%区间{between(interval)}），理想值为1。",
            f"The calibration slope is {interval['value']:.3f} (90 % interval {between(interval)}); 1 is perfect.",
        ),
    )


def fit(parts: Parts) -> Ruling:
    """Rule C3."""
    result = parts["calibration"]
    p = [result[test]["p_value"] for test in ("hosmer_lemeshow", "spiegelhalter")]
    if result["fit_verdict"] == NOT_EVALUABLE:
        return nothing(C3, "期望频数过小", "the expected counts are too small")
    hl, z = ("–" if value is None else f"{value:.3f}" for value in p)
    return Ruling(
        C3,
        result["fit_verdict"],
        Text(
            f"Hosmer–Lemeshow检验p = {hl}，Spiegelhalter检验p = {z}。",
            f"Hosmer-Lemeshow p = {hl}, Spiegelhalter p = {z}.",
        ),
    )


def grades(parts: Parts) -> Ruling:
    """Rule G1."""
    rows, verdict = parts["grades"]["grades"], parts["grades"]["verdict"]
    judged = [row for row in rows if row["verdict"] != NOT_EVALUABLE]
    if not judged:
        return nothing(G1, "各等级的坏样本都太少", "every grade has too few bads")
    off = [row["code"] for row in judged if row["verdict"] != GOOD]
    least = min(row["p_value_holm"] for row in judged)
    named = ", ".join(off) if off else "–"
    return Ruling(
        G1,
        verdict,
        Text(
            f"可评估的{len(judged)}个等级中，单独检验亮黄灯或红灯的有{len(off)}个（{named}）；"
            f"Holm修正后最小p = {least:.3f}。",
            f"Grades that can be judged: {len(judged)}; amber or red by themselves: {len(off)} ({named}); smallest p"
            f" after Holm {least:.3f}.",
        ),
    )


def order(parts: Parts) -> Ruling:
    """Rule G2."""
    result = parts["grades"]["order"]
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(G2, "可比的等级不足两个", "there are not two grades to compare")
    inversions, apart = len(result["inversions"]), len(result["contradictions"])
    return Ruling(
        G2,
        result["verdict"],
        Text(
            f"{result['grades']}个等级的实际违约率有{inversions}处颠倒，其中{apart}处区间不相交。",
            f"{result['grades']} grades; neighbours out of order: {inversions}, of them with intervals apart: {apart}.",
        ),
    )


def concentration(parts: Parts) -> Ruling:
    """Rule G3."""
    result = parts["grades"]["concentration"]
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(G3, "案例不足100个", "there are fewer than 100 cases")
    code, share = result["largest"]["code"], result["largest"]["share"]
    return Ruling(
        G3,
        result["verdict"],
        Text(
            f"最大的等级{code}占{share:.1%}，赫芬达尔指数{result['herfindahl']:.3f}。",
            f"The largest grade, {code}, holds {share:.1%} of the cases; Herfindahl index {result['herfindahl']:.3f}.",
        ),
    )


def few_bads(parts: Parts) -> Ruling:
    """Rule L1."""
    result = parts["low_default"]
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(L1, "没有案例", "there are no cases")
    bound = result["grades"][0]["bounds"]["0.75"]
    return Ruling(
        L1,
        result["verdict"],
        Text(
            f"共{result['bads']}个坏样本；全部案例违约率的75%上界为{bound:.2%}。",
            f"{result['bads']} bads in all; the 75 % upper bound of the whole portfolio's rate is {bound:.2%}.",
        ),
    )


OF_RISK: tuple[Callable[[Parts], Ruling], ...] = (
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
