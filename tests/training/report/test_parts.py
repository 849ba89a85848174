"""Parts: what a part of the report shows is what its rule judges by, and says where a figure comes from."""

from dataclasses import replace

import pytest

from training.report.blocks import Facts, Prose, Table
from training.report.parts import calibration, explanations, implementation, method, summary
from training.report.words import Words

pytestmark = pytest.mark.slow  # a study is learned, and plots are drawn

EN, ZH = Words("en"), Words("zh")
TENDENCY = {"rate": 0.02, "before": 0.11, "reason": "average of 2015 to 2024"}


def tables(part):
    return {block.caption: block for block in part.blocks if isinstance(block, Table)}


def column(table: Table, title):
    place = [c.title for c in table.columns].index(title)
    return [row[place] for row in table.rows]


@pytest.fixture(scope="module")
def calibrated(report):
    return tables(calibration(report, EN))


def test_the_power_shown_is_the_power_that_decides_whether_a_grade_is_judged(report, calibrated):
    table = calibrated["Grades, the safest first"]
    grades = report.validation["grades"]["grades"]
    assert column(table, "Power at 2×") == [EN.figure(g["power"]["2"], "power") for g in grades]
    assert "twice the PD; a grade with less than 20% is not judged" in table.note
    note = tables(calibration(report, ZH))["各等级，由安全到危险"].note
    assert "违约概率2倍时被发现的机会；不足20%的等级不作判断" in note


def test_observed_over_expected_has_both_intervals_and_says_which_is_which(report, calibrated):
    table = calibrated["The whole test"]
    portfolio = report.validation["calibration"]["portfolio"]
    jeffreys, drawn = (EN.between(portfolio[key], "two") for key in ("ratio", "ratio_by_supplier"))
    assert column(table, "Observed / expected (90%, Jeffreys)") == [
        f"{EN.figure(portfolio['ratio']['value'], 'two')} ({jeffreys})"
    ]
    assert column(table, "90%, resampled by supplier") == [drawn]
    keys = next(block.keys for block in summary(report, EN).blocks if hasattr(block, "keys"))
    assert next(k.note for k in keys if "C1" in k.name) == f"90%, Jeffreys: {jeffreys}"


def test_a_central_tendency_is_shown_with_both_rates_and_the_level_of_the_figures(report):
    moved = replace(report, spec=replace(report.spec, data={**report.spec.data, "central_tendency": TENDENCY}))
    sentence = (
        "The served probabilities have a central tendency of 2.00%; the sample's bad rate is 11.00%. Reason: average of"
        " 2015 to 2024. Every figure of this report is at the sample's level, before that shift."
    )
    assert sentence in [block.text for block in summary(moved, EN).blocks if isinstance(block, Prose)]
    assert calibration(moved, EN).lead.endswith(sentence)
    facts = [pair for block in method(moved, EN).blocks if isinstance(block, Facts) for pair in block.pairs]
    assert ("Central tendency", sentence) in facts
    assert "样本水平" in calibration(moved, ZH).lead
    assert "at the sample's level" not in calibration(report, EN).lead


def test_the_reasons_of_declared_weights_are_stable_by_construction(report):
    for written, declared in (("expert", True), ("blend", False)):
        proposal = {**report.validation["proposal"], "written": written}
        changed = replace(report, validation={**report.validation, "proposal": proposal})
        note = tables(explanations(changed, EN))["Three properties of the reasons"].note
        assert ("almost by construction" in note) == declared


def test_the_parity_part_says_that_request_columns_are_not_compared(report):
    parity = report.validation["implementation"]
    tried, every = parity["cells"] // parity["cases"], len(report.spec.columns)
    assert 0 < tried < every
    bullets = implementation(report, EN).blocks[0].items
    assert bullets[0].startswith(f"{tried} of {every} columns were compared")


def test_the_contenders_table_says_why_its_auc_may_differ_from_the_summarys(report):
    note = next(block.note for block in method(report, EN).blocks if isinstance(block, Table))
    assert "may differ from the summary's in the third digit" in note


@pytest.mark.parametrize(("others", "shown"), [("good", "not evaluable"), ("watch", "watch"), ("bad", "bad")])
def test_calibration_is_never_better_than_its_leading_rule(report, others, shown):
    parts = report.validation["verdict"]["parts"] | {"calibration": "not evaluable"}
    parts |= {"grades": others, "record_groups": others}
    verdict = {**report.validation["verdict"], "parts": parts}
    changed = replace(report, validation={**report.validation, "verdict": verdict})
    assert calibration(changed, EN).state.verdict == shown


def test_the_sentence_of_a_part_is_that_of_its_leading_rule_where_this_could_not_be_judged(report):
    rules = [
        {**rule, "verdict": "not evaluable" if rule["rule"] == "C1" else "good"}
        for rule in report.validation["verdict"]["rules"]
    ]
    changed = replace(
        report, validation={**report.validation, "verdict": {**report.validation["verdict"], "rules": rules}}
    )
    leading = next(rule for rule in rules if rule["rule"] == "C1")
    assert calibration(changed, EN).finding == EN.tidied(leading["text"]).rstrip("。.")
