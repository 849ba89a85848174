#!/usr/bin/env bash
# toad 0.1.7: the PSI of two samples of grades counts only grades that both samples have. When a fifth of a portfolio
# leaves grade C for a grade that did not exist before, the PSI is 0.0; by the formula, with any positive floor for an
# empty share, it is above 1, where 0.25 is commonly called a shift.
# This project gives an empty bin a least share (`training/figures.py`, `psi`; tests/training/test_figures.py).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check toad==0.1.7 pandas==3.1.1 numpy==2.4.6 scikit-learn==1.9.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math

import pandas as pd
from toad.metrics import PSI

before = pd.Series(["A"] * 50 + ["B"] * 30 + ["C"] * 20)
moved = pd.Series(["A"] * 50 + ["B"] * 30 + ["D"] * 20)
gone = pd.Series(["A"] * 60 + ["B"] * 40)
floor = 0.0001


def by_formula(old: pd.Series, new: pd.Series) -> float:
    shares = [(max((old == g).mean(), floor), max((new == g).mean(), floor)) for g in "ABCD"]
    return sum((n - o) * math.log(n / o) for o, n in shares)


for name, now, least in (("C became D", moved, 1.0), ("C became A and B", gone, 0.25)):
    reported, formula = float(PSI(now, before)), by_formula(before, now)
    print(f"{name}: toad {reported:.3f}, formula with a floor of {floor} {formula:.3f}")
    assert reported < 0.1, "toad counts emptied grades now"
    assert formula > least
PYTHON
