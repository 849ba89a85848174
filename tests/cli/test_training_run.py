"""What `supplier-credit train` prints: figures that agree with the report, and always the candidate's folder."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.shared import training_run
from models.scorecard.spec import Gate
from tests.command import command


def figures(**changed):
    return {"n": 40, "bad": 1, "auc": 0.7, "auc_low": None, "auc_high": None, "ks": 0.5, "brier": 0.02} | changed


def result_of(model):
    return SimpleNamespace(
        counts={"good": 39, "bad": 1},
        spec=SimpleNamespace(data={"out_of_time_from": "2024-05-01"}),
        figures={"model": model},
        validation={"parts": {}},
        drift="No drift.",
        gates={"auc": Gate(False, "It could not be evaluated.")},
        report=None,
        folder=Path("var/runs/candidate"),
    )


def test_an_auc_without_an_interval_is_printed_with_a_dash(capsys):
    try:
        training_run.show(result_of(figures()))
    except TypeError as error:  # what the interval of one bad did before
        pytest.fail(f"a missing interval cannot be printed: {error}")
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("  model"))
    assert "0.700" in line
    assert "–" in line
    assert "None" not in line


def test_the_folder_is_printed_even_where_a_figure_cannot_be(monkeypatch, capsys):
    broken = result_of({"n": 40, "bad": 1})  # a figure is missing
    monkeypatch.setattr("features.facts.store.Facts.open", lambda path: path)
    monkeypatch.setattr("training.train.train", lambda *_, **__: broken)
    with pytest.raises(KeyError):
        training_run.fit(Path("facts"), "loan_default", unit="supplier")
    assert capsys.readouterr().out.splitlines()[-1] == "var/runs/candidate"


@pytest.mark.slow
def test_thirty_suppliers_are_trained_on_without_a_traceback(tmp_path, tracked):
    """90 cases of 30 suppliers, 28 of them bad; the few after the split cannot be judged."""
    from sandbox.make import make_sandbox

    home = tracked(tmp_path / "home")
    make_sandbox(home / "market", "plain", 30, 4)
    suppliers = sorted(set(pq.read_table(home / "market/facts/suppliers.parquet")["supplier_id"].to_pylist()))
    rng = np.random.default_rng(21)
    rows = [
        {
            "case_id": f"g{n}-{s}",
            "supplier_id": s,
            "as_of": f"202{2 + n}-0{1 + i % 9}-11",
            "matured_on": f"202{2 + n}-12-20",
        }
        for i, s in enumerate(suppliers)
        for n in range(3)
    ]
    bad = set(rng.choice(len(rows), 28, replace=False).tolist())
    table = pa.Table.from_pylist([{**row, "bad": int(i in bad)} for i, row in enumerate(rows)])
    pq.write_table(table, home / "market/facts/outcomes.parquet")
    assert command("import", home / "market/facts", "--into", home / "facts", home=home).returncode == 0
    words = ("train", home / "facts", "--outcome", "given", "--trials", "2", "--out-of-time-from", "2024-09-01")
    done = command(*words, "--no-report", home=home)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert (Path(done.stdout.splitlines()[-1]) / "scorecard.json").is_file()
