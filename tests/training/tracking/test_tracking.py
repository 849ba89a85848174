"""Tracking: runs in SQLite under the home, nothing pickled, nothing sent anywhere."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from training.tracking.process_identity import is_gone, this_process
from training.tracking.run import PROCESS, SILENT, Run, store

pytestmark = pytest.mark.slow


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


PROGRAM = """
import socket, sys
from pathlib import Path
def refuse(*arguments): print("connected to", arguments[1]); raise OSError
socket.socket.connect = socket.socket.connect_ex = refuse
from training.tracking.run import Run
with Run(Path(sys.argv[1]), "x") as run:
    run.log(params={"a": 1}, metrics={"b": 2.0}, tags={})
import time; time.sleep(1)
"""


def test_a_run_opens_no_connection(tmp_path):
    """In a process of its own and without `CI`, which would switch MLflow's telemetry off by itself."""
    env = {k: v for k, v in os.environ.items() if k not in {"CI", *SILENT}} | {"PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


STAYS = """
import sys
from pathlib import Path
from training.tracking.run import Run
with Run(Path(sys.argv[1]), "x"):
    print("running", flush=True)
    sys.stdin.readline()
"""


def started(home):
    """A run that starts in a process of its own, and goes on until it gets a line of input."""
    command = [sys.executable, "-c", STAYS, str(home)]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": "."}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def running(home):
    """One that has started."""
    process = started(home)
    assert process.stdout.readline() == "running\n"
    return process


def states(home):
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        return [state for (state,) in database.execute("select status from runs order by start_time")]


def test_runs_that_are_the_first_of_a_home_may_start_at_once(tmp_path):
    tag = [process.communicate("\n")[0] for process in [started(tmp_path) for _ in range(3)]]
    assert tag == ["running\n"] * 3
    assert states(tmp_path) == ["FINISHED"] * 3


def test_a_killed_run_gets_the_status_killed_when_the_next_one_starts(tmp_path, tracked):
    tracked(tmp_path)
    killed = running(tmp_path)
    killed.kill()
    killed.wait()
    assert states(tmp_path) == ["RUNNING"]
    with Run(tmp_path, "y"):
        assert states(tmp_path) == ["KILLED", "RUNNING"]


def test_a_run_that_goes_on_is_left_alone(tmp_path, tracked):
    tracked(tmp_path)
    other = running(tmp_path)
    with Run(tmp_path, "y"):
        assert states(tmp_path) == ["RUNNING", "RUNNING"]
    other.communicate("\n")
    assert states(tmp_path) == ["FINISHED", "FINISHED"]


def test_a_run_of_which_nobody_here_can_know_is_left_alone(tmp_path, tracked):
    tracked(tmp_path)
    for tag in ("", "another-boot pid:[1] 1 1", "x", "a b c d"):
        store(tmp_path).set_tag(Run(tmp_path, "x").id, PROCESS, tag)
    Run(tmp_path, "y")
    assert states(tmp_path) == ["RUNNING"] * 5


def test_a_process_that_has_the_number_of_one_that_ended_is_another():
    *where, number, started = this_process().split(" ")
    assert not is_gone(this_process())
    assert is_gone(" ".join([*where, number, str(int(started) - 1)]))
