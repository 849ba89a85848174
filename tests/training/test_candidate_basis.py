"""The basis that a candidate states."""

from dataclasses import replace

import pytest

from training.candidate import declaration

pytestmark = pytest.mark.slow  # a study is learned


@pytest.mark.parametrize(("written", "basis"), [("expert", "expert"), ("lightgbm", "model"), ("blend", "model")])
def test_declared_weights_that_training_writes_say_expert_and_not_model(learned, written, basis):
    studied = replace(learned.studied, proposal=replace(learned.studied.proposal, written=written))
    facts = replace(learned.facts, synthetic=False)
    assert declaration(facts, studied, unit="request", purposes=("contract_loan",)).basis == basis


def test_the_sandbox_says_synthetic_whatever_is_written(learned):
    assert learned.spec.basis == "synthetic"
