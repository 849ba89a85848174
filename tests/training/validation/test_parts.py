"""Parts: the documented shape, plain JSON whatever is judged, and the same bytes each time."""

import json
import os
import re
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

from training import validation
from training.validation.parts.all_parts import validation_parts
from training.validation.parts.explanations import Explained
from training.validation.parts.stability import Columns

KEYS = [
    "discrimination",
    "calibration",
    "grades",
    "low_default",
    "stability",
    "segments",
    "explanations",
    "benefit",
    "record_groups",
    "findings",
    "verdict",
]


def strings(value):
    """Every string in a document, keys among them."""
    if isinstance(value, dict):
        return set(value) | {s for item in value.values() for s in strings(item)}
    if isinstance(value, list):
        return {s for item in value for s in strings(item)}
    return {value} if isinstance(value, str) else set()


def columns(before, after):
    """A column that was always null, one that is null now, one that is constant."""
    return Columns(
        ("silent", "fell_silent", "constant"),
        np.column_stack([np.full(before, np.nan), np.arange(before, dtype=float), np.zeros(before)]),
        np.column_stack([np.arange(after, dtype=float), np.full(after, np.nan), np.zeros(after)]),
    )


def judged(evidence, development=None, draws=20):
    n = 0 if development is None else development.n
    groups = {"no_trading_history": np.zeros(evidence.n, dtype=bool), "clean": np.ones(evidence.n, dtype=bool)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return validation_parts(
            evidence, development=development, columns=columns(n, evidence.n), groups=groups, draws=draws
        )


@pytest.fixture(scope="module")
def whole(draw):
    regions = np.random.default_rng(1).choice(np.array(["330100", "370200", None], dtype=object), 1500)
    contributions = np.random.default_rng(2).normal(0, 4, (1500, 6))
    explained = Explained(
        ["D101", "T101", "A101", "B101", "I101", "Q101"],
        contributions,
        600.0,
        600 + contributions.sum(axis=1),
        [contributions + 1, contributions * 0.9],
    )
    evidence = draw(1500, segments={"region": regions})
    return validation_parts(
        evidence,
        development=draw(2500, seed=2),
        columns=columns(2500, 1500),
        explained=explained,
        groups={"clean": evidence.pd < 0.05},
        draws=50,
    )


def test_the_keys_are_those_that_were_promised_and_are_documented(whole):
    assert list(whole) == KEYS
    documented = re.findall(r"^    (\w+):", validation.__doc__, flags=re.MULTILINE)
    assert documented == KEYS


def test_every_name_in_the_documented_shape_is_there_and_every_name_there_is_documented(whole):
    """Names that the data give (columns, codes, labels, limits) aside."""
    given = {"silent", "fell_silent", "constant", "region", "clean", *whole["explanations"]["frequency"]}
    given |= {key for rule in whole["verdict"]["rules"] for key in rule["limits"]}
    given |= {"330100", "370200", "zh", "en", "1.5", "2", "0.5", "0.75", "0.9"}

    def names(value):
        if isinstance(value, dict):
            return set(value) | {n for item in value.values() for n in names(item)}
        return {n for item in value for n in names(item)} if isinstance(value, list) else set()

    documented = set(re.findall(r"\w+", validation.__doc__))
    assert names(whole) - given <= documented
    body = validation.__doc__.split("discrimination:", 1)[1]
    evidence_of = set(re.findall(r"[{,\s](\w+): [{\[]", body)) - {"k", "calibrated", "name", "label", "code", "part"}
    assert evidence_of <= names(whole)


def test_the_document_is_plain_json_without_nan_times_or_suppliers(whole):
    text = json.dumps(whole, allow_nan=False)
    assert json.loads(text) == whole
    assert not re.search(r"\bs\d{5}\b", text)
    assert not re.search(r"\d{4}-\d{2}-\d{2}", text)
    assert {"good", "watch"} <= strings(whole)


def test_floats_have_ten_significant_digits(whole):
    def floats(value):
        if isinstance(value, dict | list):
            return [x for item in (value.values() if isinstance(value, dict) else value) for x in floats(item)]
        return [value] if isinstance(value, float) else []

    assert all(x == float(f"{x:.10g}") for x in floats(whole))


def test_the_order_of_the_cases_changes_nothing(draw):
    evidence = draw(900, digits=2)
    order = np.random.default_rng(4).permutation(900)
    other = type(evidence)(
        *(getattr(evidence, name)[order] for name in ("bad", "pd", "margin", "points")),
        evidence.supplier[order],
        evidence.as_of[order],
    )
    first, second = (validation_parts(e, draws=30) for e in (evidence, other))

    def close(a, b):
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
        if isinstance(a, list):
            return len(a) == len(b) and all(map(close, a, b))
        return a == pytest.approx(b, rel=1e-7, abs=1e-9) if isinstance(a, float) else a == b

    assert close(first, second)


ALIKE = """
import hashlib, json, sys
import numpy as np
from models.scorecard.scale import SCALE
from training.figures import sigmoid
from training.validation.measures.evidence import Evidence
from training.validation.parts.all_parts import validation_parts
rng = np.random.default_rng(1)
margin = rng.normal(-2.5, 1, 3000)
bad = (rng.random(3000) < sigmoid(margin)).astype(float)
as_of = np.datetime64("2024-01-01", "us") + rng.integers(0, 300, 3000) * np.timedelta64(1, "D")
evidence = Evidence(bad, sigmoid(margin), margin, SCALE.points(margin), rng.integers(1000, size=3000), as_of)
parts = validation_parts(evidence, development=evidence, draws=40)
print(hashlib.sha256(json.dumps(parts, allow_nan=False).encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_bytes_are_the_same_on_one_thread_and_on_two():
    digests = set()
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        env = {**os.environ, **dict.fromkeys(names, threads)}
        ran = subprocess.run([sys.executable, "-c", ALIKE], env=env, capture_output=True, text=True, check=True)
        digests.add(ran.stdout)
    assert len(digests) == 1


def margins(n, seed=3):
    return np.random.default_rng(seed).normal(-2, 1, n)


ODD = {
    "no case": ([], []),
    "one bad": ([1], [-2.0]),
    "one good": ([0], [-2.0]),
    "one of each": ([0, 1], [-2.0, -1.0]),
    "no bads": (np.zeros(300), margins(300)),
    "only bads": (np.ones(300), margins(300)),
    "a constant": (np.arange(300) % 7 == 0, np.full(300, -2.0)),
    "perfectly parted": ([0] * 250 + [1] * 50, [-3.0] * 250 + [2.0] * 50),
    "certain and right": ([0] * 250 + [1] * 50, [-800.0] * 250 + [800.0] * 50),
    "certain and wrong": ([1] * 250 + [0] * 50, [-800.0] * 250 + [800.0] * 50),
}


@pytest.mark.parametrize("name", ODD)
def test_what_cannot_be_evaluated_is_none_and_never_an_error_or_a_warning(evidence_of, draw, name):
    bad, margin = ODD[name]
    labels = np.array([None, "x"] * len(bad), dtype=object)[: len(bad)]
    evidence = evidence_of(bad, margin, segments={"region": labels, "kind": np.full(len(bad), None, dtype=object)})
    for development in (None, draw(400), evidence_of(bad, margin)):
        json.dumps(judged(evidence, development), allow_nan=False)
    json.dumps(judged(draw(400), evidence), allow_nan=False)


def test_too_little_is_not_evaluable(evidence_of):
    for name in ("no case", "one bad", "one good", "one of each", "no bads", "only bads"):
        assert judged(evidence_of(*ODD[name]))["verdict"]["overall"] == "not evaluable"
    nothing = judged(evidence_of([], []))
    assert set(nothing["verdict"]["parts"].values()) == {"not evaluable"}
    assert [f["rule"] for f in nothing["findings"]] == ["D1", "C1"]


def test_cases_of_one_supplier_alone_have_no_interval_over_suppliers(evidence_of):
    bad, margin = (np.arange(400) % 8 == 0), margins(400)
    result = judged(evidence_of(bad, margin, supplier=np.full(400, "s", dtype=object)))
    assert result["discrimination"]["by_supplier"]["auc"]["low"] is None
    assert result["calibration"]["portfolio"]["ratio_by_supplier"]["low"] is None
    assert result["calibration"]["recalibration"]["slope_by_supplier"]["value"] is None
    assert result["benefit"]["verdict"] == "not evaluable"
    assert result["discrimination"]["auc"]["low"] is not None


def test_a_good_scorecard_is_called_good(draw):
    result = validation_parts(
        draw(6000, spread=1.3, each=1), development=draw(9000, seed=2, spread=1.3, each=1), draws=100
    )
    assert [f for f in result["findings"] if f["severity"] == "high"] == []
    assert result["verdict"]["parts"]["discrimination"] == "good"
    assert result["verdict"]["parts"]["calibration"] == "good"
    assert result["verdict"]["parts"]["grades"] == "good"


def test_twenty_thousand_cases_take_a_few_seconds(draw):
    evidence, development = draw(20_000), draw(20_000, seed=2)
    started = time.process_time()  # of this process: a busy machine does not count
    validation_parts(evidence, development=development)
    assert time.process_time() - started < 15
