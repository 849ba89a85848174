"""Training from end to end on a small sandbox market."""

import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.facts.store import Facts
from models.scorecard.scorecard import Scorecard
from tests.training.fewer_columns import left_out
from training.cases import outcomes

pytestmark = pytest.mark.slow

SUPPLIERS, SEED = 700, 5

PROGRAM = """
import sys
from pathlib import Path
from tests.training.fewer_columns import left_out
from training.learning.training_data import Choices
from training.train import train
choices = Choices(without=left_out())
train(Path(sys.argv[1]), "loan_default", unit="request", out=Path(sys.argv[2]), choices=choices)
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Imported facts of a small synthetic market."""
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox

    folder = tmp_path_factory.mktemp("market")
    make_sandbox(folder, "plain", SUPPLIERS, SEED)
    import_facts(folder / "facts", folder / "imported")
    return folder / "imported"


@pytest.fixture(scope="module")
def trained(market, tmp_path_factory, tracked):
    """A request scorecard trained on the market, with its home."""
    from training.learning.training_data import Choices
    from training.train import train

    home = tracked(tmp_path_factory.mktemp("home"))
    before = os.environ.get("SUPPLIER_CREDIT_HOME")
    os.environ["SUPPLIER_CREDIT_HOME"] = str(home)
    try:
        messages = []
        choices = Choices(without=left_out())
        result = train(market, "loan_default", unit="request", choices=choices, progress=messages.append)
    finally:
        os.environ.pop("SUPPLIER_CREDIT_HOME")
        if before is not None:
            os.environ["SUPPLIER_CREDIT_HOME"] = before
    assert messages
    return result, home


def test_the_outcomes_read_from_the_facts_are_those_that_the_sandbox_drew(market):
    """The sandbox labels each loan when it makes it; training sees reports, payments and corrections alone."""
    drawn = pq.read_table(market.parent / "truth" / "financings.parquet").to_pylist()
    truth = {loan["financing_id"]: loan for loan in drawn}
    cases = outcomes.cases(Facts.open(market), "loan_default").to_pylist()
    assert {c["case_id"] for c in cases} == set(truth)
    for case in cases:
        loan = truth[case["case_id"]]
        if case["bad"] is not None:
            assert (case["bad"], True) == (loan["bad"], loan["reported"]), case["case_id"]
        assert (case["state"] == "indeterminate_unreported") <= (not loan["reported"])
        assert float(case["amount"]) == pytest.approx(loan["amount"])
        assert case["days"] == loan["days"]


def test_the_candidate_opens_and_says_what_it_is(trained):
    result, home = trained
    scorecard = Scorecard.open(result.folder)
    spec = scorecard.spec
    assert scorecard.digest == result.digest
    assert (spec.name, spec.unit, spec.purposes) == ("contract-loan", "request", ("contract_loan",))
    assert (spec.outcome, spec.horizon, spec.basis) == ("loan_default/v2", "loan end + 120 days", "synthetic")
    assert result.folder.parent == home / "runs"
    assert result.failed_gates == scorecard.failed_gates
    assert {"slope", "auc", "brier", "reasons", "contributions"} <= set(result.gates)


def test_the_scorecard_says_how_it_was_learned(trained):
    result, _ = trained
    assert result.spec.data["method"] == result.validation["proposal"]["written"]
    assert result.spec.data["tuning"] == {"trials": 2, "stopped_by_the_clock": False}
    assert any(c.family == "R" for c in result.spec.columns)


def test_no_column_of_the_scorecard_is_the_same_for_everybody(trained):
    for column in trained[0].spec.columns:
        assert column.low is not None, column.name


def test_every_case_is_counted_and_the_split_keeps_its_promise(trained):
    result, _ = trained
    counts = result.counts
    validation = result.validation
    learned, tested = validation["out_of_fold"]["n"], validation["figures"]["model"]["n"]
    assert counts["good"] + counts["bad"] == learned + tested + counts["not_known_before_split"]
    assert tested == result.test.num_rows
    assert tested == pytest.approx(0.25 * (counts["good"] + counts["bad"]), rel=0.05)


def test_the_constant_says_the_bad_rate_of_training(trained):
    validation = trained[0].validation
    assert validation["figures"]["constant"]["mean_pd"] == pytest.approx(
        validation["out_of_fold"]["bad_rate"], rel=1e-9
    )


def test_the_figures_are_those_of_the_folders_own_probabilities(trained, market):
    result, _ = trained
    truth = truth_benchmark().measure(result.folder, market, market.parent / "truth")
    assert truth.n == result.figures["model"]["n"]
    assert truth.mean_pd == pytest.approx(result.figures["model"]["mean_pd"], rel=1e-9)
    assert truth.auc > 0.6
    assert truth.auc_best > truth.auc


def test_the_card_tells_sample_figures_gates_and_limits(trained):
    card = (trained[0].folder / "card.md").read_text()
    for heading in ("Intended uses", "Forbidden uses", "The outcome", "Data windows", "Population", "Figures"):
        assert f"## {heading}" in card
    for heading in ("Calibration", "Drift", "Record groups", "Gates", "Leaks", "Limits", "Columns"):
        assert f"## {heading}" in card
    assert "**synthetic**" in card
    assert "模型卡" in card
    assert "suppliers not used for training" in card


def test_no_digested_file_names_a_supplier_a_buyer_or_a_run(trained):
    result, _ = trained
    ids = {c.as_py() for c in result.test["supplier_id"]} | {c.as_py() for c in result.test["case_id"]}
    run = json.loads((result.folder / "provenance.json").read_text())["run_id"]
    for name in ("scorecard.json", "golden.jsonl", "validation.json", "card.md"):
        text = (result.folder / name).read_text()
        assert run not in text
        assert not [i for i in ids if i in text]
        assert "SYN-" not in text


def test_the_run_is_in_mlflow_with_its_files(trained):
    result, home = trained
    run = json.loads((result.folder / "provenance.json").read_text())["run_id"]
    with sqlite3.connect(home / "mlflow.db") as database:
        assert database.execute("select status from runs where run_uuid = ?", [run]).fetchone() == ("FINISHED",)
        logged = dict(database.execute("select key, value from metrics where run_uuid = ?", [run]).fetchall())
        params = dict(database.execute("select key, value from params where run_uuid = ?", [run]).fetchall())
    assert logged["model_auc"] == pytest.approx(result.figures["model"]["auc"])
    chosen = (params["outcome"], params["outcome_dpd"], params["method"], params["lgd"], params["economics"])
    assert chosen == ("loan_default/v2", "90", result.validation["proposal"]["written"], "0.45", "assumed")
    copied = home / "mlflow-artifacts" / run / "artifacts" / "scorecard"
    assert (copied / "booster.txt").read_bytes() == (result.folder / "booster.txt").read_bytes()


def test_one_thread_or_two_and_rows_in_any_order_give_the_same_bytes(trained, market, tmp_path, tracked):
    """A process of its own has two threads and another order of the rows on import.

    A stored file whose rows are in another order is refused by its digest (tests/features/facts).
    """
    again = imported_shuffled(market.parent / "facts", tmp_path / "again")
    tracked(tmp_path)
    two = trained_apart(again, tmp_path / "two", threads="2", home=tmp_path)
    for name in ("booster.txt", "golden.jsonl", "validation.json", "card.md", "scorecard.json"):
        assert (trained[0].folder / name).read_bytes() == (two / name).read_bytes(), name


def test_a_supplier_scorecard_asks_for_no_terms(market, tmp_path, monkeypatch, tracked):
    from training.learning.training_data import Choices
    from training.learning.tuning import Budget
    from training.train import train

    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tracked(tmp_path)))
    result = train(
        market,
        "loan_default",
        unit="supplier",
        purposes=("history_loan", "guarantee"),
        out=tmp_path / "mine",
        budget=Budget(trials=1),
        choices=Choices(without=left_out()),
    )
    assert result.folder == tmp_path / "mine"
    assert result.spec.purposes == ("history_loan", "guarantee")
    assert not [c.name for c in result.spec.columns if c.family == "R"]
    values = np.full(len(result.spec.columns), np.nan)
    assert Scorecard.open(result.folder).score(values, {}).status in {"scored", "scored_limited", "not_scorable"}


def test_a_request_scorecard_without_terms_is_refused(facts_of):
    from training.train import train

    rows = [
        {"case_id": f"c{i}", "supplier_id": f"s{i}", "as_of": "2024-01-01", "matured_on": "2024-06-01", "bad": i % 2}
        for i in range(40)
    ]
    with pytest.raises(InputError, match="terms"):
        train(facts_of(outcomes=rows), "given", unit="request")


def of_each_class(bads, goods):
    """So many cases of each class before the split, each of another supplier, and one after it."""
    rows = [
        {
            "case_id": f"c{i:03}",
            "supplier_id": f"s{i}",
            "as_of": "2024-01-01",
            "matured_on": "2024-06-01",
            "bad": int(i < bads),
        }
        for i in range(bads + goods)
    ]
    return [*rows, {**rows[0], "case_id": "late", "as_of": "2025-01-01", "matured_on": "2025-06-01"}]


@pytest.mark.parametrize(("bads", "goods"), [(9, 191), (191, 9), (0, 200)])
def test_nine_of_either_class_are_not_evaluable_and_it_is_said_what_is_missing(facts_of, bads, goods):
    from training.train import train

    message = (
        f"Not evaluable: 200 cases were known before the split, {bads} of them bad; 10 bad and 10 good are needed."
    )
    with pytest.raises(InputError, match=message) as error:
        train(facts_of(outcomes=of_each_class(bads, goods)), "given", unit="supplier", out_of_time_from="2024-12-01")
    assert error.value.fix == "Split later, or import more outcomes."


@pytest.mark.parametrize(("bads", "goods"), [(10, 190), (190, 10)])
def test_ten_of_either_class_are_enough_to_be_looked_at(facts_of, bads, goods):
    """They pass this check and fail at the next, because the facts have no outcome."""
    from training.train import train

    with pytest.raises(InputError, match="no column differs"):
        train(facts_of(outcomes=of_each_class(bads, goods)), "given", unit="supplier", out_of_time_from="2024-12-01")


def test_awards_that_hardly_ever_end_early_are_not_evaluable(facts_of):
    """As public award notices are: ends, no deliveries, and one contract in thirty terminated for default."""
    from training.train import train

    contracts = [
        {
            "contract_id": f"c{i:03}",
            "supplier_id": f"s{i % 90}",
            "signed_on": f"{2021 + i // 60}-0{1 + i % 9}-01",
            "ends_on": f"{2021 + i // 60}-12-01",
            "ended_on": f"{2021 + i // 60}-11-15",
            "end_state": "terminated_early" if i % 30 == 0 else "completed",
        }
        for i in range(240)
    ]
    with pytest.raises(InputError, match=r"Not evaluable: \d+ cases were known before the split, [1-9] of them bad"):
        train(facts_of(contracts=contracts), "contract_failure", unit="supplier")


def test_a_folder_that_holds_something_else_is_not_overwritten(market, tmp_path):
    from training.train import train

    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="other content"):
        train(market, "loan_default", out=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["scorecard.json", "approval.json"])
def test_a_file_beside_a_candidate_and_a_release_are_not_overwritten_either(market, tmp_path, name):
    from training.train import train

    (tmp_path / name).write_text("{}")
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"thesis\.txt|a release"):
        train(market, "loan_default", out=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_file_where_the_folder_should_be_is_refused_before_any_work(market, tmp_path):
    from training.train import train

    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "candidate"):
        with pytest.raises(InputError, match="not a folder"):
            train(market, "loan_default", out=out)


@pytest.mark.parametrize("purpose", ["", "Bad Purpose!", "contract-loan", "_x"])
def test_a_purpose_that_nobody_could_ask_for_is_refused_before_any_work(market, purpose):
    from training.train import train

    with pytest.raises(InputError, match="cannot be a purpose"):
        train(market, "loan_default", purposes=[purpose])


def given_cases(suppliers):
    """Two hundred cases of so many suppliers, every third of them bad, and one to test on."""
    rows = [
        {"case_id": f"c{i:03}", "supplier_id": f"s{i % suppliers}", "as_of": "2024-01-01", "bad": int(i % 3 == 0)}
        for i in range(200)
    ]
    rows.append({**rows[0], "case_id": "late", "as_of": "2025-01-01", "matured_on": "2025-06-01"})
    return [{"matured_on": "2024-06-01", **row} for row in rows]


def test_one_supplier_alone_is_not_evaluable(facts_of):
    from training.train import train

    with pytest.raises(InputError, match="too few suppliers"):
        train(facts_of(outcomes=given_cases(1)), "given", unit="supplier", out_of_time_from="2024-12-01")


def test_facts_that_say_nothing_are_not_evaluable(facts_of):
    from training.train import train

    with pytest.raises(InputError, match="no column differs"):
        train(facts_of(outcomes=given_cases(50)), "given", unit="supplier", out_of_time_from="2024-12-01")


def truth_benchmark():
    """`benchmarks/truth.py`, which is a script and no package."""
    about = importlib.util.spec_from_file_location("benchmarks_truth", Path("benchmarks/truth.py"))
    module = importlib.util.module_from_spec(about)
    sys.modules[about.name] = module  # dataclasses look their module up
    about.loader.exec_module(module)
    return module


def imported_shuffled(source, to):
    """Facts imported from the same source with every table's rows in another order."""
    from features.importing.import_facts import import_facts

    shutil.copytree(source, to / "source")
    rng = np.random.default_rng(10)
    for file in (to / "source").glob("*.parquet"):
        table = pq.read_table(file)
        pq.write_table(table.take(rng.permutation(table.num_rows)), file)
    import_facts(to / "source", to / "imported")
    return to / "imported"


def trained_apart(facts, out, *, threads, home):
    """The candidate that a process of its own trains on facts with so many threads."""
    environment = {"SUPPLIER_CREDIT_HOME": str(home), "OMP_NUM_THREADS": threads, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", PROGRAM, str(facts), str(out)]
    subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return out
