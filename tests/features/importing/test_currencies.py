"""Each row is converted by its own currency, and a negative contract is no turnover."""

from decimal import Decimal

import pytest

from features.facts.store import Facts
from features.profiles.build import build_one
from tests.features.importing.conftest import Market

pytestmark = pytest.mark.slow  # imports facts in every test

RATES = [{"currency": "USD", "on": "2020-01-01", "rate": "7"}]


def changed_currency(market: Market, **amendment: str) -> None:
    """A contract of 700 CNY that is in dollars since June, and an amendment."""
    contracts = [
        market.row("contracts", amount="700.00"),
        market.row("contracts", amount="100.00", currency="USD", known_at="2024-06-01"),
    ]
    amendments = [market.row("amendments", amount_change="10.00", **amendment)]
    market.load(contracts=contracts, amendments=amendments, rates=RATES)


@pytest.mark.parametrize(
    ("amendment", "value"),
    [
        ({"occurred_at": "2024-07-01"}, "70.00"),  # in dollars by then
        ({"occurred_at": "2024-06-01"}, "70.00"),  # known at the same instant as the contract's new currency
        ({"occurred_at": "2024-05-01"}, "10.00"),  # still in yuan
    ],
)
def test_an_amendment_is_in_its_contracts_currency_of_then(market: Market, amendment, value: str) -> None:
    changed_currency(market, **amendment)
    assert market.stored("amendments", "value") == [Decimal(value)]


@pytest.mark.parametrize(("currency", "value"), [("CNY", "10.00"), ("USD", "70.00")])
def test_an_amendment_that_names_its_currency_is_in_it(market: Market, currency: str, value: str) -> None:
    changed_currency(market, occurred_at="2024-07-01", currency=currency)
    assert market.stored("amendments", "value") == [Decimal(value)]


def test_the_price_change_stays_what_it_was(market: Market) -> None:
    changed_currency(market, occurred_at="2024-07-01")
    facts = Facts.open(market.facts)
    row = build_one(facts, "S1", facts.instant("2024-08-01")).to_pylist()[0]
    assert row["price_change"] == pytest.approx(0.10)


def test_a_negative_contract_is_no_turnover(market: Market) -> None:
    contracts = [
        market.row("contracts", amount="-4200.00"),
        market.row("contracts", contract_id="C2", amount="900.00"),
    ]
    market.load(contracts=contracts)
    facts = Facts.open(market.facts)
    row = build_one(facts, "S1", facts.instant("2024-06-01")).to_pylist()[0]
    assert row["turnover_365d"] == 900.0
    assert row["largest_contract_share_365d"] == 1.0
    assert sorted(market.stored("contracts", "amount")) == [Decimal("-4200.00"), Decimal("900.00")], "kept as given"
