#!/usr/bin/env bash
# lightgbm 4.7.0: `lgb.Booster(params, train_set)` bins the data set by the data set's own parameters. A `max_bin` in
# `params` is written into the model's text and changes nothing; `lgb.train(params, train_set)` applies it. So trees
# grown step by step with `Booster.update` differ from those of `lgb.train` with the same parameters and the same data.
# This project gives the binning to the data set (`training/learning/fit.py`; tests/training/learning/test_fit.py).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import lightgbm as lgb
import numpy as np

rng = np.random.default_rng(0)
values = rng.normal(size=(2_000, 1))
outcome = (values[:, 0] + rng.normal(size=2_000) > 0).astype(float)


def thresholds(booster: lgb.Booster) -> int:
    lines = [line for line in booster.model_to_string().splitlines() if line.startswith("threshold=")]
    return len({number for line in lines for number in line.removeprefix("threshold=").split()})


params = {"objective": "binary", "max_bin": 8, "num_leaves": 31, "verbosity": -1, "num_threads": 1}
trained = lgb.train(params, lgb.Dataset(values, outcome, params={"verbosity": -1}), 40)
grown = lgb.Booster(params, lgb.Dataset(values, outcome, params={"verbosity": -1}))
for _ in range(40):
    grown.update()
print(f"max_bin 8: lgb.train {thresholds(trained)} thresholds, lgb.Booster {thresholds(grown)}")
assert "[max_bin: 8]" in grown.model_to_string()
assert thresholds(trained) <= 8
assert thresholds(grown) > 30, "lgb.Booster applies max_bin now"
PYTHON
