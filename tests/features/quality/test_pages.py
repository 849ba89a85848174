"""The report as text and as a page, in both languages."""

from typing import Any

from features.importing.open_ends import KINDS as OPEN_ENDS
from features.quality.codes import CODES, code_words
from features.quality.other_words import NOTED
from features.quality.printing import lines, page
from features.quality.report import read_report
from features.sources.ocds.notes import KINDS
from tests.features.importing.conftest import Market
from tests.features.quality.test_findings import firm, row


def document(market: Market) -> dict[str, Any]:
    """A report with a suspicion, a quarantined row and a column that is never filled."""
    contracts = [row(amount="-3.00"), row(contract_id="C2", amount="x"), row(contract_id="C3")]
    market.load(suppliers=[firm("S1"), firm("S2")], contracts=contracts)
    read = read_report(market.facts)
    assert read is not None
    return read


def test_the_lines_name_code_count_and_place(market: Market) -> None:
    text = "\n".join(lines(document(market), lang="en"))
    assert "NEGATIVE_CONTRACT A contract with a negative amount: contracts.amount 1 rows (50.0%)" in text
    assert "contracts.csv line 2" in text
    assert "BAD_NUMBER The number cannot be read: contracts.amount 1 rows" in text


def test_the_chinese_lines_are_chinese(market: Market) -> None:
    text = "\n".join(lines(document(market), lang="zh"))
    assert "合同金额为负" in text
    assert "第 2 行" in text


def test_the_page_is_one_document_without_scripts(market: Market) -> None:
    for lang, word in (("en", "Quality report"), ("zh", "数据质量报告")):
        text = page(document(market), lang=lang)
        assert text.startswith("<!doctype html>")
        assert word in text
        assert "NEGATIVE_CONTRACT" in text
        assert "<script" not in text


def test_a_name_of_a_file_cannot_break_the_page() -> None:
    finding = {
        "code": "STAND_IN_ID",
        "table": "contracts",
        "count": 1,
        "action": "kept",
        "of": "facts",
        "places": [{"file": "<img src=x>.csv", "line": 2}],
    }
    text = page({"facts": "sha256:0", "findings": [finding], "depth": []}, lang="en")
    assert "<img" not in text


def test_every_note_of_a_reader_has_a_chinese_sentence() -> None:
    assert {*KINDS, *OPEN_ENDS} == set(NOTED)
    assert code_words("NEVER_IN_FORCE", KINDS["NEVER_IN_FORCE"].text).zh.startswith("合同从未生效")


def test_every_code_has_words_in_both_languages() -> None:
    for code in CODES.values():
        assert all((code.label.zh, code.label.en, code.advice.zh, code.advice.en))
