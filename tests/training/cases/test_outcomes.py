"""Outcomes as a whole: declarations, counts, given labels, spines."""

from datetime import datetime

import pyarrow as pa
import pytest

from features.errors import InputError
from training.cases import outcomes


def given(case, bad, *, matured="2024-06-01", **more):
    return {
        "case_id": case,
        "supplier_id": f"s-{case}",
        "as_of": "2024-01-01",
        "matured_on": matured,
        "bad": bad,
        **more,
    }


@pytest.fixture
def facts(facts_of):
    rows = [given("a", 1), given("b", 0, weight=2.0), given("c", 0), given("d", 1, matured="2024-12-01")]
    return facts_of(outcomes=[*rows, given("c", 0, known_at="2024-07-01", retracted=True)])


def test_every_declared_outcome_is_read():
    for name in ("loan_default", "contract_failure", "late_delivery", "given"):
        assert outcomes.outcome(name).id == f"{name}/v{1 if name == 'given' else 2}"


def test_the_horizon_says_how_long_a_case_is_watched():
    horizons = {name: outcomes.outcome(name).horizon for name in ("loan_default", "contract_failure", "late_delivery")}
    assert list(horizons.values()) == ["loan end + 120 days", "contract end + 91 days", "contract end + 1 day"]


def test_an_outcome_that_is_not_declared_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="loan_default"):
        outcomes.outcome("loan_defualt")


def test_an_unknown_key_in_a_declaration_is_refused(tmp_path):
    file = tmp_path / "outcomes.toml"
    file.write_text('[x]\nversion = 1\nkind = "loan"\ndpd_days = 3\n')
    with pytest.raises(InputError, match="dpd_days"):
        outcomes.outcome("x", file)


@pytest.mark.parametrize(
    ("name", "changes", "outcome_id"),
    [
        ("loan_default", {"dpd": "60"}, "loan_default/v2?dpd=60"),
        ("loan_default", {"tail_days": "180", "dpd": " 60 "}, "loan_default/v2?dpd=60&tail_days=180"),
        ("loan_default", {"cap_months": "24"}, "loan_default/v2?cap_months=24"),
        ("contract_failure", {"late_days_min": "31"}, "contract_failure/v2?late_days_min=31"),
        ("late_delivery", {"convenience": "At Will; Moved"}, "late_delivery/v2?convenience=at will;moved"),
        ("given", {"lag_days": "30"}, "given/v1?lag_days=30"),
    ],
)
def test_a_changed_parameter_stands_in_the_outcomes_id(name, changes, outcome_id):
    assert outcomes.outcome(name, changes=changes).id == outcome_id


def test_a_parameter_that_is_as_declared_changes_nothing():
    assert outcomes.outcome("loan_default", changes={"dpd": "90"}) == outcomes.outcome("loan_default")


def test_the_declaration_says_every_parameter_of_the_kind_and_no_other():
    assert outcomes.outcome("loan_default", changes={"dpd": "60"}).declaration == {
        "id": "loan_default/v2?dpd=60",
        "name": "loan_default",
        "version": 2,
        "kind": "loan",
        "dpd": 60,
        "tail_days": 120,
        "cap_months": None,
        "lag_days": 0,
    }
    assert set(outcomes.outcome("given").declaration) == {"id", "name", "version", "kind", "lag_days"}
    assert isinstance(outcomes.outcome("late_delivery").declaration["convenience"], list)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dpd": "ninety"}, "dpd 'ninety' is not a whole number"),
        ({"dpd": "60.5"}, "not a whole number"),
        ({"dpd": "\u0663"}, "not a whole number"),
        ({"dpd": "0"}, "outside 1 to 3650"),
        ({"tail_days": "-1"}, "outside 0 to 3650"),
        ({"late_days_min": "3"}, "dpd, tail_days, cap_months, lag_days"),
        ({"version": "2"}, "no parameter 'version'"),
        ({"dpd": "150"}, "Raise tail_days"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_with_its_bounds(changes, message):
    with pytest.raises(InputError, match=message):
        outcomes.outcome("loan_default", changes=changes)


@pytest.mark.parametrize("line", ["dpd = 0", 'dpd = "many"', "dpd = true", "lag_days = 4000"])
def test_a_declaration_beyond_the_bounds_is_refused_too(tmp_path, line):
    file = tmp_path / "outcomes.toml"
    file.write_text(f'[x]\nversion = 1\nkind = "loan"\n{line}\n')
    with pytest.raises(InputError, match=r"outside|whole number"):
        outcomes.outcome("x", file)


def test_a_declaration_without_a_version_is_refused(tmp_path):
    file = tmp_path / "outcomes.toml"
    file.write_text('[x]\nkind = "loan"\n')
    with pytest.raises(InputError, match="version"):
        outcomes.outcome("x", file)


def test_a_changed_parameter_changes_what_becomes_of_a_case(facts):
    """One label matured on the last day of the data; with a lag of a month it is not mature."""
    states = outcomes.counts(outcomes.cases(facts, outcomes.outcome("given", changes={"lag_days": "30"})))
    assert states == {"good": 1, "bad": 1, "not_matured": 1, "excluded": 0}


def test_the_table_an_outcome_needs_is_named_where_it_is_missing(facts):
    with pytest.raises(InputError, match="financings"):
        outcomes.cases(facts, "loan_default")


def test_given_outcomes_are_taken_as_they_stand(facts):
    cases = {c["case_id"]: c for c in outcomes.cases(facts, "given").to_pylist()}
    assert {k: c["state"] for k, c in cases.items()} == {"a": "bad", "b": "good", "d": "bad"}  # c was retracted
    assert cases["b"]["weight"] == 2.0
    assert cases["a"]["as_of"] == datetime(2023, 12, 31, 16)
    assert cases["a"]["known_on"] == datetime(2024, 6, 1, 15, 59, 59, 999999)


def test_every_case_is_counted_in_exactly_one_state(facts):
    table = outcomes.cases(facts, "given")
    counted = outcomes.counts(table)
    assert counted == {"good": 1, "bad": 2, "not_matured": 0, "excluded": 0}
    assert sum(counted.values()) == table.num_rows
    assert outcomes.usable(table).num_rows == 3


def test_a_spine_chooses_cases_and_may_give_their_terms(facts):
    spine = pa.table(
        {"case_id": ["b", "zzz"], "supplier_id": ["s-b", "s-z"], "as_of": [datetime(2024, 1, 2)] * 2, "days": [30, 40]}
    )
    cases = outcomes.of_spine(outcomes.cases(facts, "given"), spine).to_pylist()
    assert [(c["case_id"], c["days"], c["as_of"], c["bad"]) for c in cases] == [("b", 30, datetime(2024, 1, 2), 0)]


def test_a_spine_without_any_known_case_is_refused(facts):
    spine = pa.table({"case_id": ["zzz"], "supplier_id": ["s-z"], "as_of": [datetime(2024, 1, 2)]})
    with pytest.raises(InputError, match="'a'"):
        outcomes.of_spine(outcomes.cases(facts, "given"), spine)


def test_a_case_that_the_spine_dates_after_its_outcome_is_a_class_of_its_own(facts):
    spine = pa.table({"case_id": ["b"], "supplier_id": ["s-b"], "as_of": [datetime(2029, 1, 2)]})
    table = outcomes.of_spine(outcomes.cases(facts, "given"), spine)
    assert outcomes.usable(table).num_rows == 0
    assert outcomes.counts(table)["known_before_as_of"] == 1
