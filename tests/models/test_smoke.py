"""The trial process meets texts that abort or hang the parser, so that no other process has to."""

import re

import pytest

from models.errors import ScorecardError
from models.scorecard import trial_load
from models.scorecard.trial_load import smoke_load


@pytest.fixture(scope="module")
def names(made):
    return [c.name for c in made.spec.columns]


def test_a_sound_booster_passes(made, names):
    smoke_load(made.booster_text, names)


def test_a_text_cut_in_half_is_refused_and_kills_nobody(made, names):
    with pytest.raises(ScorecardError, match="trial process"):
        smoke_load(made.booster_text[: len(made.booster_text) // 2], names)


def test_columns_in_another_order_are_refused(made, names):
    with pytest.raises(ScorecardError, match="columns"):
        smoke_load(made.booster_text, names[::-1])


def altered(text, pattern, change):
    """A text of the same length: a tree whose length changed is caught sooner."""
    changed = re.sub(pattern, lambda found: change(found.group()), text, count=1)
    assert len(changed) == len(text)
    assert changed != text
    return changed


def test_a_split_on_a_feature_that_is_not_there_is_refused(made, names):
    wild = altered(made.booster_text, r"split_feature=\d+ \d+", lambda was: "split_feature=".ljust(len(was), "9"))
    with pytest.raises(ScorecardError, match=r"splits on feature \d+ of 12"):
        smoke_load(wild, names)


def test_a_tree_that_leads_back_to_itself_kills_nobody(made, names):
    cyclic = altered(made.booster_text, r"left_child=[^\n]*", lambda was: re.sub(r"-\d", "00", was))
    with pytest.raises(ScorecardError, match="trial process"):
        smoke_load(cyclic, names)


def test_a_leaf_that_is_not_finite_is_refused(made, names):
    text = altered(made.booster_text, r"leaf_value=\S+", lambda was: "leaf_value=inf".ljust(len(was)))
    with pytest.raises(ScorecardError, match="trial process"):
        smoke_load(text, names)


def test_a_trial_that_takes_too_long_is_ended(made, names, monkeypatch):
    monkeypatch.setattr(trial_load, "SECONDS_MAX", 0.02)
    with pytest.raises(ScorecardError, match=r"0\.02 s"):
        smoke_load(made.booster_text + "\n", names)


def test_a_trial_that_asks_for_too_much_memory_is_ended(made, names, monkeypatch):
    monkeypatch.setattr(trial_load, "MEMORY_BYTES_MAX", 64 * 2**20)
    with pytest.raises(ScorecardError, match="trial process"):
        smoke_load(made.booster_text + "\n\n", names)
