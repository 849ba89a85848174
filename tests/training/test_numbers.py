"""Numbers: every figure has one format, and a missing figure has a text."""

import math

import pytest

from training.numbers import FORMS, between, day, figure, large, short, tidied


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("form", FORMS)
def test_a_missing_figure_is_written_in_words(nothing, form):
    assert figure(nothing, form, "en") == "not evaluable"
    assert figure(nothing, form, "zh") == "无法评估"


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (12345, "count", "12,345"),
        (0.0315, "pd", "3.15%"),
        (-0.02, "+three", "−0.020"),
        (-0.0001, "+three", "+0.000"),
        (-0.0001, "three", "0.000"),
        (0.0004, "p", "< 0.001"),
        (1234.5678, "value", "1,235"),
        (0.00012345, "value", "0.000123"),
    ],
)
def test_a_figure_has_a_true_minus_sign_and_no_sign_if_it_rounds_to_zero(value, form, text):
    assert figure(value, form, "en").lstrip("+") == text.lstrip("+")


def test_an_interval_is_closed_unless_it_has_signs():
    assert between({"low": 0.1, "high": 0.2}, "three", "en") == "0.100–0.200"
    assert between({"low": -0.1, "high": 0.2}, "+three", "en") == "−0.100 to +0.200"
    assert between({"low": -0.1, "high": 0.2}, "+three", "zh") == "−0.100至+0.200"
    assert between({"low": None, "high": None}, "three", "zh") == "无法评估"


def test_a_day_is_written_as_each_language_does():
    assert day("2026-11-09", "en") == "9 Nov 2026"
    assert day("2026-11-09", "zh") == "2026-11-09"


def test_large_values_have_the_units_of_each_language():
    assert large(2_500_000, "en") == "2.5m"
    assert large(2_500_000, "zh") == "250万"
    assert large(3e9, "zh") == "30亿"
    assert large(999_999, "en") == "999,999"


def test_sentences_of_the_validation_get_the_reports_typography():
    assert tidied("90 % interval -0.062 – -0.013") == "90% interval −0.062 – −0.013"
    assert tidied("0.764 – 0.803") == "0.764–0.803"
    assert short("sha256:0123456789abcdef") == "0123456789ab"
