"""Verdict: every rule is written, given in both languages and reaches the overall verdict as it says."""

import re

import pytest

from features.declarations.feature import Text
from training.validation.parts.all_parts import validation_parts
from training.validation.rules import rules
from training.validation.rules.rule import Rule
from training.validation.rules.sentences import OF_RISK, Ruling
from training.validation.rules.sentences_of_use import OF_USE
from training.validation.rules.verdict import findings, judged, verdict
from training.validation.rules.verdicts import beyond, short_of, worst


def rulings_of(**verdicts):
    """Every rule good but those named."""
    text = Text("数字。", "Figures.")
    return [Ruling(rule, verdicts.get(rule.number, "good"), text) for rule in rules.RULES]


def overall(**verdicts):
    rulings = rulings_of(**verdicts)
    return verdict(rulings, findings(rulings))["overall"]


def test_every_rule_gives_one_ruling_in_the_order_of_the_table(draw):
    parts = validation_parts(draw(300), draws=20)
    assert [rulings.rule for rulings in judged(parts)] == list(rules.RULES)
    assert len(OF_RISK) + len(OF_USE) == len(rules.RULES)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.number)
def test_a_rule_is_written_in_both_languages_with_its_limits_and_its_reason(rule: Rule):
    assert re.fullmatch(r"[A-Z]\d", rule.number)
    assert rule.limits
    assert rule.severity in ("high", "medium", "low")
    for text in (rule.about, rule.reason, rule.mend):
        assert re.search("[一-鿿]", text.zh)
        assert text.en
        assert not re.search("[一-鿿]", text.en)
        assert not (text.en + text.zh).endswith(".")


def test_rule_numbers_are_never_used_twice():
    numbers = [rule.number for rule in rules.RULES]
    assert len(set(numbers)) == len(numbers)


def test_the_overall_verdict_is_the_gravest_finding():
    assert overall() == "good"
    assert overall(C3="watch", E3="bad") == "good"  # low findings
    assert overall(D2="bad") == "watch"
    assert overall(R1="watch") == "watch"
    assert overall(R1="bad") == "bad"
    assert overall(S1="bad", D1="bad") == "bad"


@pytest.mark.parametrize("core", ["D1", "C1"])
def test_without_discrimination_or_calibration_in_all_there_is_no_verdict(core):
    assert overall(**{core: "not evaluable"}) == "not evaluable"
    assert overall(**{core: "not evaluable"}, G1="bad") == "not evaluable"
    (finding,) = findings(rulings_of(**{core: "not evaluable"}))
    assert (finding["rule"], finding["severity"]) == (core, "medium")
    assert "outcomes" in finding["mend"]["en"]


def test_what_else_cannot_be_judged_is_no_finding():
    assert findings(rulings_of(S4="not evaluable", E2="not evaluable")) == []


def test_findings_come_gravest_first_with_a_sentence_and_a_way_out():
    problems = findings(rulings_of(D2="watch", G3="bad", R1="bad", C1="watch"))
    assert [(f["rule"], f["severity"]) for f in problems] == [
        ("R1", "high"),
        ("C1", "medium"),
        ("G3", "medium"),
        ("D2", "low"),
    ]
    assert problems[0]["text"] == {"zh": "数字（规则R1）。", "en": "Figures (rule R1)."}
    assert problems[0]["mend"]["en"] == rules.R1.mend.en


def test_a_part_has_the_worst_verdict_of_its_rules():
    rulings = rulings_of(S2="watch", S3="bad", S4="not evaluable")
    parts = verdict(rulings, findings(rulings))["parts"]
    assert parts["stability"] == "bad"
    assert set(parts) == {rule.part for rule in rules.RULES}


def test_a_part_is_not_good_while_its_foremost_rule_could_not_judge():
    rulings = rulings_of(G1="not evaluable")
    assert verdict(rulings, [])["parts"]["grades"] == "not evaluable"
    rulings = rulings_of(G1="not evaluable", G3="watch")
    assert verdict(rulings, [])["parts"]["grades"] == "watch"


def test_the_sentences_hold_the_figures(draw):
    parts = validation_parts(draw(2000, off=0.8), development=draw(2000, seed=2), draws=50)
    rulings = {rule["rule"]: rule for rule in parts["verdict"]["rules"]}
    area = parts["discrimination"]["auc"]["value"]
    for language in ("zh", "en"):
        assert f"{area:.3f}" in rulings["D1"]["text"][language]
        assert f"{parts['calibration']['portfolio']['ratio']['value']:.3f}" in rulings["C1"]["text"][language]
        assert f"{parts['stability']['score']['psi']:.3f}" in rulings["S1"]["text"][language]
        assert "C1" in rulings["C1"]["text"][language]
    assert parts["verdict"]["overall"] == "bad"
    assert parts["findings"][0]["rule"] == "C1"


def test_limits_begin_where_they_say():
    assert [beyond(x, watch=1, bad=2) for x in (None, 1, 1.5, 2, 2.1)] == [
        "not evaluable",
        "good",
        "watch",
        "watch",
        "bad",
    ]
    assert [short_of(x, watch=2, bad=1) for x in (None, 2, 1.5, 1, 0.9)] == [
        "not evaluable",
        "good",
        "watch",
        "watch",
        "bad",
    ]
    assert worst(["good", "not evaluable", "watch"]) == "watch"
    assert worst(["not evaluable"]) == worst([]) == "not evaluable"
