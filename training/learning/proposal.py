"""The choice of the proposed scorecard, by five rules.

1. Every contender that can be served is judged by its mean loss out of fold, with slope and level set in the same way.
2. One whose slope may be 0, or whose loss is not below the constant's, takes no part.
3. Of the others the one with the least loss is proposed; of equals the simplest.
4. If none is left, the constant is proposed, and the one with the least loss is written, so that its failed gates can
   be studied.
5. The cases after the split choose nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from training.learning.comparison import Comparison

CONSTANT, EXPERT, BLEND, LIGHTGBM = "constant", "expert", "blend", "lightgbm"
EQUAL: Final = 1e-12  # of two losses


@dataclass(frozen=True)
class Proposal:
    """The proposed contender, and why.

    Attributes:
        name: the contender proposed.
        written: the contender whose scorecard is written: the same, or the best of the others where the constant is
            proposed, so that its failed gates can be studied.
        rule: number of the rule that decided.
    """

    name: str
    written: str
    rule: int
    why: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, "written": self.written, "rule": self.rule, "why": dict(self.why)}


def propose(comparison: Comparison) -> Proposal:
    """Apply the rules to the contenders' losses out of fold."""
    able = [n for n, j in comparison.judged.items() if j.contender.serves and n != CONSTANT]
    losses = {name: comparison.loss(name) for name in (CONSTANT, *able)}
    left = [n for n in able if comparison.judged[n].platt.holds and losses[n] < losses[CONSTANT] - EQUAL]
    if left:
        name = _least(left, losses)
        return Proposal(name, name, 3, _taken_text(comparison, name, losses))
    written = _least(able, losses)
    return Proposal(CONSTANT, written, 4, _constant_text(comparison, written, losses))


def _least(names: list[str], losses: Mapping[str, float]) -> str:
    """The contender with the least loss; of equals the first, which is the simplest."""
    least = min(losses[n] for n in names)
    return next(n for n in names if losses[n] <= least + EQUAL)


def _taken_text(comparison: Comparison, name: str, losses: Mapping[str, float]) -> dict[str, str]:
    label, gain = comparison.judged[name].contender.label, losses[CONSTANT] - losses[name]
    return {
        "zh": f"{label.zh}：折外损失最低，比常数低{gain:.5f}。",
        "en": f"{label.en}: its loss out of fold is the least, {gain:.5f} below the constant's.",
    }


def _constant_text(comparison: Comparison, best: str, losses: Mapping[str, float]) -> dict[str, str]:
    judged = comparison.judged[best]
    label, platt, gap = judged.contender.label, judged.platt, losses[best] - losses[CONSTANT]
    if gap >= -EQUAL:
        zh, en = f"其折外损失比常数高{gap:.5f}", f"its loss is {gap:.5f} above the constant's"
    else:
        zh = f"其折外校准斜率的90%区间（{platt.free_low:.2f}至{platt.free_high:.2f}）触及0"
        en = f"the 90 % interval of its slope out of fold, {platt.free_low:.2f} to {platt.free_high:.2f}, reaches 0"
    return {
        "zh": f"未能证明学到了什么：{label.zh}居首，但{zh}。建议采用常数。",
        "en": f"The data do not show that anything was learned: {label.en} came first, but {en}. "
        "The constant is proposed.",
    }
