"""When a fact happened, when it was known, and until when: as instants in UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.facts.store import instant
from features.facts.tables import TABLES
from features.importing.import_facts import import_facts
from features.intake.cells import value

pytestmark = pytest.mark.slow  # imports facts in every test

END_OF_MARCH_1 = datetime(2024, 3, 1, 15, 59, 59, 999999)  # in Shanghai


def signed(market, text):
    market.load(contracts=[market.row("contracts", signed_on=text)])
    return market.stored("contracts", "signed_on")[0]


def test_a_date_means_the_last_microsecond_of_that_day(market):
    assert signed(market, "2024-03-01") == END_OF_MARCH_1


@pytest.mark.parametrize("text", ["2024-03-01T00:00:00", "2024-03-01 00:00", "2024-03-01 00:00:00.0000000"])
def test_a_midnight_without_an_offset_stands_for_its_date(market, text):
    assert signed(market, text) == END_OF_MARCH_1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01T10:30:00", datetime(2024, 3, 1, 2, 30)),
        ("2024-03-01T10:30:00+01:00", datetime(2024, 3, 1, 9, 30)),
        ("2024-03-01T10:30:00Z", datetime(2024, 3, 1, 10, 30)),
        ("2024-03-01T00:00:00Z", datetime(2024, 3, 1)),
        ("2024-03-01T10:30:00.123456-0600", datetime(2024, 3, 1, 16, 30, 0, 123456)),
    ],
)
def test_a_time_is_an_instant_local_unless_it_has_an_offset(market, text, expected):
    assert signed(market, text) == expected


def test_a_cases_bare_date_is_the_start_of_its_day(market):
    spine = [{"case_id": "K", "supplier_id": "S1", "as_of": "2024-03-01"}]
    outcomes = [{**spine[0], "matured_on": "2024-03-01", "bad": "1"}]
    market.load(spine=spine, outcomes=outcomes)
    assert market.stored("spine", "as_of") == [datetime(2024, 2, 29, 16)]
    assert market.stored("outcomes", "as_of, matured_on") == [(datetime(2024, 2, 29, 16), END_OF_MARCH_1)]


@given(
    day=st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    tz=st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC", "Pacific/Apia"]),
)
def test_the_end_of_a_day_is_just_before_the_start_of_the_next(day, tz):
    column = TABLES["contracts"].column("signed_on")
    with duckdb.connect() as con:
        con.execute(f"SET TimeZone = '{tz}'")
        sql = value(column, "t", "VARCHAR", tz)
        end = con.execute(f"SELECT {sql} FROM (SELECT '{day}' AS t)").fetchall()[0][0]
    assert end + timedelta(microseconds=1) == instant(day + timedelta(days=1), tz)


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    tz=st.sampled_from(["Asia/Shanghai", "America/New_York"]),
)
def test_an_aware_time_is_read_as_python_reads_it(moment, tz):
    aware = moment.replace(tzinfo=ZoneInfo(tz))
    column = TABLES["contracts"].column("signed_on")
    with duckdb.connect() as con:
        con.execute(f"SET TimeZone = '{tz}'")
        sql = value(column, "t", "VARCHAR", tz)
        typed = con.execute(f"SELECT {sql} FROM (SELECT '{aware.isoformat()}' AS t)").fetchall()[0][0]
    assert typed == aware.astimezone(UTC).replace(tzinfo=None)


def test_without_known_at_a_row_is_known_on_its_event_date(market):
    market.load(
        tenders=[market.row("tenders", published_on="2024-03-01")],
        contracts=[market.row("contracts")],
        bids=[market.row("bids", occurred_at="2024-03-01T10:00:00")],
    )
    assert market.stored("tenders", "known_at") == [END_OF_MARCH_1]
    assert market.stored("contracts", "known_at") == [END_OF_MARCH_1]
    assert market.stored("bids", "known_at") == [datetime(2024, 3, 1, 2)]


def test_without_known_at_milestones_and_payments_are_known_when_their_contract_was_signed(market):
    later = market.row("contracts", known_at="2024-06-01", signed_on="2024-02-01")
    market.load(
        contracts=[market.row("contracts"), later],
        milestones=[market.row("milestones", met_on="2024-05-01")],
        payments=[market.row("payments"), market.row("payments", payment_id="P2", known_at="2024-05-01")],
    )
    assert market.stored("milestones", "known_at") == [END_OF_MARCH_1]
    assert sorted(market.stored("payments", "known_at")) == [END_OF_MARCH_1, datetime(2024, 5, 1, 15, 59, 59, 999999)]


def test_a_contract_corrected_later_does_not_move_its_milestones_clock(market):
    tables = {"contracts": [market.row("contracts")], "milestones": [market.row("milestones")]}
    market.load(**tables)
    market.load("more", contracts=[market.row("contracts", known_at="2024-09-01", signed_on="2024-01-01")])
    again = market.load(**tables)
    assert again.loaded == 0
    assert market.stored("milestones", "known_at") == [END_OF_MARCH_1]


def test_suppliers_and_buyers_are_always_known(market):
    market.load()
    assert set(market.stored("suppliers", "known_at") + market.stored("buyers", "known_at")) == {datetime(1, 1, 1)}


def test_a_row_is_known_until_the_next_of_its_key(market):
    rows = [market.row("contracts", known_at=f"2024-0{m}-01", amount=str(m)) for m in (5, 3, 4)]
    market.load(contracts=[*rows, market.row("contracts", contract_id="C2")])
    versions = market.stored("contracts", "contract_id, amount, known_until")
    assert sorted(versions, key=str) == sorted(
        [
            ("C1", 3, datetime(2024, 4, 1, 15, 59, 59, 999999)),
            ("C1", 4, datetime(2024, 5, 1, 15, 59, 59, 999999)),
            ("C1", 5, None),
            ("C2", 1000, None),
        ],
        key=str,
    )


def test_a_correction_in_a_later_import_closes_the_row_before_it(market):
    market.load(contracts=[market.row("contracts")], milestones=[market.row("milestones")])
    market.load("more", milestones=[market.row("milestones", met_on="2024-04-03", known_at="2024-04-05")])
    versions = market.stored("milestones", "met_on, known_until")
    assert sorted(versions, key=str) == [(None, versions[0][1]), (datetime(2024, 4, 3, 15, 59, 59, 999999), None)]
    assert versions[0][1] == datetime(2024, 4, 5, 15, 59, 59, 999999)


def test_a_parquet_date_a_time_and_a_zoned_time_are_read_as_text_is(market, tmp_path):
    source = market.write(contracts=[])
    (source / "contracts.csv").unlink()
    cells = ", ".join(f"'{text}' AS {name}" for name, text in market.row("contracts").items() if name != "signed_on")
    for kind, expected in {
        "DATE '2024-03-01'": END_OF_MARCH_1,
        "TIMESTAMP '2024-03-01 00:00:00'": END_OF_MARCH_1,
        "TIMESTAMP_NS '2024-03-01 10:00:00'": datetime(2024, 3, 1, 2),
        "TIMESTAMPTZ '2024-03-01 00:00:00+00'": datetime(2024, 3, 1),
    }.items():
        duckdb.execute(f"COPY (SELECT {cells}, {kind} AS signed_on) TO '{source / 'contracts.parquet'}'")
        market.facts = tmp_path / f"facts_{kind[:12].strip()}"
        import_facts(source, market.facts)
        assert market.stored("contracts", "signed_on") == [expected]
