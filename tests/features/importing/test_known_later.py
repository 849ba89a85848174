"""Rows that nobody can know yet, dumps without clocks, and the default date of a fleet."""

from datetime import UTC, datetime

import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.fleet.write_fleet import default_as_of
from features.importing.import_facts import import_facts

pytestmark = pytest.mark.slow  # imports facts in every test

NOW = datetime(2024, 7, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
TODAY = {"options": {"now": NOW}}


def typo(market, **cells: str) -> dict[str, str]:
    return market.row("contracts", contract_id="C2", **cells)


def test_a_mistyped_year_does_not_move_the_fleet_into_the_future(market):
    summary = market.load(contracts=[market.row("contracts"), typo(market, signed_on="2207-03-05")])
    assert market.kinds(summary) == ["known_later"]
    assert market.stored("contracts", "contract_id") == ["C1"]
    facts = Facts.open(market.facts)
    assert default_as_of(facts) == facts.instant("2024-03-02")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"signed_on": "2024-07-03"}, "signed_on"),
        ({"signed_on": "2024-05-01", "known_at": "2042-05-01"}, "known_at"),
        ({"signed_on": "2024-05-01", "known_at": "2024-07-02T09:30:00+08:00"}, "known_at"),
    ],
    ids=["derived", "given", "later today"],
)
def test_what_was_known_after_the_import_is_quarantined_as_a_kind_of_its_own(market, cells, column):
    summary = market.load(contracts=[market.row("contracts"), typo(market, **cells)], **TODAY)
    assert [(r["kind"], r["column"], r["line"]) for r in market.quarantined_rows(summary)] == [
        ("known_later", column, 3)
    ]


def test_what_is_dated_today_is_known_today_and_planned_dates_are_free(market):
    planned = {"starts_on": "2024-08-01", "ends_on": "2031-01-01"}
    milestone = market.row("milestones", due_on="2031-01-01")
    summary = market.load(
        contracts=[market.row("contracts", signed_on="2024-07-02", **planned)], milestones=[milestone], **TODAY
    )
    assert summary.quarantined == 0


def test_an_event_to_come_may_be_known_before_it(market):
    row = market.row("contracts", signed_on="2024-09-01", known_at="2024-06-01")
    assert market.load(contracts=[row], **TODAY).quarantined == 0


@pytest.mark.parametrize("table", ["milestones", "rates", "suppliers"])
def test_every_table_has_the_rule(market, table):
    rows = {
        "milestones": market.row("milestones", known_at="2024-12-01"),
        "rates": {"currency": "USD", "on": "2024-12-01", "rate": "7"},
        "suppliers": {"supplier_id": "S3", "kind": "other", "known_at": "2024-12-01"},
    }
    tables = {"contracts": [market.row("contracts")]} | {table: [rows[table]]}
    if table == "suppliers":
        tables = {"suppliers": [rows[table], {"supplier_id": "S1", "kind": "other"}], "contracts": tables["contracts"]}
    assert market.kinds(market.load(**tables, **TODAY)) == ["known_later"]


def test_a_fleet_is_never_dated_beyond_today(market):
    market.load(contracts=[market.row("contracts", known_at="2024-07-02")], **TODAY)
    facts = Facts.open(market.facts)
    assert default_as_of(facts, NOW) == facts.instant("2024-07-02")
    assert default_as_of(facts, datetime(2024, 12, 1, tzinfo=UTC)) == facts.instant("2024-07-03")


# ---- dumps


def dump(market, day: str, contracts: list[dict[str, str]], **more):
    return market.load(f"dump-{day}", contracts=contracts, options={"known_at": day, "now": NOW}, **more)


def test_a_row_that_changed_in_a_dump_becomes_a_correction_known_on_its_day(market):
    first = [market.row("contracts"), market.row("contracts", contract_id="C2")]
    dump(market, "2024-05-01", first)
    summary = dump(market, "2024-06-01", [first[0], {**first[1], "amount": "1700.00"}])
    assert (summary.loaded, summary.duplicates, summary.quarantined) == (1, 4, 0)
    rows = market.stored("contracts", "contract_id, amount, known_at, known_until")
    corrected = [row for row in rows if row[0] == "C2"]
    day = datetime(2024, 6, 1, 15, 59, 59, 999999)
    assert [(row[1], row[2], row[3]) for row in corrected] == [
        (1000, datetime(2024, 3, 1, 15, 59, 59, 999999), day),
        (1700, day, None),
    ]


def test_a_dump_that_was_imported_already_costs_nothing(market):
    first = [market.row("contracts")]
    dump(market, "2024-05-01", first)
    changed = dump(market, "2024-06-01", [{**first[0], "amount": "5.00"}])
    again = dump(market, "2024-06-01", [{**first[0], "amount": "5.00"}])
    later = dump(market, "2024-06-20", [{**first[0], "amount": "5.00"}])
    assert (again.loaded, again.changed, later.loaded, later.digest) == (0, False, 0, changed.digest)


def test_a_value_that_changes_back_is_a_correction_again(market):
    rows = [market.row("contracts")]
    other = [{**rows[0], "amount": "5.00"}]
    for day, content in (("2024-05-01", rows), ("2024-06-01", other), ("2024-07-01", rows)):
        dump(market, day, content)
    assert market.stored("contracts", "amount") == [1000, 5, 1000]


def test_a_new_row_of_a_later_dump_is_known_on_its_day_and_rows_with_clocks_keep_theirs(market):
    dump(market, "2024-05-01", [market.row("contracts")], milestones=[market.row("milestones")])
    late = market.row("contracts", contract_id="C2", signed_on="2024-01-01", known_at="")
    dated = market.row("contracts", contract_id="C3", signed_on="2024-01-01", known_at="2024-02-01")
    step = market.row("milestones", milestone_id="M2", contract_id="C2")
    dump(market, "2024-06-01", [market.row("contracts", known_at=""), late, dated], milestones=[step])
    known = dict(market.stored("contracts", "contract_id, known_at"))
    assert {name: moment.date().isoformat() for name, moment in known.items()} == {
        "C1": "2024-03-01",
        "C2": "2024-06-01",
        "C3": "2024-02-01",
    }
    assert dict(market.stored("milestones", "milestone_id, known_at"))["M2"] == known["C2"]


def test_without_the_option_changed_content_is_a_conflict_that_names_it(market):
    market.load(contracts=[market.row("contracts")])
    summary = market.load("more", contracts=[market.row("contracts", amount="5.00")])
    assert "--known-at" in market.quarantined_rows(summary)[0]["reason"]


def test_a_dump_of_the_future_is_refused(market):
    with pytest.raises(InputError, match="cannot be known yet"):
        import_facts(market.write(), market.facts, known_at="2024-08-01", now=NOW)
