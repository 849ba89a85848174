"""Evidence: invalid arrays are refused; rows() selects the same cases from every array."""

import numpy as np
import pytest

from training.validation.measures.evidence import Evidence
from training.validation.measures.periods import by_period, period_name, periods


@pytest.fixture
def arrays():
    return {
        "bad": np.array([0.0, 1.0]),
        "pd": np.array([0.1, 0.2]),
        "margin": np.array([-2.2, -1.4]),
        "points": np.array([600.0, 580.0]),
        "supplier": np.array(["a", "b"], dtype=object),
        "as_of": np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[us]"),
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("bad", np.array([0.0, 0.5]), "0 and 1"),
        ("bad", np.array([0.0, np.nan]), "0 and 1"),
        ("pd", np.array([0.1, 1.2]), "between 0 and 1"),
        ("pd", np.array([0.1, np.nan]), "between 0 and 1"),
        ("pd", np.array([0.1]), "2 cases"),
        ("margin", np.array([0.0, np.inf]), "finite"),
        ("points", np.array([600.0, np.nan]), "finite"),
        ("as_of", np.array(["2024-01-01", "NaT"], dtype="datetime64[us]"), "as_of"),
        ("exposure", np.array([1.0, 0.0]), "positive"),
        ("exposure", np.array([1.0, np.inf]), "positive"),
        ("segments", {"region": np.array(["x"], dtype=object)}, "'region'"),
    ],
)
def test_what_is_no_evidence_is_refused_by_name(arrays, name, value, message):
    with pytest.raises(ValueError, match=message):
        Evidence(**{**arrays, name: value})


def test_rows_take_the_same_cases_of_every_array(arrays):
    region = np.array(["x", None], dtype=object)
    whole = Evidence(**arrays, segments={"region": region}, exposure=np.array([5.0, np.nan]))
    part = whole.rows(np.array([True, False]))
    assert (part.n, part.bads, part.points[0], part.segments["region"][0], part.exposure[0]) == (1, 0, 600.0, "x", 5.0)
    assert whole.rows(np.array([False, False])).n == 0


def test_periods_are_calendar_quarters_and_half_years_before_1970_too():
    as_of = np.array(["2024-03-31T23:59", "2024-04-01", "1969-12-31"], dtype="datetime64[us]")
    assert [period_name(int(p)) for p in periods(as_of)] == ["2024Q1", "2024Q2", "1969Q4"]
    assert [period_name(int(p), 6) for p in periods(as_of, 6)] == ["2024H1", "2024H1", "1969H2"]
    assert [period_name(int(p), 12) for p in periods(as_of, 12)] == ["2024", "2024", "1969"]


def test_every_case_lies_in_one_period_and_periods_come_in_the_order_of_time():
    as_of = np.array(["2024-08-01", "2023-01-01", "2024-07-01"], dtype="datetime64[us]")
    quarters = list(by_period(as_of))
    assert [name for name, _ in quarters] == ["2023Q1", "2024Q3"]
    assert sum(rows.sum() for _, rows in quarters) == 3
