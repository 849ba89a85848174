#!/usr/bin/env bash
# chinesecalendar 1.11.0: the statutory holidays end with 2026; for a later day the library raises NotImplementedError.
# Code that falls back to Monday to Friday counts the Spring Festival of 2027 as working days.
# This project should give no count of working days beyond the last announced year.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check chinesecalendar==1.11.0
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import date

import chinese_calendar

print("2026-10-01 is a working day:", chinese_calendar.is_workday(date(2026, 10, 1)))
assert not chinese_calendar.is_workday(date(2026, 10, 1))
try:
    chinese_calendar.is_workday(date(2027, 2, 8))
except NotImplementedError as error:
    print("2027-02-08:", error)
else:
    raise SystemExit("2027 is known now")
PYTHON
