"""What a validation of reasons is given: contributions that add up to the points, and refits on other suppliers."""

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
def told(learned):
    return explained(learned.studied, learned.spec, learned.studied.data.catalogue)


def of_text(studied, text):
    """The study, were another text written than what was learned."""
    fitted = replace(studied.written.fitted, text=lambda: text)
    written = replace(studied.written, fitted=fitted)
    return replace(studied, learned={**studied.learned, studied.proposal.written: written})


def test_base_and_contributions_by_code_are_the_points_of_every_case(learned, told):
    test = learned.studied.data.split.test
    assert told.contributions.shape == (test.sum(), len(told.codes))
    assert np.abs(told.base + told.contributions.sum(axis=1) - told.points).max() <= ADDITIVE_WITHIN
    served = Scorecard(learned.spec, learned.studied.text).points(learned.studied.data.values[test])
    assert np.abs(told.points - served).max() <= ADDITIVE_WITHIN


def test_a_text_that_says_other_than_what_was_learned_is_found_out(learned):
    """Points come from what was learned, contributions from the text: a thousandth more in each leaf is seen."""
    other = blended([(learned.studied.text, 1.001)], 0.0)
    studied = of_text(learned.studied, other)
    found = explanations(explained(studied, learned.spec, studied.data.catalogue))
    assert found["additivity"]["error"] > ADDITIVE_WITHIN
    assert found["additivity"]["verdict"] == "bad"
    assert learned.validation["explanations"]["additivity"]["verdict"] == "good"


def test_refits_are_of_suppliers_drawn_anew_and_the_same_each_time(learned, told):
    again = explained(learned.studied, learned.spec, learned.studied.data.catalogue)
    assert len(told.refits) == REFITS
    for one, other in zip(told.refits, again.refits, strict=True):
        assert one.shape == told.contributions.shape
        assert np.array_equal(one, other)
        assert not np.allclose(one, told.contributions)
    assert not np.allclose(told.refits[0], told.refits[1])


def test_all_cases_are_shown_where_they_are_few_and_whole_suppliers_where_they_are_many(learned, monkeypatch):
    data = learned.studied.data
    suppliers = np.array(data.cases["supplier_id"].filter(pa.array(data.split.test)).to_pylist())
    assert np.array_equal(shown(learned.studied), np.arange(len(suppliers)))
    monkeypatch.setattr(room, "CASES_MAX", len(suppliers) // 4)
    part = shown(learned.studied)
    assert 0 < len(part) < len(suppliers) / 2
    kept = set(suppliers[part])
    assert len(part) == sum(s in kept for s in suppliers)
    assert np.array_equal(part, shown(learned.studied))
