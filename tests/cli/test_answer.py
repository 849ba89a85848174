"""Answers as a person reads them."""

from cli.shared.printing import evidence, lines, percent, shown

ANSWER = {
    "score_id": "sc_1",
    "as_of": "2026-11-21T00:00:00+08:00",
    "status": "scored",
    "purpose": "contract_loan",
    "supplier": {
        "supplier_id": "S1",
        "points": 641,
        "pd": 0.0048,
        "outcome": "loan_default/v1",
        "horizon": "loan end + 120 days",
        "grade": {"code": "A"},
        "basis": "synthetic",
        "reasons": {
            "base_points": 612.0,
            "adverse": [
                {"code": "D101", "points": -14.2, "text": {"zh": "逾期交付占比偏高", "en": "Late"}, "evidence": {}}
            ],
            "favourable": [{"code": "T101", "points": 40.1, "text": {"zh": "多", "en": "Many orders"}, "evidence": {}}],
            "other_points": 3.1,
        },
    },
    "scorecard": {"name": "contract-loan", "version": "1", "digest": "sha256:" + "0" * 64},
}


def test_an_answer_shows_points_grade_pd_and_every_reason_in_the_language_asked():
    english, chinese = "\n".join(lines(ANSWER)), "\n".join(lines(ANSWER, lang="zh"))
    assert "641 points" in english
    assert "grade A" in english
    assert "0.48 %" in english
    assert "-14.2  D101  Late" in english
    assert "逾期交付占比偏高" in chinese
    assert "641 分" in chinese


def test_no_history_shows_its_status_and_code():
    answer = {k: v for k, v in ANSWER.items() if k != "supplier"}
    answer |= {"status": "not_scorable", "codes": ["NO_HISTORY"], "supplier": {"supplier_id": "S9"}}
    assert "status: not_scorable" in "\n".join(lines(answer))
    assert "NO_HISTORY" in "\n".join(lines(answer))


def test_a_failed_gate_is_named_beside_the_basis():
    block = ANSWER["supplier"] | {"basis": "unapproved", "failed_gates": ["slope"]}
    text = "\n".join(lines(ANSWER | {"supplier": block}))
    assert "unapproved" in text
    assert "failed gates: slope" in text


def test_an_unknown_value_is_a_dash_and_never_zero():
    assert shown(None, "ratio", lang="en", currency="CNY") == "–"


def test_values_are_shown_in_their_unit():
    assert shown(0.2273, "ratio", lang="en", currency="CNY") == "22.7 %"
    assert shown(66000.0, "money", lang="en", currency="PHP") == "PHP 66,000.00"
    assert shown(12.0, "days", lang="zh", currency="CNY") == "12.0 天"
    assert shown(3.0, "count", lang="en", currency="CNY") == "3"
    assert shown(1.0, "flag", lang="zh", currency="CNY") == "是"


def test_small_shares_keep_two_figures():
    assert percent(0.0048) == "0.48 %"
    assert percent(0.227) == "22.7 %"


def test_evidence_is_shown_under_the_label_of_its_column_and_window():
    line = evidence("late_delivery_rate_365d", 0.25, lang="en", currency="CNY")
    assert line.endswith("25.0 %")
    assert "last 365 days" in line
    assert evidence("no_such_column", 1.5, lang="en", currency="CNY") == "no_such_column: 1.5"


def test_facts_that_were_sent_are_named_by_table():
    facts = {"kind": "canonical", "rows": {"contracts": 1, "milestones": 2}, "digest": "sha256:" + "ab" * 32}
    english, chinese = ("\n".join(lines(ANSWER | {"facts": facts}, lang=lang)) for lang in ("en", "zh"))
    assert "with facts sent: contracts 1, milestones 2  sha256:abab" in english
    assert "计入随请求提交的事实" in chinese
