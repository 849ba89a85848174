#!/usr/bin/env bash
# LightGBM 4.7.0: a column that was never null in training has no branch for missing values. A null that comes later is
# scored exactly as 0.0, whatever 0.0 means: here no training row was below 3.
# A scorecard should say where a null reaches such a column.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import lightgbm as lgb
import numpy as np

rng = np.random.default_rng(0)
late_days = rng.normal(10, 2, (2000, 1)).clip(3)
bad = (late_days[:, 0] > 11).astype(int)
booster = lgb.train({"objective": "binary", "verbose": -1, "deterministic": True}, lgb.Dataset(late_days, bad), 20)
null, zero = booster.predict([[np.nan], [0.0]])
print(f"null {null:.4f}, zero {zero:.4f}, mean of training {bad.mean():.4f}, smallest value seen {late_days.min()}")
assert null == zero < bad.mean() / 2
PYTHON
