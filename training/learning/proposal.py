"""The choice of the proposed scorecard, by written rules.

1. Where bads are many, LightGBM under the declared constraints is proposed if its loss is within one standard error of
   the best of those that learn; otherwise the simplest that is.
2. Where bads are few, trees grown on the declared scorecard are proposed if the cases confirm it (the
   whole interval of its own out-of-fold slope is above 0) and their loss is within one standard error of the best.
   Otherwise the simplest that is, the declared scorecard included. Where the cases do not confirm it, neither takes
   part, and rule 1 is applied.
   Of those within one standard error, one whose out-of-fold slope may be 0 is skipped while there is another.
3. Where the out-of-fold slope of that choice may be 0, or no Brier score after the split is below the constant's,
   nothing was learned: the declared scorecard is proposed if it has columns here and does no worse than the constant
   there, and the constant otherwise. Whether the proposal's own Brier score is below is a gate: a changed base rate is
   no reason to take a scorecard that ranks worse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from training.figures import Floats, brier
from training.learning.comparison import Comparison

CONSTANT, EXPERT, BLEND, LIGHTGBM = "constant", "expert", "blend", "lightgbm"
SCARCE: Final = 100  # bads, or goods, below which they are few


@dataclass(frozen=True)
class Proposal:
    """The proposed contender, and why.

    Attributes:
        name: the contender proposed.
        written: the contender whose scorecard is written: the same, or the best learned where the constant is
            proposed, so that its failed gates can be studied.
        rule: number of the rule that decided.
        few: whether bads were few.
    """

    name: str
    written: str
    rule: int
    why: Mapping[str, str]
    few: bool

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, "written": self.written, "rule": self.rule, "few": self.few, "why": dict(self.why)}


def first_choice(comparison: Comparison, *, few: bool) -> Proposal:
    """Apply rules 1 and 2, which do not use the cases after the split."""
    declared = few and weights_confirmed(comparison)
    able = _serving(
        comparison, but={CONSTANT} if declared else {CONSTANT, EXPERT, BLEND} if few else {CONSTANT, EXPERT}
    )
    best = min(able, key=lambda n: float(comparison.losses(n).mean()))
    near = [n for n in able if within_noise(comparison, n, best)]
    near = [n for n in near if comparison.judged[n].platt.holds] or near
    default = BLEND if declared else LIGHTGBM
    name = default if default in near else near[0]
    why = _choice_text(comparison, name, best)
    if few:
        reason = _few_text(default, name) if declared else _NOT_CONFIRMED
        why = {lang: why[lang] + reason[lang] for lang in why}
    why = {"zh": f"{why['zh']}。", "en": f"{why['en']}."}
    return Proposal(name, name, 2 if declared else 1, why, few)


def final(
    first: Proposal, comparison: Comparison, *, bad: Floats, pd: Mapping[str, Floats], constant: float
) -> Proposal:
    """Apply rule 3.

    Args:
        first: the result of rules 1 and 2.
        bad: outcomes of the cases after the split; empty where there are none.
        pd: every contender's probabilities of them.
        constant: the training's bad rate.
    """
    flat = brier(bad, constant) if len(bad) else np.inf
    scores = {name: brier(bad, probabilities) if len(bad) else 0.0 for name, probabilities in pd.items()}
    judged = {first.name, *_serving(comparison, but={CONSTANT, EXPERT})} & set(scores)
    best = min((scores[name] for name in judged), default=0.0)
    platt = comparison.judged[first.name].platt
    if platt.holds and best < flat:
        return first
    because = _slope_text(platt.free_low, platt.free_high) if not platt.holds else _brier_text(best, flat)
    declared = EXPERT in scores and scores[EXPERT] <= flat
    name, zh, en = (EXPERT, "专家评分卡", "expert scorecard") if declared else (CONSTANT, "常数", "constant")
    why = {
        "zh": f"未能证明学到了什么：{first.name} 居首，但{because['zh']}。建议采用{zh}。",
        "en": f"The data do not show that anything was learned: {first.name} came first, but {because['en']}. "
        f"The {en} is proposed.",
    }
    return Proposal(name, EXPERT if declared else first.written, 3, why, first.few)


def weights_confirmed(comparison: Comparison) -> bool:
    """Whether the cases show that the declared weights rank them."""
    return EXPERT in comparison.judged and comparison.judged[EXPERT].platt.holds


def within_noise(comparison: Comparison, name: str, other: str) -> bool:
    """Whether a contender's loss is at most one standard error above another's."""
    gap, se = comparison.behind(name, other)
    return gap <= se


def _serving(comparison: Comparison, *, but: set[str]) -> list[str]:
    """Names of the contenders that can be served, the simplest first, without some."""
    return [n for n, j in comparison.judged.items() if j.contender.serves and n not in but]


def _choice_text(comparison: Comparison, name: str, best: str) -> dict[str, str]:
    taken, least = (comparison.judged[n].contender.label for n in (name, best))
    if name == best:
        return {"zh": f"{taken.zh}：折外损失最低", "en": f"{taken.en}: its loss out of fold is the least"}
    gap, se = comparison.behind(name, best)
    apart = f"{gap:.5f} ± {se:.5f}"
    return {
        "zh": f"{taken.zh}：折外损失与最优（{least.zh}）相差 {apart}，在一个标准误之内",
        "en": f"{taken.en}: its loss out of fold is within one standard error of the best, {least.en} "
        f"(behind by {apart})",
    }


_NOT_CONFIRMED: Final = {
    "zh": "；坏样本不足，且未能印证任何声明权重",
    "en": "; there are few bads, and they do not confirm the declared weights",
}


def _few_text(default: str, taken: str) -> dict[str, str]:
    if taken == default:
        return {
            "zh": "；坏样本不足，以专家评分卡为底",
            "en": "; there are few bads, and it builds on the declared weights",
        }
    return {"zh": "；坏样本不足，取其中最简单者", "en": "; there are few bads, so the simplest of those is taken"}


def _slope_text(low: float, high: float) -> dict[str, str]:
    return {
        "zh": f"其折外校准斜率的 90% 区间（{low:.2f} 至 {high:.2f}）触及 0",
        "en": f"the 90 % interval of its slope out of fold, {low:.2f} to {high:.2f}, reaches 0",
    }


def _brier_text(model: float, flat: float) -> dict[str, str]:
    return {
        "zh": f"切分日之后没有任何 Brier 分数（最低 {model:.4f}）低于常数的 {flat:.4f}",
        "en": f"no Brier score after the split, {model:.4f} at best, is below the constant's {flat:.4f}",
    }
