"""The report as a file: the same bytes for the same facts, replaced in one step, depth of history."""

import json

from features.facts.store import Facts
from tests.features.importing.conftest import Market
from tests.features.quality.conftest import findings
from tests.features.quality.test_findings import firm, row

NEGATIVE = ("NEGATIVE_CONTRACT", "contracts", "amount")


def test_a_repeated_import_leaves_the_same_bytes(market: Market) -> None:
    market.load(contracts=[row(amount="-3.00"), row(contract_id="C2", amount="x")])
    before = market.bytes()
    market.load()
    assert market.bytes() == before


def test_the_report_names_the_facts_that_it_is_about(market: Market) -> None:
    market.load(contracts=[row()])
    document = json.loads((market.facts / "quality.json").read_text(encoding="utf-8"))
    assert document["facts"] == Facts.open(market.facts).digest
    assert document["schema"] == "quality/1"


def test_a_later_import_counts_all_rows_and_keeps_the_places(market: Market) -> None:
    market.load("first", contracts=[row(amount="-3.00")])
    market.load("second", contracts=[row(), row(contract_id="C2", amount="-4.00", known_at="2024-04-01")])
    finding = findings(market)[NEGATIVE]
    assert finding["count"] == 2
    assert finding["places"] == [{"file": "contracts.csv", "line": 2}, {"file": "contracts.csv", "line": 3}]


def test_a_report_that_a_killed_import_left_adds_no_place(market: Market) -> None:
    market.load("first", contracts=[row(amount="-3.00")])
    report = market.facts / "quality.json"
    left = report.read_text(encoding="utf-8").replace('"contracts.csv"', '"lost.csv"')
    report.write_text(left.replace(Facts.open(market.facts).digest, "sha256:" + "0" * 64), encoding="utf-8")
    market.load("first", contracts=[row(amount="-3.00")])
    assert findings(market)[NEGATIVE]["places"] == [{"file": "contracts.csv", "line": 2}]


def test_what_a_correction_mended_is_no_finding(market: Market) -> None:
    market.load("first", contracts=[row(amount="-3.00")])
    market.load("second", contracts=[row(amount="3.00", known_at="2024-04-01")])
    assert NEGATIVE not in findings(market)


def test_a_refused_import_leaves_the_old_report(market: Market) -> None:
    import pytest

    from features.importing.summary import ImportRefused

    market.load("first", contracts=[row(amount="-3.00")])
    before = (market.facts / "quality.json").read_bytes()
    with pytest.raises(ImportRefused):
        market.load("second", max_bad=0, contracts=[row(contract_id="C9", amount="x")])
    assert (market.facts / "quality.json").read_bytes() == before


def test_suppliers_are_counted_by_depth_of_history(market: Market) -> None:
    contracts = [row(contract_id=f"C{i}") for i in range(3)]
    market.load(suppliers=[firm("S1"), firm("S2"), firm("S3"), firm("S4")], contracts=contracts)
    document = json.loads((market.facts / "quality.json").read_text(encoding="utf-8"))
    depth = {step["contracts_from"]: (step["suppliers"], step["share"]) for step in document["depth"]}
    assert depth == {0: (3, 0.75), 1: (0, 0), 2: (1, 0.25), 5: (0, 0), 10: (0, 0), 30: (0, 0)}


def test_the_summary_of_the_import_prints_the_suspicions(market: Market) -> None:
    said = market.load(contracts=[row(amount="-3.00"), row(contract_id="C2")]).lines()
    assert any(line.startswith("suspicion NEGATIVE_CONTRACT") and "contracts.csv line 2" in line for line in said)
