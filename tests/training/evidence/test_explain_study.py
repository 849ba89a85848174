"""Input for the validation of reasons: contributions that add up to the points, and refits on other suppliers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.scorecard.score import ADDITIVE_WITHIN
from models.scorecard.scorecard import Scorecard
from training.evidence import explain_study as room
from training.evidence.explain_study import REFITS, explained, shown
from training.learning.additive import blended
from training.validation.parts.explanations import explanations

pytestmark = pytest.mark.slow  # learns from a market


@pytest.fixture(scope="module")
def explanation(learned):
    return explained(learned.studied, learned.spec, learned.studied.data.catalogue)


def of_text(studied, text):
    """The study with a booster text that differs from the fitted model."""
    fitted = replace(studied.written.fitted, text=lambda: text)
    written = replace(studied.written, fitted=fitted)
    return replace(studied, learned={**studied.learned, studied.proposal.written: written})


def test_base_and_contributions_by_code_are_the_points_of_every_case(learned, explanation):
    test = learned.studied.data.split.test
    assert explanation.contributions.shape == (test.sum(), len(explanation.codes))
    assert (
        np.abs(explanation.base + explanation.contributions.sum(axis=1) - explanation.points).max() <= ADDITIVE_WITHIN
    )
    served = Scorecard(learned.spec, learned.studied.text).points(learned.studied.data.values[test])
    assert np.abs(explanation.points - served).max() <= ADDITIVE_WITHIN


def test_a_text_that_says_other_than_what_was_learned_is_found_out(learned):
    """Points come from the fitted model, contributions from the text: a thousandth more in each leaf is detected."""
    other = blended([(learned.studied.text, 1.001)], 0.0)
    studied = of_text(learned.studied, other)
    figures = explanations(explained(studied, learned.spec, studied.data.catalogue))
    assert figures["additivity"]["error"] > ADDITIVE_WITHIN
    assert figures["additivity"]["verdict"] == "bad"
    assert learned.validation["explanations"]["additivity"]["verdict"] == "good"


def test_refits_are_of_suppliers_drawn_anew_and_the_same_each_time(learned, explanation):
    again = explained(learned.studied, learned.spec, learned.studied.data.catalogue)
    assert len(explanation.refits) == REFITS
    for one, other in zip(explanation.refits, again.refits, strict=True):
        assert one.shape == explanation.contributions.shape
        assert np.array_equal(one, other)
        assert not np.allclose(one, explanation.contributions)
    assert not np.allclose(explanation.refits[0], explanation.refits[1])


def test_all_cases_are_shown_where_they_are_few_and_whole_suppliers_where_they_are_many(learned, monkeypatch):
    data = learned.studied.data
    suppliers = np.array(data.cases["supplier_id"].filter(pa.array(data.split.test)).to_pylist())
    assert np.array_equal(shown(learned.studied), np.arange(len(suppliers)))
    monkeypatch.setattr(room, "CASES_MAX", len(suppliers) // 4)
    part = shown(learned.studied)
    assert 0 < len(part) < len(suppliers) / 2
    chosen = set(suppliers[part])
    assert len(part) == sum(s in chosen for s in suppliers)
    assert np.array_equal(part, shown(learned.studied))
