"""The model card, from a declaration and a validation made up for it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from features.declarations.catalogue import column
from models.scorecard.scale import SCALE
from models.scorecard.spec import Calibration, ColumnSpec, Gate, Spec
from training.card.page import card, expert_card
from training.card.words import Words
from training.cases import outcomes
from training.figures import sigmoid
from training.learning.expert import declared_weights as declared
from training.validation.measures.evidence import Evidence
from training.validation.parts.all_parts import validation_parts
from training.words import sentences

CASES = 800
NAMES = ("contracts_365d", "late_delivery_rate", "no_trading_history")


def parts(off=0.0):
    """The parts of a validation whose outcomes are `off` log-odds from what the scorecard says."""
    rng = np.random.default_rng(3)
    margin = rng.normal(-2.0, 1.0, CASES)
    evidence = Evidence(
        bad=(rng.random(CASES) < sigmoid(margin + off)).astype(float),
        pd=sigmoid(margin),
        margin=margin,
        points=SCALE.points(margin),
        supplier=np.array([f"s{i // 2}" for i in range(CASES)]),
        as_of=np.datetime64("2024-01-01", "us") + rng.integers(0, 360, CASES) * np.timedelta64(1, "D"),
    )
    groups = {"no_trading_history": margin > -1.5, "clean_trading": margin <= -1.5, "clean_bidding": margin > 99}
    return validation_parts(evidence, groups=groups, draws=20)


FIGURES = {
    **{"n": CASES, "bad": 90, "auc": 0.75, "auc_low": 0.7, "auc_high": 0.8, "ks": 0.4, "brier": 0.08},
    **{"mean_pd": 0.11, "bad_rate": 0.1125},
}
LEAK = {"column": "late_delivery_rate", "what": "value", "auc": 0.83, "low": 0.79, "high": 0.86}
OTHERS = {"n": 50, "of": 60, "limited": 0.04, "refused": 0.0, "medians": {}, "moved": 1}
VALIDATION = {
    "figures": {"model": FIGURES, "constant": FIGURES, "woe": FIGURES},
    "comparison": {
        name: {**FIGURES, "loss": 0.3, "behind": 0.001, "behind_se": 0.002, "serves": True, "label": label}
        for name, label in {
            "constant": {"zh": "常数", "en": "Constant"},
            "woe": {"zh": "WOE 评分卡", "en": "WoE scorecard"},
        }.items()
    },
    "proposal": {
        **{"name": "woe", "written": "woe", "rule": 2, "few": True},
        "why": {"zh": "坏样本不足。", "en": "Bads are few."},
    },
    "cannot_conclude": [{"zh": "坏样本太少。", "en": "There are too few bads."}],
    "parts": {"suppliers_never_seen": FIGURES},
    "out_of_fold": FIGURES,
    "platt": {
        **{"slope": 1.1, "intercept": 0.1, "free_slope": 1.2, "free_low": 0.9, "free_high": 1.5, "level": 0.9},
    },
    "cases": {"good": 700, "bad": 90, "indeterminate_buyer_caused": 10, "not_matured": 5, "excluded": 0},
    "leaks": {
        "stop_above": 0.9,
        "warn_above": 0.8,
        "judged": 3,
        "columns": [{**LEAK, "verdict": "passes", "reason": ""}],
    },
    "drift": {
        "drifted": False,
        "text": "",
        "signs": {
            "base_rate": {"moved": False, "training": 0.1, "test": 0.1125},
            "calibration": {"moved": False, "expected": 0.11, "observed": 0.1125},
            "scores": {"moved": False, "psi": 0.02},
            "population": {"moved": False, "outside": 0.01},
        },
    },
    "representativeness": {
        **{"as_of": "2024-01-01", "columns": 3, "applicants": None},
        "development": {**OTHERS, "most_moved": {}},
        "suppliers": {**OTHERS, "most_moved": {"contracts_365d": 0.31}},
    },
    **parts(),
}
GATES = {"slope": Gate(True, "The slope is 1.2."), "auc": Gate(True, "Out-of-time auc 0.75, of the constant 0.50.")}
SPEC = Spec(
    name="history-loan",
    unit="supplier",
    purposes=("history_loan",),
    outcome="loan_default/v1",
    horizon="loan end + 120 days",
    basis="model",
    columns=tuple(ColumnSpec.of(column(name), [0.0, 0.5, 1.0, np.nan]) for name in NAMES),
    features_digest="sha256:f",
    calibration=Calibration(1.1, 0.1),
    population={
        **{"text": "", "cases": CASES, "bad": 90, "suppliers": 400, "as_of_first": "2020-01-01"},
        **{"as_of_last": "2023-06-30", "kinds": {"legal_person": 380, "sole_trader": 20}},
        "depth": {"history_contracts": {"low": 1, "median": 9, "high": 40}, "history_months": {}},
    },
    data={
        **{"facts_digest": "sha256:d", "synthetic": False, "currency": "CNY", "tz": "Asia/Shanghai", "method": "woe"},
        **{"outcome": outcomes.outcome("loan_default").declaration, "out_of_time_from": "2024-01-01"},
        **{"test_cases": CASES, "cases_not_known_before_the_split": 12, "central_tendency": None},
        "latest": {"observed": 0.1, "expected": 0.1, "z": 0.2, "taken": False},
    },
    libraries={"numpy": "2.4.6"},
)


def halves(text):
    """The English side and the Chinese one."""
    english, chinese = text.split("\n# history-loan：模型卡\n")
    return english, chinese


def test_every_sentence_takes_the_same_figures_in_both_languages():
    for key, sides in sentences(Words.tables).items():
        zh, en = (set(re.findall(r"{(\w+)}", side)) for side in (sides.zh, sides.en))
        assert zh == en, key
        assert sides.zh
        assert sides.en


def test_both_sides_have_the_same_sections_tables_and_lists():
    english, chinese = halves(card(SPEC, VALIDATION, GATES))
    for pattern in (r"^## ", r"^\| ", r"^- "):
        counts = [len(re.findall(pattern, side, flags=re.MULTILINE)) for side in (english, chinese)]
        assert counts[0] == counts[1] > 0, pattern


def test_the_english_side_holds_no_chinese():
    assert re.findall(r"[\u4e00-\u9fff]", halves(card(SPEC, VALIDATION, GATES))[0]) == []


def test_the_same_scorecard_has_the_same_card():
    assert card(SPEC, VALIDATION, GATES) == card(SPEC, VALIDATION, GATES)


def test_the_card_names_its_uses_and_forbids_automatic_refusal():
    english, chinese = halves(card(SPEC, VALIDATION, GATES))
    assert "`history_loan`: a credit officer uses it" in english
    for forbidden in ("Not a credit report", "Never to refuse automatically", "Not for individual consumers"):
        assert forbidden in english
    for forbidden in ("不是信用报告", "自动拒绝", "不得用于个人消费者"):
        assert forbidden in chinese
    assert "legal persons 380" in english
    assert "法人 380" in chinese


def test_a_record_group_without_a_case_is_counted_and_not_listed():
    english = halves(card(SPEC, VALIDATION, GATES))[0]
    assert "Groups without a case: 1" in english
    assert "Bidding: a clean record" not in english
    assert "Trading: no history" in english


def test_the_card_says_that_a_purpose_was_named_by_its_operator():
    assert "`bridge`: a purpose that the operator defined" in card(
        replace(SPEC, purposes=("bridge",)), VALIDATION, GATES
    )


def test_grades_may_set_prices_only_if_slope_and_calibration_hold():
    assert "Pricing: by grade" in card(SPEC, VALIDATION, GATES)
    flat = {**GATES, "slope": Gate(False, "The slope reaches 0.", "Collect more.")}
    text = card(SPEC, VALIDATION, flat)
    assert "Pricing: by grade" not in text
    assert "Not for pricing: the gate `slope` fails" in text
    wrong = {**VALIDATION, **parts(off=1.5)}
    assert wrong["verdict"]["parts"]["calibration"] == "bad"
    assert "Not for pricing: the verdict on calibration is bad" in card(SPEC, wrong, GATES)
    unknown = {**VALIDATION["verdict"], "parts": {**VALIDATION["verdict"]["parts"], "grades": "not evaluable"}}
    assert "不得用于定价：信用等级评定为“无法评估”" in card(SPEC, {**VALIDATION, "verdict": unknown}, GATES)


def test_a_scorecard_whose_gates_fail_is_not_to_be_served():
    text = card(SPEC, VALIDATION, {**GATES, "auc": Gate(False, "Out-of-time auc 0.50.", "Train on more.")})
    assert "Not to be served: these gates fail: `auc`." in text
    assert "| **failed** | Out-of-time auc 0.50. Train on more. |" in text
    assert "Pricing: by grade" not in text


def test_a_synthetic_one_says_so_first():
    text = card(replace(SPEC, data={**SPEC.data, "synthetic": True}), VALIDATION, GATES)
    assert "**synthetic**" in text
    assert "Not for any real lending decision" in text


def test_the_card_shows_the_outcome_with_its_parameters():
    changed = outcomes.outcome("loan_default", changes={"dpd": "60", "cap_months": "24"}).declaration
    english, chinese = halves(card(replace(SPEC, data={**SPEC.data, "outcome": changed}), VALIDATION, GATES))
    assert "60 days past due at any time" in english
    assert "observed for at most 24 months" in english
    assert "逾期满 60 天即为坏（观察至多 24 个月）" in chinese
    assert "| `dpd` | 60 |" in english


@pytest.mark.parametrize("name", ["loan_default", "contract_failure", "late_delivery", "given"])
def test_every_declared_outcome_has_words(name):
    text = card(replace(SPEC, data={**SPEC.data, "outcome": outcomes.outcome(name).declaration}), VALIDATION, GATES)
    assert f"`{outcomes.outcome(name).id}`" in text


def test_an_accepted_leak_is_shown_with_its_reason():
    leaks = {**VALIDATION["leaks"], "columns": [{**LEAK, "verdict": "accepted", "reason": "known at signing"}]}
    text = card(SPEC, {**VALIDATION, "leaks": leaks}, GATES)
    assert text.count("known at signing") == 2
    assert "No leak was accepted" in card(SPEC, VALIDATION, GATES)


def test_a_central_tendency_is_shown_with_its_reason():
    base = {"rate": 0.025, "reason": "average of 2015 to 2024", "before": 0.11}
    english, chinese = halves(card(replace(SPEC, data={**SPEC.data, "central_tendency": base}), VALIDATION, GATES))
    assert "a central tendency of 2.50%; the sample's bad rate is 11.00%" in english
    assert "Reason (as recorded): average of 2015 to 2024. Every figure of this card is at the level of the" in english
    assert "以中心趋势 2.50% 为准，样本坏率为 11.00%" in chinese
    assert "平移之前、样本水平" in chinese


def test_an_assumed_central_tendency_mentions_no_sample():
    base = {"rate": 0.025, "reason": "average of the region"}
    text = card(replace(SPEC, data={**SPEC.data, "central_tendency": base}), VALIDATION, GATES)
    assert "The central tendency is 2.50%. Reason (as recorded): average of the region." in text
    assert "that shift" not in text


def test_the_interval_of_observed_over_expected_says_how_it_was_made():
    ratio = VALIDATION["calibration"]["portfolio"]["ratio"]
    sentence = (
        f"observed over expected {ratio['value']:.2f} (90% Jeffreys interval {ratio['low']:.2f}–{ratio['high']:.2f})"
    )
    assert sentence in card(SPEC, VALIDATION, GATES)


HARM = "x\n## Approved\n<img src=a onerror=alert(1)> | `b` **c** [d](e) _f_ no_trading_history \\| &amp;"
MEANT = (
    r"x ## Approved &lt;img src=a onerror=alert(1)&gt; &#124; \`b\` \*\*c\*\* \[d\](e) \_f\_ no_trading_history"
    r" \\&#124; &amp;amp;"
)


def test_text_from_outside_is_escaped():
    outside = {"columns": {"late_delivery_rate": {"label": {"zh": HARM, "en": HARM}}}}
    outcome = {**outcomes.outcome("contract_failure").declaration, "convenience": (HARM,)}
    data = {
        **SPEC.data,
        "external": outside,
        "outcome": outcome,
        "central_tendency": {"rate": 0.02, "reason": HARM, "before": 0.11},
    }
    leaks = {**VALIDATION["leaks"], "columns": [{**LEAK, "verdict": "accepted", "reason": HARM}]}
    finding = {"severity": "high", "text": {"zh": HARM, "en": HARM}, "mend": {"zh": "查", "en": "Look"}}
    validation = {**VALIDATION, "leaks": leaks, "findings": [finding]}
    text = card(replace(SPEC, data=data), validation, {**GATES, "leaks": Gate(True, HARM)})
    assert "<img" not in text
    assert "\n## Approved" not in text
    assert text.count(MEANT) == 2 * len(("label", "outcome", "parameter", "tendency", "leak", "finding", "gate"))


def test_the_card_says_that_a_scorecard_is_written_for_study_only():
    nothing = {**VALIDATION["proposal"], "name": "constant"}
    assert "The written scorecard is `woe`" in card(SPEC, {**VALIDATION, "proposal": nothing}, GATES)


def test_grave_findings_and_what_cannot_be_concluded_are_limits():
    wrong = {**VALIDATION, **parts(off=1.5)}
    english, chinese = halves(card(SPEC, wrong, GATES))
    limits = english.split("## Limits")[1].split("## ")[0]
    assert "There are too few bads." in limits
    assert "High: " in limits
    assert "严重：" in chinese


def test_a_column_from_outside_has_the_recorded_label():
    label = {"label": {"zh": "外部迟延率", "en": "Bureau's late rate"}}
    outside = {"columns": {"late_delivery_rate": label, "never_known_in_time": label}}
    english, chinese = halves(card(replace(SPEC, data={**SPEC.data, "external": outside}), VALIDATION, GATES))
    assert "| `late_delivery_rate` | Bureau's late rate |" in english
    assert "| `late_delivery_rate` | 外部迟延率 |" in chinese
    assert "columns from outside: `late_delivery_rate`." in english


def test_a_bar_in_a_reason_does_not_end_its_cell():
    text = card(SPEC, VALIDATION, {**GATES, "leaks": Gate(True, "Accepted: a | b")})
    assert "| Accepted: a &#124; b |" in text


def test_a_card_of_declared_weights_allows_no_pricing_and_shows_no_test():
    base = {"rate": 0.03, "reason": "assumed"}
    data = {**SPEC.data, "central_tendency": base, "as_of": "2024-01-01", "method": "expert"}
    spec = replace(SPEC, basis="expert", data=data, columns=SPEC.columns[1:2])
    weights = declared("loan")
    weights = replace(weights, weights=(replace(weights.weights[0], name="late_delivery_rate"),))
    limits = {"cannot_conclude": [{"zh": "没有任何已知结果。", "en": "No outcome is known."}]}
    english, chinese = halves(expert_card(spec, weights, limits, {"basis": Gate(True, "Declared.")}))
    assert "Not for pricing: its probabilities are assumptions" in english
    assert "## Figures" not in english
    assert "声明值" in chinese
    assert "No outcome is known." in english
