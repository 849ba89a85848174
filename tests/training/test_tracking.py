"""Tracking: runs in SQLite under the home, nothing pickled, nothing sent anywhere."""

import os
import sqlite3

import pytest

from training.tracking import SILENT, Run


def test_a_run_that_raises_is_remembered_as_failed_and_stays_at_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    run = Run(home, "x")
    run.dataset(name="d", digest="sha256:" + "a" * 64, source="facts")
    run.log(params={"trees": 320}, metrics={"auc": 0.7, "ks": None}, tags={"scorecard": "sha256:b"})
    with pytest.raises(RuntimeError), run:
        raise RuntimeError
    with sqlite3.connect(home / "mlflow.db") as database:
        assert database.execute("select status from runs").fetchall() == [("FAILED",)]
        assert database.execute("select key, value from metrics").fetchall() == [("auc", 0.7)]
        assert database.execute("select name from datasets").fetchall() == [("d",)]
    assert [p.name for p in tmp_path.iterdir()] == ["home"]  # no ./mlruns, no ./mlflow.db


def test_telemetry_and_pickle_are_off_before_mlflow_is_imported(tmp_path):
    Run(tmp_path, "x")
    assert {name: os.environ[name] for name in SILENT} == SILENT
    assert SILENT["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert SILENT["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
