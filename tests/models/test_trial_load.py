"""A booster is loaded in a child process first; a child that aborts, hangs or finds a fault is reported.

No test here holds a text that aborts or hangs LightGBM: functions of the standard library take its place.
"""

import pytest

from models.errors import ScorecardError
from models.scorecard import trial_process
from models.scorecard.trial_load import faults, stray_split, trial_load


@pytest.fixture(scope="module")
def names(made):
    return [c.name for c in made.spec.columns]


def test_a_sound_booster_passes(made, names):
    trial_load(made.booster_text, names)


def test_columns_in_another_order_are_refused(made, names):
    with pytest.raises(ScorecardError, match="columns"):
        trial_load(made.booster_text, names[::-1])


def test_a_child_that_aborts_is_reported_and_leaves_this_process_alive():
    assert "did not load in a trial process (exit -6)" in trial_process.run("os:abort", b"")


def test_a_child_that_never_ends_is_ended_after_the_time_limit(monkeypatch):
    monkeypatch.setattr(trial_process, "SECONDS_MAX", 0.5)
    assert trial_process.run("signal:pause", b"") == "was not loaded within 0.5 s in a trial process."


def test_a_child_that_asks_for_too_much_memory_is_ended(made, names, monkeypatch):
    monkeypatch.setattr(trial_process, "MEMORY_BYTES_MAX", 64 * 2**20)
    with pytest.raises(ScorecardError, match="trial process"):
        trial_load(made.booster_text + "\n\n", names)


def test_a_child_that_ends_well_is_no_fault():
    assert trial_process.run("gc:collect", b"") is None


def test_a_split_on_a_feature_that_is_not_there_is_refused_before_any_parser_sees_the_text(names):
    with pytest.raises(ScorecardError, match="a tree splits on feature 12 of 12"):
        trial_load("split_feature=0 12\n", names)


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("split_feature=0 11", None),
        ("no tree", None),
        ("split_feature=0 12", "12"),
        ("split_feature=3\nsplit_feature=-1 0", "-1"),
        ("split_feature=1.5", "1.5"),
        ("split_feature=0\r\nsplit_feature=99 0", "99"),
    ],
)
def test_splits_are_checked_in_the_text(text, stray):
    assert stray_split(text, 12) == stray


def leaf(value):
    return {"leaf_index": 0, "leaf_value": value}


def split(**changes):
    node = {"split_feature": 0, "decision_type": "<=", "left_child": leaf(0.1), "right_child": leaf(-0.1)}
    return node | changes


def model(tree, leaf_count=2, **changes):
    """What LightGBM returns of a model of one tree over column `a`."""
    trees = [{"tree_index": 0, "num_leaves": leaf_count, "tree_structure": tree}]
    document = {"feature_names": ["a"], "num_class": 1, "num_tree_per_iteration": 1, "objective": "binary sigmoid:1"}
    return document | {"tree_info": trees} | changes


@pytest.mark.parametrize(
    ("parsed", "fault"),
    [
        (model(split(), feature_names=["b"]), "columns"),
        (model(split(), num_class=3), "one outcome"),
        (model(split(), objective="regression"), "not binary"),
        (model(split(), tree_info=[]), "no trees"),
        (model(split(left_child=leaf(float("inf")))), "not finite"),
        (model(split(decision_type="==")), "categorical"),
        (model(split(), leaf_count=3), "has 2 leaves"),
    ],
)
def test_a_parsed_model_that_cannot_be_used_is_refused(parsed, fault):
    assert fault in " ".join(faults(parsed, ["a"]))


def test_a_parsed_model_that_fits_has_no_fault():
    assert list(faults(model(split()), ["a"])) == []
