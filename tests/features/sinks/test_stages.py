"""The nine stages of each contract, as known on a date."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.facts.tables import STAGES
from features.importing.import_facts import import_facts
from features.sinks.disclosed_stages import contract_stages, disclosed, write_stages
from tests.features.importing.conftest import market

__all__ = ["market"]


@pytest.fixture
def staged(market):
    """Contracts: one with every stage, a joint one with few, one without any."""
    row = market.row
    days = {stage: f"2024-0{n + 1}-10" for n, stage in enumerate(STAGES)}
    joint = {"contract_id": "C2", "tender_id": "T1", "members": "2"}
    market.load(
        tenders=[row("tenders")],
        contracts=[
            row("contracts", tender_id="T1"),
            row("contracts", **joint),
            row("contracts", **joint, supplier_id="S2"),
            row("contracts", contract_id="C3", known_at="2024-06-05"),
        ],
        stages=[
            *(
                row("stages", stage_id=s, contract_id="", tender_id="T1", stage=s, occurred_at=d)
                for s, d in days.items()
                if s in {"budget", "plan", "process"}
            ),
            *(
                row("stages", stage_id=s, stage=s, occurred_at=d)
                for s, d in days.items()
                if s not in {"budget", "plan", "process"}
            ),
            row("stages", stage_id="second payment", stage="payment", occurred_at="2024-10-10"),
            row("stages", stage_id="late", contract_id="C2", stage="contract", occurred_at="2024-02-10"),
            row("stages", stage_id="wrong", contract_id="C3", stage="contract", occurred_at="2024-02-10"),
            row(
                "stages", stage_id="wrong", contract_id="C3", stage="contract", known_at="2024-07-01", retracted="true"
            ),
        ],
    )
    return Facts.open(market.facts)


def by_contract(facts, as_of):
    return {row["contract_id"]: row for row in contract_stages(facts, as_of).to_pylist()}


def test_a_contract_with_all_nine_stages_shows_when_each_was_and_what_it_took(staged):
    row = by_contract(staged, "2025-01-01")["C1"]
    assert [row[f"{stage}_on"] for stage in STAGES] == [date(2024, n, 10) for n in range(1, 10)]
    assert [row[f"{stage}_days"] for stage in STAGES] == [None, 31, 29, 31, 30, 31, 30, 31, 31]
    assert row["missing"] == ""


def test_a_missing_stage_is_null_and_named_and_the_next_counts_from_the_one_before_it(staged):
    row = by_contract(staged, "2025-01-01")["C2"]
    assert (row["demand_on"], row["demand_days"]) == (None, None)
    assert row["plan_days"] == (date(2024, 4, 10) - date(2024, 1, 10)).days
    assert row["contract_days"] == (date(2024, 2, 10) - date(2024, 5, 10)).days
    assert row["missing"] == "demand intention result acceptance payment"


def test_only_what_was_known_before_the_date_counts(staged):
    early = by_contract(staged, "2024-06-10")
    assert early["C1"]["missing"] == "result contract acceptance payment"  # the result of that very day is not known
    assert by_contract(staged, "2024-06-11")["C1"]["result_on"] == date(2024, 6, 10)
    assert set(early) == {"C1", "C2", "C3"}
    assert set(by_contract(staged, "2024-06-05")) == {"C1", "C2"}
    assert early["C3"]["contract_on"] == date(2024, 2, 10)
    assert by_contract(staged, "2024-07-02")["C3"]["missing"].split() == list(STAGES)


def test_facts_of_ocds_show_their_stages(tmp_path):
    import json

    from tests.features.sources.release import RELEASE, package

    (tmp_path / "p.json").write_text(json.dumps(package(RELEASE)))
    import_facts(tmp_path / "p.json", tmp_path / "facts", tz="UTC")
    (row,) = contract_stages(Facts.open(tmp_path / "facts"), "2021-01-01").to_pylist()
    assert row["missing"] == "budget demand intention plan acceptance"
    assert (row["process_on"], row["result_days"], row["payment_days"]) == (date(2020, 1, 1), 40, 61)


def test_facts_without_stages_have_contracts_that_miss_all_nine(market):
    market.load(contracts=[market.row("contracts")])
    table = contract_stages(Facts.open(market.facts), "2025-01-01")
    assert table["missing"].to_pylist() == [" ".join(STAGES)]
    assert disclosed(table) == dict.fromkeys(STAGES, 0)


def test_stages_are_written_whole(staged, tmp_path):
    table = contract_stages(staged, "2025-01-01")
    write_stages(table, tmp_path / "stages.parquet")
    assert pq.read_table(tmp_path / "stages.parquet").equals(table)
    assert disclosed(table)["payment"] == 1
    with pytest.raises(InputError, match="No file can be written"):
        write_stages(table, tmp_path)
