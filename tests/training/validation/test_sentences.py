"""Sentences: the text and the advice of a rule follow from its figures."""

import pytest

from training.validation.parts.stability import missing as judged
from training.validation.rules import rules
from training.validation.rules.sentences import portfolio
from training.validation.rules.sentences_of_use import missing
from training.validation.rules.verdict import findings


def ruling_on(**changes):
    """The rule on missing values where the share of nulls of each column changed so."""
    columns = {name: {"null_change": change} for name, change in changes.items()}
    return missing({"stability": {"columns": columns, "missing": judged(columns, 500)}})


def test_more_missing_values_ask_for_the_supply_to_be_restored():
    ruling = ruling_on(a=0.23, b=0.05)
    assert "lack more values than in development, by more than 10 points: 1 (a), at most 23.0%" in ruling.text.en
    assert "多缺失超过10个百分点的有1列（a），最多23.0%" in ruling.text.zh
    assert "filled in since" not in ruling.text.en
    assert ruling.mend == rules.S3.mend


def test_fewer_missing_values_ask_whether_they_were_known_then_and_for_no_supply():
    ruling = ruling_on(a=-0.4, b=-0.11, c=0.02)
    assert "lack fewer values than in development, by more than 10 points: 2 (a, b), at most 40.0%" in ruling.text.en
    assert "a source may have been filled in since" in ruling.text.en
    assert "少缺失超过10个百分点的有2列（a, b），最多40.0%：数据源可能事后补录" in ruling.text.zh
    (finding,) = findings([ruling])
    assert "Restore" not in finding["mend"]["en"]
    assert "known at the time" in finding["mend"]["en"]
    assert "恢复" not in finding["mend"]["zh"]


def test_more_and_fewer_missing_values_are_two_sentences():
    ruling = ruling_on(a=-0.4, b=0.2)
    assert ruling.text.en.count("than in development") == 2
    assert ruling.mend.en == f"{rules.S3.mend.en}; {rules.FILLED.en}"
    assert ruling.mend.zh == f"{rules.S3.mend.zh}；{rules.FILLED.zh}"


def test_where_nothing_changed_much_the_largest_change_is_given():
    ruling = ruling_on(a=-0.03, b=0.02)
    assert ruling.verdict == "good"
    assert ruling.text.en.endswith("more than 10 points; the most is 3.0%.")


@pytest.mark.parametrize(("lang", "ruling"), [("en", "(90 % Jeffreys interval "), ("zh", "（90% Jeffreys区间")])
def test_observed_over_expected_says_whose_interval_it_has(lang, ruling):
    ratio = {"value": 1.08, "low": 0.84, "high": 1.37}
    parts = {"calibration": {"portfolio": {"ratio": ratio, "bad": 43, "expected": 39.8, "verdict": "good"}}}
    assert ruling in getattr(portfolio(parts).text, lang)
