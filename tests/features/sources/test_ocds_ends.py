"""How OCDS contracts and milestones ended."""

from datetime import datetime

import pytest

from tests.features.sources.release import changed, package

pytestmark = pytest.mark.slow  # imports facts in every test


@pytest.mark.parametrize(
    ("date", "status", "milestones", "expected"),
    [
        ("2021-01-05T12:00:00Z", "terminated", "scheduled", ("completed", datetime(2020, 12, 31, 23, 59, 59, 999999))),
        ("2020-06-01T12:00:00Z", "terminated", "scheduled", ("terminated_early", datetime(2020, 6, 1, 12))),
        ("2020-06-01T12:00:00Z", "terminated", "met", ("completed", datetime(2020, 6, 1, 12))),
        ("2020-01-01T12:00:00Z", "terminated", "scheduled", (None, None)),
        ("2020-06-01T12:00:00Z", "cancelled", "scheduled", ("cancelled", datetime(2020, 6, 1, 12))),
        ("2020-06-01T12:00:00Z", "active", "scheduled", (None, None)),
    ],
)
def test_how_a_contract_ended_is_derived_once(load, rows_of, date, status, milestones, expected):
    release = changed("contracts/0/status", status, changed("date", date))
    release["contracts"][0]["implementation"]["milestones"][0] |= {
        "status": milestones,
        "dateMet": "2020-04-30T09:00:00Z",
    }
    _, facts = load(package(release))
    (row,) = rows_of(facts, "contracts")
    assert (row["end_state"], row["ended_on"]) == expected


@pytest.mark.parametrize(
    ("milestone", "expected"),
    [
        ({"status": "met", "dateMet": "2020-04-30T09:00:00Z"}, [(datetime(2020, 4, 30, 9), "passed")]),
        ({"status": "met", "dateModified": "2020-04-30T09:00:00Z"}, [(datetime(2020, 4, 30, 9), "passed")]),
        ({"status": "met", "dueDate": "2020-09-01T00:00:00Z"}, [(datetime(2020, 6, 1, 12), "passed")]),
        ({"status": "met"}, []),
        ({"status": "partiallyMet"}, [(None, None)]),
        ({"status": "notMet"}, [(None, None)]),
        ({"type": "reporting"}, []),
    ],
)
def test_when_a_milestone_was_met(load, rows_of, milestone, expected):
    release = changed("contracts/0/implementation/milestones/0/status", "scheduled")
    release["contracts"][0]["implementation"]["milestones"].append({"id": "k2", "dueDate": "2020-05-01", **milestone})
    _, facts = load(package(release))
    rows = rows_of(facts, "milestones", "milestone_id = 'ocds-1/c1/k2'")
    assert [(r["met_on"], r["result"]) for r in rows] == expected
