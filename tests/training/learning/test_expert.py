"""Declared weights: read, checked against the catalogue, set to a base rate."""

import re
import tomllib
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.declarations.catalogue import COLUMNS, column
from training.figures import sigmoid
from training.learning import expert
from training.learning.fit import Sample


def sample_of(names, n=300, seed=2):
    rng = np.random.default_rng(seed)
    return Sample(
        values=np.round(rng.exponential(size=(n, len(names))), 2),
        bad=(rng.random(n) < 0.1).astype(float),
        weight=np.ones(n),
        as_of=np.full(n, np.datetime64("2024-01-01", "us")),
        supplier=[f"s{i}" for i in range(n)],
        columns=list(names),
        monotone=[column(name).monotone for name in names],
    )


@pytest.mark.parametrize("kind", sorted(expert.DECLARATION_OF))
def test_every_declared_weight_is_of_a_column_and_runs_its_way(kind):
    declared = expert.declared_weights(kind)
    known = {c.name for c in COLUMNS}
    names = [w.name for w in declared.weights]
    assert set(names) <= known
    assert len(set(names)) == len(names)
    assert all(w.because[lang] for w in declared.weights for lang in ("zh", "en"))
    assert expert.expert(sample_of(names), declared) is not None  # checks each direction


@pytest.mark.parametrize("kind", sorted(set(expert.DECLARATION_OF.values())))
def test_every_declared_weight_cites_published_evidence_or_says_assumption(kind):
    entry = tomllib.loads(expert.DECLARATIONS.read_text(encoding="utf-8"))[kind]
    for weight in entry["columns"]:
        evidence = weight.get("evidence", "")
        assert evidence == "assumption" or re.search(r"\(\d{4}\), .{20}", evidence), weight["name"]


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.4])
def test_the_mean_probability_is_the_base_rate(rate):
    sample = sample_of([w.name for w in expert.declared_weights("loan").weights])
    declared = expert.expert(sample, expert.declared_weights("loan"), rate)
    assert sigmoid(declared.margin(sample.values, list(sample.columns))).mean() == pytest.approx(rate, rel=1e-8)


def test_its_text_gives_its_margins():
    sample = sample_of([w.name for w in expert.declared_weights("loan").weights])
    declared = expert.expert(sample, expert.declared_weights("loan"))
    margins = lgb.Booster(model_str=declared.text(sample)).predict(sample.values, raw_score=True)
    assert margins == pytest.approx(declared.margin(sample.values, list(sample.columns)), abs=1e-12)


def test_without_any_of_its_columns_there_is_no_expert():
    assert expert.expert(sample_of(["registered_capital", "bids_365d"]), expert.declared_weights("loan")) is None


def test_a_weight_against_the_declared_direction_is_refused():
    declared = expert.declared_weights("loan")
    first = declared.weights[0]
    turned = replace(declared, weights=(replace(first, values=tuple(reversed(first.values))),))
    with pytest.raises(ValueError, match="contradict its direction"):
        expert.expert(sample_of([first.name]), turned)


def test_steps_that_do_not_rise_are_refused(tmp_path):
    file = tmp_path / "cards.toml"
    file.write_text(
        '[loan]\nversion = 1\nbase_rate = 0.1\nzh = "a"\nen = "a"\n[[loan.columns]]\nname = "firm_age"\n'
        'steps = [[2.0, 0.1], [1.0, 0.0]]\nbeyond = 0.0\nmissing = 0.0\nbecause = { zh = "b", en = "b" }\n'
    )
    with pytest.raises(ValueError, match="do not rise"):
        expert.declared_weights("loan", file)
