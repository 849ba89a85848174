"""Exchange rates that are corrected, retracted or known late; amendments after a change of currency."""

from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from features.facts.store import Facts
from features.profiles.build import build_one

pytestmark = pytest.mark.slow  # imports facts in every test

DAYS = ("2024-03-10", "2024-05-01", "2024-05-02", "2024-06-20")


def in_dollars(market, *days: str, **cells: str) -> list[dict[str, str]]:
    return [
        market.row("contracts", contract_id=day, currency="USD", amount="100", signed_on=day, **cells) for day in days
    ]


def rate(on: str, value: str, **cells: str) -> dict[str, str]:
    return {"currency": "USD", "on": on, "rate": value, "known_at": "", "retracted": "", **cells}


def values(market) -> dict[str, Decimal | None]:
    return dict(market.stored("contracts", "contract_id, value"))


def test_a_corrected_rate_converts_the_facts_known_after_the_correction(market):
    wrong, right = rate("2024-03-01", "70"), rate("2024-03-01", "7.1", known_at="2024-05-01")
    market.load(contracts=in_dollars(market, *DAYS), rates=[wrong, right])
    assert values(market) == dict(zip(DAYS, (7000, 7000, 710, 710), strict=True))


def test_a_retracted_rate_gives_way_to_the_one_before_it(market):
    wrong = rate("2024-03-01", "70")
    gone = rate("2024-03-01", "70", known_at="2024-05-01", retracted="true")
    market.load(contracts=in_dollars(market, *DAYS), rates=[rate("2024-01-01", "7.2"), wrong, gone])
    assert values(market) == dict(zip(DAYS, (7000, 7000, 720, 720), strict=True))


def test_a_fact_reported_after_the_correction_has_the_corrected_rate_of_its_own_day(market):
    late = in_dollars(market, "2024-03-10", known_at="2024-06-01")
    correction = rate("2024-03-01", "7.1", known_at="2024-05-01")
    newer = rate("2024-04-01", "7.5")
    market.load(contracts=late, rates=[rate("2024-03-01", "70"), correction, newer])
    assert values(market) == {"2024-03-10": 710}


def test_a_correction_of_a_fact_takes_the_rate_known_by_then_and_the_earlier_version_stays(market):
    rows = in_dollars(market, "2024-03-10")
    rows += in_dollars(market, "2024-03-10", known_at="2024-06-01", kind="order")
    market.load(contracts=rows, rates=[rate("2024-03-01", "70"), rate("2024-03-01", "7.1", known_at="2024-05-01")])
    assert market.stored("contracts", "kind, value") == [("contract", 7000), ("order", 710)]


def test_a_later_correction_of_a_rate_leaves_earlier_profiles_as_they_were(market):
    market.load(contracts=in_dollars(market, *DAYS), rates=[rate("2024-03-01", "70")])

    def profile() -> dict[str, object]:
        facts = Facts.open(market.facts)
        return build_one(facts, "S1", facts.instant("2024-05-02")).to_pylist()[0]

    before = profile()
    market.load("more", rates=[rate("2024-03-01", "7.1", known_at="2024-05-02")])
    assert profile() == before
    assert values(market)["2024-06-20"] == 710


def test_a_rate_corrected_before_its_own_day_is_used_from_its_day(market):
    announced = rate("2024-03-01", "70", known_at="2024-02-01")
    corrected = rate("2024-03-01", "7.1", known_at="2024-02-10")
    market.load(contracts=in_dollars(market, *DAYS), rates=[announced, corrected])
    assert set(values(market).values()) == {710}


# ---- amendments after a change of currency


def changed_currency(market) -> list[dict[str, str]]:
    old = market.row("contracts", amount="20000.00", currency="BGN", signed_on="2024-02-01", known_at="2024-02-02")
    return [
        old,
        market.row("contracts", amount="10225.84", currency="EUR", signed_on="2024-02-01", known_at="2024-05-01"),
    ]


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"occurred_at": "2024-05-01"}, "500.00"),
        ({"occurred_at": "2024-04-01"}, "255.65"),
        ({"occurred_at": "2024-06-01", "currency": "BGN"}, "255.65"),
        ({"occurred_at": "2024-04-01", "currency": "EUR"}, "500.00"),
    ],
    ids=["after the change", "before it", "in its own old currency", "in its own new currency"],
)
def test_an_amendment_is_converted_by_its_own_currency_or_the_contracts_of_its_time(market, cells, value):
    lev = {"currency": "BGN", "on": "2020-01-01", "rate": "0.511292", "known_at": "", "retracted": ""}
    amendment = {**market.row("amendments", amount_change="500.00"), **cells}
    market.load(contracts=changed_currency(market), amendments=[amendment], rates=[lev], options={"currency": "EUR"})
    assert market.stored("amendments", "value") == [Decimal(value)]
    after = Facts.open(market.facts)
    profile = build_one(after, "S1", after.instant("2024-07-01"))
    change = profile["price_change_365d"][0].as_py() if "price_change_365d" in profile.column_names else None
    assert change is None or change == pytest.approx(float(value) / 10225.84, rel=1e-6)


def test_stored_amendments_keep_their_own_currency(market):
    amendment = market.row("amendments", currency="CNY")
    market.load(contracts=[market.row("contracts")], amendments=[amendment])
    again = market.load(contracts=[market.row("contracts")], amendments=[amendment])
    assert (again.loaded, again.changed) == (0, False)
    table = pq.read_table(Facts.open(market.facts).tables["amendments"])
    assert table["currency"].to_pylist() == ["CNY"]
