"""Working days as China announces them, counted over local days."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from features.facts.workdays import Calendar, chinas, workday_table


def numbers(tz):
    table = workday_table(tz)
    return dict(zip(table["starts_at"].to_pylist(), table["number"].to_pylist(), strict=True))


def number(day, tz="Asia/Shanghai"):
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(tz))
    return numbers(tz)[midnight.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)]


def between(since, until):
    return number(until) - number(since)


def test_from_friday_to_monday_is_one_working_day():
    assert between(date(2025, 6, 6), date(2025, 6, 9)) == 1
    assert between(date(2025, 6, 6), date(2025, 6, 8)) == 0


def test_the_new_year_holiday_does_not_count_and_the_sunday_worked_for_it_does():
    assert between(date(2025, 1, 25), date(2025, 1, 26)) == 1
    assert between(date(2025, 1, 27), date(2025, 2, 4)) == 0
    assert between(date(2025, 1, 27), date(2025, 2, 5)) == 1


@pytest.mark.parametrize("year", [1995, 2003, 2027, 2060])
def test_in_years_without_an_announcement_nothing_is_known(year):
    days = [date(year, 1, 1) + timedelta(days=i) for i in range(365)]
    assert {chinas().worked(day) for day in days} == {None}


def test_the_last_announced_year_still_knows_its_holidays():
    assert not chinas().worked(date(2026, 10, 1))
    assert chinas().worked(date(2026, 10, 10))


def test_every_announced_day_has_one_row_and_nothing_is_counted_after_them():
    table = workday_table("Asia/Shanghai")
    years = range(chinas().first_year, chinas().last_year + 1)
    assert table.num_rows == sum(366 if year % 4 == 0 else 365 for year in years) + 1
    assert table["number"].to_pylist()[-1] is None
    steps = [b - a for a, b in zip(table["number"].to_pylist()[:-2], table["number"].to_pylist()[1:-1], strict=True)]
    assert set(steps) == {0, 1}


def test_a_calendar_counts_the_last_unbroken_run_of_announced_years():
    days = {date(year, 5, 17): False for year in (2019, 2021, 2022)}
    calendar = Calendar.of(days | {date(2022, 5, 21): True})
    assert (calendar.first_year, calendar.last_year) == (2021, 2022)
    assert [calendar.worked(date(2022, 5, day)) for day in (16, 17, 21, 22)] == [True, False, True, False]
    assert calendar.worked(date(2019, 5, 17)) is None


def test_an_announced_day_changes_the_version_of_a_calendar():
    one = Calendar.of({date(2022, 5, 17): False})
    assert one.version == Calendar.of({date(2022, 5, 17): False}).version
    assert one.version != Calendar.of({date(2022, 5, 17): True}).version


def test_a_day_begins_at_local_midnight_also_where_clocks_change():
    starts = workday_table("Europe/Berlin")["starts_at"].to_pylist()
    assert datetime(2025, 1, 14, 23) in starts
    assert datetime(2025, 7, 14, 22) in starts
