"""The five rules of the proposal, each at its limit."""

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
from training.learning.proposal import propose

LEVEL_LOSS = np.full(4, 10.0)
WORSE, BETTER = LEVEL_LOSS + 0.01, LEVEL_LOSS - 0.01
HOLDS = Platt(1.0, 0.0, 1.0, 0.5, 1.5)
MAY_BE_NOUGHT = replace(HOLDS, free_low=-0.01)


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
            np.zeros((1, 4)),
            platt,
            0.0,
        )
        for name in losses
    }
    return Given(sample, np.ones(4, dtype=bool), judged, losses)


# Rule 1: by the mean loss out of fold, of those that can be served


def test_what_cannot_be_served_is_never_proposed():
    comparison = given(constant=WORSE, woe=LEVEL_LOSS, ebm=BETTER, rivals=("ebm",))
    assert propose(comparison).name == "woe"


def test_the_loss_is_by_weight():
    comparison = given(constant=LEVEL_LOSS + 5, a=np.array([1.0, 9.0, 9.0, 9.0]), b=np.array([9.0, 5.0, 5.0, 5.0]))
    assert propose(comparison).name == "b"
    weighted = replace(comparison, sample=replace(comparison.sample, weight=np.array([40.0, 1.0, 1.0, 1.0])))
    assert propose(weighted).name == "a"


# Rule 2: what may have learned nothing takes no part


def test_one_that_is_no_better_than_the_constant_takes_no_part_however_far_ahead_of_others():
    """The neighbour may beat it or not: what loses to the constant is not proposed."""
    assert propose(given(constant=LEVEL_LOSS, woe=WORSE, lightgbm=WORSE)).name == "constant"
    assert propose(given(constant=LEVEL_LOSS, woe=BETTER, lightgbm=WORSE)).name == "woe"


def test_one_whose_slope_may_be_nought_takes_no_part():
    comparison = given(constant=WORSE, woe=LEVEL_LOSS, lightgbm=BETTER)
    comparison.judged["lightgbm"] = replace(comparison.judged["lightgbm"], platt=MAY_BE_NOUGHT)
    assert propose(comparison).name == "woe"


# Rule 3: the least loss; of equals the simplest


@pytest.mark.parametrize("best", ["expert", "one_feature", "woe", "blend", "lightgbm"])
def test_the_least_loss_is_proposed_whoever_has_it(best):
    names = ("expert", "one_feature", "woe", "blend", "lightgbm")
    losses = {name: BETTER if name == best else LEVEL_LOSS for name in names}
    proposal = propose(given(constant=WORSE, **losses))
    assert (proposal.name, proposal.written, proposal.rule) == (best, best, 3)


def test_of_equals_the_simplest_is_proposed():
    assert propose(given(constant=WORSE, woe=LEVEL_LOSS, blend=LEVEL_LOSS, lightgbm=LEVEL_LOSS)).name == "woe"


def test_the_reason_stands_in_both_languages():
    why = propose(given(constant=WORSE, woe=LEVEL_LOSS)).to_json()["why"]
    assert why["en"] == "woe: its loss out of fold is the least, 0.01000 below the constant's."
    assert "折外损失最低" in why["zh"]


# Rule 4: nobody is left


def test_where_none_is_left_the_constant_is_proposed_and_the_best_is_written_with_a_failed_gate():
    proposal = propose(given(constant=LEVEL_LOSS, woe=WORSE, lightgbm=WORSE + 1))
    assert (proposal.name, proposal.written, proposal.rule) == ("constant", "woe", 4)
    assert "above the constant's" in proposal.why["en"]
    gate = figures_and_gates.proposal_gate(proposal)
    assert not gate.passed


def test_where_all_slopes_may_be_nought_it_is_said():
    comparison = given(MAY_BE_NOUGHT, constant=WORSE, woe=LEVEL_LOSS)
    proposal = propose(comparison)
    assert (proposal.name, proposal.written) == ("constant", "woe")
    assert "-0.01 to 1.50, reaches 0" in proposal.why["en"]
    assert "触及0" in proposal.why["zh"]
