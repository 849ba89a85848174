"""The import counts which dated columns each source ever fills."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from features.facts.store import Facts
from tests.features.importing.conftest import Market


def end_of(day: str) -> datetime:
    """The last microsecond of a day in Shanghai, as naive UTC."""
    local = datetime.fromisoformat(f"{day}T23:59:59.999999").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return local.astimezone(UTC).replace(tzinfo=None)


def two_sources(market: Market) -> None:
    """A province that reports ends, and a city that never does."""
    market.load(
        contracts=[
            market.row("contracts", source="city"),
            market.row("contracts", contract_id="C2", source="city"),
            market.row("contracts", contract_id="C3", source="province", ends_on="2024-08-01"),
            market.row(
                "contracts",
                contract_id="C4",
                source="province",
                ended_on="2024-07-09",
                end_state="completed",
                known_at="2024-03-02",
            ),
        ],
        milestones=[market.row("milestones")],
    )


def test_a_source_that_never_reports_an_end_is_recorded(market: Market) -> None:
    two_sources(market)
    manifest = json.loads((market.facts / "manifest.json").read_text(encoding="utf-8"))
    dated = manifest["tables"]["contracts"].get("dated")
    assert dated is not None, "nothing says which dated columns a source fills"
    assert dated["city"]["rows"] == 2
    assert dated["city"]["columns"]["ended_on"] == {"filled": 0, "since": None}
    assert dated["province"]["columns"]["ended_on"]["filled"] == 1
    assert manifest["tables"]["milestones"]["dated"][""]["columns"]["met_on"] == {"filled": 0, "since": None}


def test_a_column_counts_as_filled_once_its_date_has_passed(market: Market) -> None:
    two_sources(market)
    facts = Facts.open(market.facts)
    assert facts.filled_since("contracts", "ended_on") == {"city": None, "province": end_of("2024-07-09")}
    ends = facts.dated_columns("contracts")["province"]["ended_on"]
    assert not ends.filled_by(end_of("2024-07-09"))
    assert ends.filled_by(end_of("2024-07-10"))
    planned = facts.filled_since("contracts", "ends_on")["province"]
    assert planned == end_of("2024-03-01"), "a planned date is visible as soon as the row is known"
    assert facts.filled_since("disputes", "closed_on") == {}


def test_a_later_import_of_the_source_counts_too(market: Market) -> None:
    two_sources(market)
    ended = {"ended_on": "2024-09-09", "end_state": "completed", "known_at": "2024-10-01"}
    market.load("later", contracts=[market.row("contracts", source="city", **ended)])
    facts = Facts.open(market.facts)
    assert facts.filled_since("contracts", "ended_on")["city"] == end_of("2024-10-01")
    assert facts.filled_since("milestones", "met_on") == {"": None}, "a table that did not change keeps its counts"


def test_a_retraction_fills_nothing(market: Market) -> None:
    market.load(
        contracts=[market.row("contracts")],
        milestones=[
            market.row("milestones"),
            market.row("milestones", met_on="2024-05-01", known_at="2024-05-02", retracted="true"),
        ],
    )
    assert Facts.open(market.facts).filled_since("milestones", "met_on") == {"": None}


def test_the_summary_says_it(market: Market) -> None:
    two_sources(market)
    summary = market.load()
    said = summary.lines()
    unknown = "(unknown, never late or open)"
    assert f"never filled in contracts by source city: ended_on, ends_on, starts_on {unknown}" in said
    assert f"never filled in milestones by rows without a source: met_on, requested_on {unknown}" in said
