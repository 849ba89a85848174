from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from serving.clock import read_instant, valid_until, write_instant

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_bare_date_is_its_first_instant_in_the_deployments_zone():
    assert read_instant("2026-11-21", SHANGHAI) == datetime(2026, 11, 20, 16, tzinfo=UTC)


def test_an_offset_is_kept_whatever_the_zone():
    assert read_instant("2026-11-21T09:00:00-05:00", SHANGHAI) == datetime(2026, 11, 21, 14, tzinfo=UTC)


NOWHERE = ["2026-02-30", "2026-13-01", "0000-01-01", "0001-01-01T00:00:00+14:00", "2026-01-01T25:00:00Z"]


@pytest.mark.parametrize("text", NOWHERE)
def test_what_is_not_in_the_calendar_is_no_instant(text):
    assert read_instant(text, SHANGHAI) is None


def test_times_on_the_wire_carry_their_offset():
    assert write_instant(datetime(2026, 11, 20, 16, tzinfo=UTC), SHANGHAI) == "2026-11-21T00:00:00+08:00"


def test_a_score_is_valid_for_thirty_days_from_its_local_day():
    assert valid_until(datetime(2026, 11, 20, 17, tzinfo=UTC), SHANGHAI) == "2026-12-21"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Asuncion", "Africa/Monrovia", "Asia/Kathmandu"])
@pytest.mark.parametrize("text", ["0001-01-02", "0001-01-01T00:00:00Z", "1900-01-01", "1941-06-01", "1971-12-31"])
def test_an_instant_before_time_zones_is_written_so_that_it_can_be_read_back(zone, text):
    moment = read_instant(text, ZoneInfo(zone))
    assert moment is not None
    assert read_instant(write_instant(moment, ZoneInfo(zone)), SHANGHAI) == moment
