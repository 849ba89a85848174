"""Odd samples: cases that were over before they began, cases without a tenant, of one date, and with weights."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.importing.import_facts import import_facts
from tests.training.fewer_columns import left_out
from training.cases import outcomes
from training.learning.training_data import Choices, gather
from training.learning.tuning import Budget
from training.train import train

SUPPLIERS = 130
QUICK = {"unit": "supplier", "budget": Budget(trials=1), "choices": Choices(without=left_out())}


def case(number, bad, as_of, matured_on, **more):
    given = {"case_id": f"c{number:04}", "supplier_id": f"s{number % 90}", "bad": bad}
    return {**given, "as_of": as_of, "matured_on": matured_on, **more}


# Over before they began


def test_a_case_that_was_over_before_it_began_is_counted_and_not_learned_from(facts_of):
    rows = [case(n, int(n % 5 == 0), "2024-02-01", "2024-08-01") for n in range(300)]
    facts = facts_of(outcomes=[*rows, case(999, 1, "2024-02-01", "2024-01-12")])
    table = outcomes.cases(facts, "given")
    assert outcomes.counts(table).get("known_before_as_of") == 1
    assert "c0999" not in outcomes.usable(table)["case_id"].to_pylist()


def test_many_of_them_are_refused_with_their_number_and_the_first(facts_of):
    rows = [case(n, int(n % 5 == 0), "2024-02-01", "2024-08-01") for n in range(300)]
    rows += [case(900 + n, 1, "2024-02-01", "2024-01-12") for n in range(8)]
    with pytest.raises(InputError) as refused:
        outcomes.refuse_many_over(outcomes.cases(facts_of(outcomes=rows), "given"))
    assert "8 of 308 cases" in refused.value.what
    assert "'c0900', 'c0901'" in refused.value.where


# A small market with labels that a bank gave


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Import a market with outcomes as rows of `case_id`, `as_of`, `matured_on`, `bad` and `weight`."""
    from sandbox.make import make_sandbox

    folder = tmp_path_factory.mktemp("bank")
    make_sandbox(folder / "market", "plain", SUPPLIERS, 19)
    facts = folder / "market" / "facts"
    suppliers = sorted(set(pq.read_table(facts / "suppliers.parquet")["supplier_id"].to_pylist()))

    def write(name, rows_of):
        rows = [row for place, supplier in enumerate(suppliers) for row in rows_of(place, supplier)]
        pq.write_table(pa.Table.from_pylist(rows), facts / "outcomes.parquet")
        import_facts(facts, folder / name)
        return Facts.open(folder / name)

    return write


def rows_of_one_date(place, supplier):
    bad = int(np.random.default_rng(place).random() < 0.3)
    yield {
        "case_id": f"one-{place}",
        "supplier_id": supplier,
        "as_of": "2025-03-03",
        "matured_on": "2025-11-20",
        "bad": bad,
    }


def weighted_rows(place, supplier):
    """Every bad was sent, and one good in eight."""
    rng = np.random.default_rng(1000 + place)
    for year in (2023, 2024, 2025):
        bad = int(rng.random() < 0.4)
        yield {
            "case_id": f"{year}-{place}",
            "supplier_id": supplier,
            "as_of": f"{year}-02-0{1 + place % 9}",
            "matured_on": f"{year}-10-10",
            "bad": bad,
            "weight": 1.0 if bad else 8.0,
        }


@pytest.mark.slow
def test_cases_without_a_tenant_are_said_with_their_number_and_the_remedy(bank):
    messages = []
    facts = bank("untenanted", weighted_rows)
    gather(facts, "given", unit="supplier", spine=None, out_of_time_from="2025-01-01", progress=messages.append)
    said = [m for m in messages if "tenant_id" in m]
    assert said, "loan columns were lost without a word"
    assert f"{3 * SUPPLIERS} of {3 * SUPPLIERS} cases" in said[0]
    assert "Give the cases a tenant_id" in said[0]


@pytest.mark.slow
def test_cases_of_one_date_are_judged_by_grouped_cross_validation_and_not_promoted(
    bank, tracked, monkeypatch, tmp_path
):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tracked(tmp_path / "home")))
    try:
        result = train(bank("one-date", rows_of_one_date), "given", **QUICK)
    except InputError as error:
        pytest.fail(f"cases of one date are refused: {error}")
    assert result.spec.data["test"] == "grouped cross-validation"
    assert "out_of_time" in result.failed_gates
    assert "grouped cross-validation" in result.validation["cannot_conclude"][0]["en"]
    assert result.validation["figures"]["model"]["n"] == SUPPLIERS
    assert result.validation["out_of_fold"] == result.validation["figures"]["model"]


@pytest.mark.slow
def test_weights_go_through_level_and_figures(bank, tracked, monkeypatch, tmp_path):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tracked(tmp_path / "home")))
    facts = bank("weighted", weighted_rows)
    result = train(facts, "given", out_of_time_from="2025-01-01", **QUICK)
    cases = outcomes.usable(outcomes.cases(facts, "given"))
    bad, weight = (np.asarray(cases[name].to_numpy(), dtype=float) for name in ("bad", "weight"))
    rate = np.average(bad, weights=weight)
    assert rate < 0.4 * bad.mean()
    figures = result.validation["figures"]
    assert figures["model"]["bad_rate"] == pytest.approx(rate, rel=0.35)
    assert figures["constant"]["mean_pd"] == pytest.approx(rate, rel=0.35)
    assert figures["model"]["mean_pd"] == pytest.approx(rate, rel=0.35)
    assert result.validation["calibration"]["portfolio"]["observed"] == pytest.approx(rate, rel=0.35)
