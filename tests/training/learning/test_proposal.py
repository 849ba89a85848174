"""The written rules of the proposal, each at its limit: ties, replacements, and few cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from features.declarations.feature import Text
from tests.training.learning.samples import drawn
from training.calibrate import Platt
from training.evidence import figures_and_gates
from training.figures import Floats
from training.learning.comparison import Comparison, Judged
from training.learning.contenders import Contender
from training.learning.proposal import CONSTANT, EXPERT, final, first_choice, within_noise

LEVEL_LOSS = np.full(4, 10.0)
TIE = LEVEL_LOSS + np.array([3.0, 3.0, -1.0, -1.0])  # behind by 1, of which the standard error is 1: just a tie
APART = TIE + 2.0**-20
WORSE = LEVEL_LOSS + 9.0
HOLDS = Platt(1.0, 0.0, 1.0, 0.5, 1.5)

OUTCOMES = np.tile([0.0, 0.0, 0.0, 1.0], 100)
RATE = 0.25
SHARP, FLAT, WRONG = (np.where(OUTCOMES == 1, bad, good) for bad, good in ((0.7, 0.1), (RATE, RATE), (0.1, 0.4)))


@dataclass(frozen=True)
class Given(Comparison):
    """A comparison of losses as they are given; how far apart they are, and how surely, is computed as ever."""

    given: Mapping[str, Floats] = field(default_factory=dict)

    def losses(self, name: str) -> Floats:
        """Losses as given."""
        return self.given[name]


def never(_):
    raise AssertionError("a proposal learns nothing")


def given(platt=HOLDS, rivals=(), **losses):
    """Contenders of four suppliers' cases, the simplest first, all calibrated alike."""
    sample = replace(drawn(n=4), supplier=["s0", "s1", "s2", "s3"])
    judged = {
        name: Judged(
            Contender(name, Text(f"{name} 中文", name), never, serves=name not in rivals),
            np.zeros(4),
            platt,
            0.0,
        )
        for name in losses
    }
    return Given(sample, np.ones(4, dtype=bool), judged, losses)


def proposed(platt=HOLDS, *, few=False, **pd):
    """The final proposal among contenders with equal losses, by their probabilities after the split."""
    comparison = given(platt, **dict.fromkeys((CONSTANT, *pd), LEVEL_LOSS))
    return final(first_choice(comparison, few=few), comparison, bad=OUTCOMES, pd=pd, constant=RATE)


# What is a tie


def test_just_one_standard_error_is_a_tie_and_a_millionth_more_is_none():
    comparison = given(best=LEVEL_LOSS, tied=TIE, apart=APART)
    assert comparison.behind("tied", "best") == (1.0, 1.0)
    assert within_noise(comparison, "tied", "best")
    assert not within_noise(comparison, "apart", "best")


def test_whoever_is_ahead_is_within_noise():
    assert within_noise(given(best=LEVEL_LOSS, other=WORSE), "best", "other")


# Rule 1: many bads


def test_lightgbm_is_proposed_up_to_a_tie():
    tied = given(constant=WORSE, one_feature=LEVEL_LOSS, woe=LEVEL_LOSS, lightgbm=TIE)
    assert (first_choice(tied, few=False).name, first_choice(tied, few=False).rule) == ("lightgbm", 1)
    apart = given(constant=WORSE, one_feature=WORSE, woe=LEVEL_LOSS, lightgbm=APART)
    assert (first_choice(apart, few=False).name, first_choice(apart, few=False).rule) == ("woe", 1)


def test_beyond_a_tie_the_simplest_of_those_as_good_as_the_best_is_proposed():
    comparison = given(constant=WORSE, one_feature=TIE, woe=LEVEL_LOSS, blend=LEVEL_LOSS, lightgbm=APART)
    assert first_choice(comparison, few=False).name == "one_feature"


def test_where_bads_are_many_declared_weights_neither_win_nor_set_the_measure():
    """The declared scorecard is far ahead here; those that learn are compared among themselves all the same."""
    comparison = given(constant=WORSE, expert=LEVEL_LOSS - 9, woe=LEVEL_LOSS, lightgbm=TIE)
    assert first_choice(comparison, few=False).name == "lightgbm"


# Rule 2: few bads


def test_where_bads_are_few_trees_grown_on_declared_weights_are_proposed_up_to_a_tie():
    tied = given(constant=WORSE, expert=LEVEL_LOSS, woe=LEVEL_LOSS, blend=TIE, lightgbm=LEVEL_LOSS)
    assert (first_choice(tied, few=True).name, first_choice(tied, few=True).rule) == ("blend", 2)
    assert "builds on the declared weights" in first_choice(tied, few=True).why["en"]
    assert "以专家评分卡为底" in first_choice(tied, few=True).why["zh"]


def test_beyond_that_tie_the_simplest_is_proposed_declared_weights_included():
    apart = given(constant=WORSE, expert=TIE, woe=LEVEL_LOSS, blend=APART, lightgbm=LEVEL_LOSS)
    assert (first_choice(apart, few=True).name, first_choice(apart, few=True).rule) == (EXPERT, 2)
    assert "the simplest" in first_choice(apart, few=True).why["en"]
    learned = given(constant=WORSE, expert=APART, woe=TIE, blend=APART, lightgbm=LEVEL_LOSS)
    assert first_choice(learned, few=True).name == "woe"


def test_declared_weights_that_few_cases_do_not_bear_out_take_no_part_nor_what_stands_on_them():
    comparison = given(constant=WORSE, expert=LEVEL_LOSS, woe=LEVEL_LOSS, blend=LEVEL_LOSS, lightgbm=TIE)
    comparison.judged[EXPERT] = replace(comparison.judged[EXPERT], platt=replace(HOLDS, free_low=0.0))
    proposal = first_choice(comparison, few=True)
    assert (proposal.name, proposal.rule, proposal.few) == ("lightgbm", 1, True)
    assert "do not confirm the declared weights" in proposal.why["en"]
    assert "未能印证任何声明权重" in proposal.why["zh"]
    ahead = given(constant=WORSE, expert=LEVEL_LOSS - 9, woe=LEVEL_LOSS, blend=LEVEL_LOSS - 9, lightgbm=APART)
    ahead.judged[EXPERT] = comparison.judged[EXPERT]
    assert first_choice(ahead, few=True).name == "woe"


@pytest.mark.parametrize("few", [False, True])
def test_neither_the_constant_nor_what_cannot_be_served_is_a_first_choice(few):
    comparison = given(constant=LEVEL_LOSS - 9, woe=TIE, lightgbm=LEVEL_LOSS, ebm=LEVEL_LOSS - 9, rivals=("ebm",))
    assert first_choice(comparison, few=few).name in ("woe", "lightgbm")


@pytest.mark.parametrize("few", [False, True])
def test_the_choice_says_its_distance_and_whether_bads_were_few_in_both_languages(few):
    record = first_choice(given(constant=WORSE, woe=TIE, lightgbm=LEVEL_LOSS), few=few).to_json()
    assert record["few"] == few
    assert ("there are few bads" in record["why"]["en"]) == few
    assert ("坏样本不足" in record["why"]["zh"]) == few
    assert "is the least" in record["why"]["en"]  # lightgbm is behind nobody
    assert "折外损失最低" in record["why"]["zh"]


def test_what_may_have_learned_nothing_is_passed_over_while_another_has_learned():
    comparison = given(constant=WORSE, one_feature=LEVEL_LOSS, woe=TIE, blend=LEVEL_LOSS, lightgbm=APART)
    comparison.judged["one_feature"] = replace(comparison.judged["one_feature"], platt=replace(HOLDS, free_low=-0.1))
    assert first_choice(comparison, few=False).name == "woe"


# Rule 3: nothing was shown to have been learned


def test_a_slope_that_may_be_nothing_leaves_the_constant():
    proposal = proposed(replace(HOLDS, free_low=0.0), lightgbm=SHARP)
    assert (proposal.name, proposal.written, proposal.rule) == (CONSTANT, "lightgbm", 3)
    assert "reaches 0" in proposal.why["en"]
    assert "触及 0" in proposal.why["zh"]
    assert proposed(replace(HOLDS, free_low=1e-9), lightgbm=SHARP).name == "lightgbm"


def test_one_that_ranks_first_stays_where_another_beats_the_constant():
    assert proposed(woe=SHARP, lightgbm=WRONG).name == "lightgbm"


def test_brier_scores_that_are_only_the_constants_leave_the_constant():
    proposal = proposed(lightgbm=FLAT)
    assert (proposal.name, proposal.written, proposal.rule) == (CONSTANT, "lightgbm", 3)
    assert "Brier" in proposal.why["en"]
    hair = np.where(OUTCOMES == 1, RATE + 1e-9, RATE)
    assert proposed(lightgbm=hair).name == "lightgbm"


def test_declared_weights_stand_in_up_to_the_constants_brier_score():
    assert proposed(expert=FLAT, lightgbm=WRONG).to_json()["written"] == EXPERT
    assert proposed(expert=FLAT, lightgbm=WRONG).name == EXPERT
    worse = np.where(OUTCOMES == 1, RATE - 1e-6, RATE)
    assert proposed(expert=worse, lightgbm=WRONG).name == CONSTANT


def test_what_cannot_be_served_does_not_show_that_something_was_learned():
    comparison = given(rivals=("ebm",), **dict.fromkeys((CONSTANT, "lightgbm", "ebm"), LEVEL_LOSS))
    pd = {CONSTANT: FLAT, "lightgbm": FLAT, "ebm": SHARP}
    assert final(first_choice(comparison, few=False), comparison, bad=OUTCOMES, pd=pd, constant=RATE).name == CONSTANT


def test_declared_weights_stand_in_where_the_slope_may_be_nothing():
    assert proposed(replace(HOLDS, free_low=-0.2), expert=SHARP, lightgbm=SHARP).name == EXPERT


def test_declared_weights_that_came_first_and_beat_nobody_are_not_proposed():
    proposal = proposed(few=True, expert=WRONG, lightgbm=WRONG)
    assert (proposal.name, proposal.written, proposal.rule, proposal.few) == (CONSTANT, EXPERT, 3, True)


def test_without_cases_after_the_split_the_slope_alone_decides():
    comparison = given(constant=WORSE, lightgbm=LEVEL_LOSS)
    first = first_choice(comparison, few=False)
    nobody = np.empty(0)
    assert final(first, comparison, bad=nobody, pd={"lightgbm": nobody}, constant=RATE) is first
    lost = given(replace(HOLDS, free_low=0.0), constant=WORSE, lightgbm=LEVEL_LOSS)
    assert final(first, lost, bad=nobody, pd={"lightgbm": nobody}, constant=RATE).name == CONSTANT


def test_what_is_written_but_not_proposed_fails_its_gate():
    assert figures_and_gates.proposal_gate(proposed(lightgbm=SHARP)).passed
    refused = figures_and_gates.proposal_gate(proposed(lightgbm=FLAT))
    assert not refused.passed
    assert "The constant is proposed" in refused.text
