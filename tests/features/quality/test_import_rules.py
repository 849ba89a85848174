"""The operator's rules on findings, and the register of sources."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.errors import InputError
from features.facts.source_register import registered_at
from features.facts.store import Facts
from features.fleet.write_fleet import write_fleet
from features.profiles.build import build_one
from tests.features.importing.conftest import Market
from tests.features.quality.conftest import findings
from tests.features.quality.test_findings import many, row

pytestmark = pytest.mark.slow  # imports facts in every test


def rules(market: Market, text: str) -> Path:
    file = market.root / "import.toml"
    file.write_text(text, encoding="utf-8")
    return file


def rule(code: str, action: str) -> str:
    return f'[[rule]]\ncode = "{code}"\naction = "{action}"\nreason = "the publisher confirmed it"\n'


def profile(market: Market, supplier: str = "S1", as_of: str = "2024-12-01") -> dict:
    facts = Facts.open(market.facts)
    return build_one(facts, supplier, facts.instant(as_of)).to_pylist()[0]


LOTS = [row(contract_id=f"L{i}", amount="777.70") for i in range(3)]


def test_without_a_rule_a_suspicion_changes_no_number(market: Market) -> None:
    market.load(contracts=LOTS)
    assert profile(market)["turnover_365d"] == pytest.approx(3 * 777.70)
    assert findings(market)[("EQUAL_TWINS", "contracts", "amount")]["action"] == "kept"


def test_a_rule_makes_the_value_unknown_and_keeps_the_original(market: Market) -> None:
    file = rules(market, rule("EQUAL_TWINS", "repaired"))
    market.load(contracts=[*LOTS, row(contract_id="C9", amount="5.00")], options={"rules": file})
    assert profile(market)["turnover_365d"] == 5.0
    assert profile(market)["history_contracts"] == 4
    assert [float(amount) for amount in sorted(market.stored("contracts", "amount"))] == [5.0, 777.7, 777.7, 777.7]
    assert findings(market)[("EQUAL_TWINS", "contracts", "amount")]["action"] == "repaired"


def test_a_rule_hides_rows_from_every_profile(market: Market) -> None:
    file = rules(market, rule("STAND_IN_AMOUNT", "excluded"))
    market.load(contracts=[row(amount="0"), *many(2)], options={"rules": file})
    with pytest.raises(InputError, match="No fact of this supplier"):
        profile(market)
    assert profile(market, "S2")["history_contracts"] == 2
    assert len(market.stored("contracts")) == 3, "the row is kept"
    finding = findings(market)[("STAND_IN_AMOUNT", "contracts", "amount")]
    assert (finding["action"], finding["count"]) == ("excluded", 1)


def test_an_excluded_correction_leaves_the_earlier_version(market: Market) -> None:
    file = rules(market, rule("STAND_IN_AMOUNT", "excluded"))
    versions = [row(), row(amount="1", known_at="2024-06-01")]
    market.load(contracts=versions, options={"rules": file})
    assert profile(market)["turnover_365d"] == 1000.0


def test_rules_hold_for_rows_that_were_stored_before_and_can_be_taken_back(market: Market) -> None:
    market.load("plain", "facts", contracts=LOTS)
    before = Facts.open(market.facts).digest
    home = Path(market.root / "home")
    home.mkdir(exist_ok=True)
    (home / "import.toml").write_text(rule("EQUAL_TWINS", "repaired"), encoding="utf-8")
    market.load("plain", "facts", contracts=LOTS)
    assert profile(market)["turnover_365d"] == 0
    (home / "import.toml").unlink()
    market.load("plain", "facts", contracts=LOTS)
    assert Facts.open(market.facts).digest == before


def test_rows_in_two_files_end_as_rows_in_one(market: Market) -> None:
    file = rules(market, rule("EQUAL_TWINS", "repaired"))
    market.load("whole", "whole", contracts=LOTS, options={"rules": file})
    market.load("a", "parts", contracts=LOTS[:1], options={"rules": file})
    market.load("b", "parts", contracts=LOTS[1:], options={"rules": file})
    assert Facts.open(market.root / "parts").digest == Facts.open(market.root / "whole").digest


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (rule("NO_SUCH_CODE", "excluded"), "no code 'NO_SUCH_CODE'"),
        (rule("NAME_CHANGED", "excluded"), "no action for NAME_CHANGED"),
        (rule("EQUAL_TWINS", "dropped"), "no action for EQUAL_TWINS"),
        (rule("EQUAL_TWINS", "kept").replace("reason", "because"), "no setting 'because'"),
        (rule("EQUAL_TWINS", "kept") * 2, "appears twice"),
        ("[[rule]", "cannot be read"),
        ('[[source]]\nname = "a"\npublisher = "b"\nauthorisation = "c"\n', "must be dates"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_whole(market: Market, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        market.load(contracts=[row()], options={"rules": rules(market, text)})
    assert not (market.facts / "manifest.json").exists()


def source(until: date, **more: str) -> str:
    period = f"from = 2024-01-01\nuntil = {until.isoformat()}\n"
    return (
        f'[[source]]\nname = "city"\npublisher = "The city"\nauthorisation = "contract 7"\n{period}freshness_days = 9\n'
    )


def test_the_register_is_part_of_the_manifest(market: Market) -> None:
    until = date.today() + timedelta(days=30)
    market.load(contracts=[row(source="city")], options={"rules": rules(market, source(until))})
    manifest = json.loads((market.facts / "manifest.json").read_text(encoding="utf-8"))
    (entry,) = manifest["sources"]
    assert entry["publisher"] == "The city"
    assert entry["authorised_until"] == until.isoformat()
    assert entry["latest_known_at"].startswith("2024-03-01")


def test_the_newest_fact_of_a_source_is_shown_once_it_was_known(market: Market) -> None:
    until = date.today() + timedelta(days=30)
    market.load(contracts=[row(source="city")], options={"rules": rules(market, source(until))})
    manifest = Facts.open(market.facts).manifest
    zone = ZoneInfo("Asia/Shanghai")
    (before,), (after,) = (registered_at(manifest, datetime(2024, 3, day), zone) for day in (1, 2))
    assert "latest" not in before
    assert after["latest"] == "2024-03-01"
    assert after["authorisation"] == "contract 7"


def test_a_fleet_run_records_the_register(market: Market, tmp_path: Path) -> None:
    until = date.today() + timedelta(days=30)
    market.load(contracts=[row(source="city")], options={"rules": rules(market, source(until))})
    folder = write_fleet(Facts.open(market.facts), datetime(2024, 12, 1), tmp_path / "profiles")
    run = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["runs"][-1]
    assert [entry["name"] for entry in run["sources"]] == ["city"]


def test_a_source_past_its_authorised_period_is_refused(market: Market) -> None:
    past = rules(market, source(date.today() - timedelta(days=1)))
    with pytest.raises(InputError, match="'city' is authorised"):
        market.load(contracts=[row(source="city")], options={"rules": past})
    assert not (market.facts / "manifest.json").exists()
    market.load(contracts=[row(source="province")], options={"rules": past})
