"""Conclusions for which there are too few cases, in words."""

from typing import Final

import numpy as np

from training.learning.folds import FEW

TEST_MIN: Final = 100  # of bads, and of goods, after the split: with fewer several grades cannot be judged


def cannot_conclude(bads: int, goods: int, test_bads: int, test_goods: int) -> list[dict[str, str]]:
    """Sentences about what so few cases cannot show; empty where there are enough."""
    limits = []
    if min(bads, goods) < FEW:
        n = min(bads, goods)
        wide = (
            1.645 * 0.5 / np.sqrt(n)
        )  # of the standard error of the AUC: a bad's rank has a standard deviation of at most a half
        limits.append(
            {
                "zh": f"仅有 {n} 个{'坏' if bads <= goods else '好'}样本：AUC 的 90% 区间约为 ±{wide:.2f}，"
                "无法区分相差更小的评分卡。",
                "en": f"There are {n} {'bads' if bads <= goods else 'goods'} to train on: an AUC is known to about "
                f"±{wide:.2f} at 90 %, so scorecards closer than that cannot be distinguished.",
            }
        )
    if test_bads + test_goods and min(test_bads, test_goods) < TEST_MIN:
        limits.append(
            {
                "zh": f"切分日之后仅有 {min(test_bads, test_goods)} 个少数类样本：预期坏样本很少的等级无法评价。",
                "en": f"There are {min(test_bads, test_goods)} cases of the rarer class after the split: grades in "
                "which few are expected cannot be judged.",
            }
        )
    return limits
