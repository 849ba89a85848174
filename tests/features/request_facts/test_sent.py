"""What a request brings is stored nowhere, but would be stored just so: values, severities, tables never imported."""

from datetime import datetime
from typing import Any

import pytest

from features.declarations.catalogue import COLUMNS
from features.facts.store import Facts
from features.profiles.one_case import CaseEngine
from features.request_facts.check_sent import SentFactsChecker
from features.request_facts.schema import FactsRefused
from features.request_facts.sent_facts import SentFacts

AS_OF = datetime(2024, 7, 1, 12)
RATES = [
    {"currency": "USD", "on": "2024-01-01", "rate": "7.10"},
    {"currency": "USD", "on": "2024-06-01", "rate": "7.25"},
]


@pytest.fixture
def take(market):
    """The function that takes facts about S1 beside what the market holds."""

    def taking(sent: dict[str, Any]) -> SentFacts:
        facts = Facts.open(market.facts)
        return SentFactsChecker(facts, CaseEngine(facts, COLUMNS).lookup).check(sent, about="S1", as_of=AS_OF)

    return taking


def values(fresh: SentFacts, table: str) -> list[str]:
    return [str(value) for value in fresh.tables[table]["value"].to_pylist()]


def test_an_amount_is_converted_at_the_rate_of_its_day(market, take):
    market.load(contracts=[market.row("contracts")], rates=RATES)
    sent = [market.row("contracts", contract_id=f"N{i}", currency="USD", signed_on=day, amount="100.00")
            for i, day in enumerate(("2024-05-31", "2024-06-01", "2023-12-31"))]  # fmt: skip
    assert values(take({"contracts": sent}), "contracts") == ["710.00", "725.00", "None"]


def test_without_rates_a_foreign_amount_is_unknown(market, take):
    market.load(contracts=[market.row("contracts")])
    sent = [market.row("contracts", contract_id="N", currency="USD")]
    assert values(take({"contracts": sent}), "contracts") == ["None"]


def test_conduct_that_states_no_severity_takes_it_from_the_catalogue_as_an_import_does(market, take):
    from features.facts.misconduct import generic

    listed = next(t for t in generic().types if "supplier" in t.roles)
    rows = [
        market.row("conduct", conduct_id=f"N{i}", type_code=code) for i, code in enumerate((listed.code, "unheard of"))
    ]
    market.load(conduct=rows)
    new = [row | {"conduct_id": f"M{i}"} for i, row in enumerate(rows)]
    severities = take({"conduct": new}).tables["conduct"]["severity"].to_pylist()
    assert severities == market.stored("conduct", "severity") == [listed.severity, None]


def test_a_table_that_was_never_imported_may_be_sent(market, take):
    market.load()
    sent = {"contracts": [market.row("contracts")], "milestones": [market.row("milestones")]}
    assert take(sent).rows == {"contracts": 1, "milestones": 1}


def test_a_milestone_alone_has_no_contract_where_none_was_imported(market, take):
    market.load()
    with pytest.raises(FactsRefused) as refused:
        take({"milestones": [market.row("milestones")]})
    assert [pointer for pointer, _ in refused.value.errors] == ["#/facts/milestones/0/contract_id"]


def test_a_stored_version_that_becomes_known_later_ends_what_was_sent(market, take):
    later = market.row("contracts", known_at="2025-01-01", amount="7.00")
    market.load(contracts=[market.row("contracts"), later])
    (row,) = take({"contracts": [market.row("contracts", amount="5.00")]}).tables["contracts"].to_pylist()
    assert row["known_until"] == market.stored("contracts", "known_at")[1]


def test_a_sent_name_is_compared_with_the_stored_ones(market, take):
    firms = [{"supplier_id": f"S{i}", "kind": "legal_person", "name": "Dune Mills"} for i in (1, 2)]
    market.load(suppliers=firms, contracts=[market.row("contracts")])
    sent = take({"suppliers": [firms[0] | {"name": "Ferry Works"}]}).tables["suppliers"].to_pylist()[0]
    assert sent["renamed_on"] is not None, "the sent name is another one"
    assert sent["name_shared_on"] is not None, "another id had the stored name"
    assert sent["kind_changed_on"] is None
