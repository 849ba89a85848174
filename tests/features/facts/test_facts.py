from datetime import UTC, date, datetime

import pytest

from features.errors import InputError
from features.facts.store import Facts, instant

SHANGHAI = "Asia/Shanghai"


def test_a_bare_date_is_midnight_in_the_facts_time_zone():
    assert datetime(2025, 6, 30, 16) == instant("2025-07-01", SHANGHAI)
    assert datetime(2025, 6, 30, 16) == instant(date(2025, 7, 1), SHANGHAI)


def test_text_without_an_offset_is_local_time():
    assert datetime(2025, 7, 1, 4) == instant("2025-07-01T12:00:00", SHANGHAI)


def test_an_offset_is_obeyed():
    assert datetime(2025, 7, 1, 12) == instant("2025-07-01T12:00:00Z", SHANGHAI)
    assert datetime(2025, 7, 1, 12) == instant(datetime(2025, 7, 1, 12, tzinfo=UTC), SHANGHAI)


def test_a_naive_datetime_is_already_utc():
    assert datetime(2025, 7, 1, 12) == instant(datetime(2025, 7, 1, 12), SHANGHAI)


@pytest.mark.parametrize("text", ["", "soon", "2025-13-01", "20250701T", "2025-07-01T25:00"])
def test_what_is_no_date_is_refused_by_name(text):
    with pytest.raises(InputError, match="no date"):
        instant(text, SHANGHAI)


def test_the_edge_of_the_calendar_is_refused():
    with pytest.raises(InputError, match="calendar"):
        instant("0001-01-01", SHANGHAI)


def test_a_folder_without_an_import_is_refused(tmp_path):
    with pytest.raises(InputError, match="import"):
        Facts.open(tmp_path)


def test_a_manifest_of_something_else_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"synthetic": true}')
    with pytest.raises(InputError, match="not the manifest"):
        Facts.open(tmp_path)
