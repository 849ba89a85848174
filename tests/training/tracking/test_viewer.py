"""`supplier-credit mlflow-ui`: MLflow's pages on loopback, and nothing of it that is not looked at."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from features.errors import InputError
from tests.waiting import GUARD_SECONDS
from training.tracking.run import SILENT, Run
from training.tracking.viewer import view

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def pages(tmp_path_factory, tracked):
    """The verb in a process of its own, without `CI`, which would switch telemetry off by itself."""
    home, port = tracked(tmp_path_factory.mktemp("home")), free_port()
    with Run(home, "the only run"):
        pass
    env = {name: value for name, value in os.environ.items() if name not in {"CI", *SILENT}}
    env |= {"SUPPLIER_CREDIT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", "mlflow-ui", "--port", str(port)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=env, stdout=log, stderr=log)
        anew = httpx.Limits(max_keepalive_connections=0)  # a refused body may close the connection behind it
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, limits=anew) as http:
            wait_for(http, process)
            yield http, home
        process.terminate()
        assert process.wait(GUARD_SECONDS) == 0, (home / "log").read_text()


def wait_for(http, process):
    until = time.monotonic() + GUARD_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            http.get("/health")
            return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("MLflow's pages did not come up")


def test_the_pages_are_there_and_show_our_runs(pages):
    http, _ = pages
    assert "<title>MLflow</title>" in http.get("/").text
    asked = {"experiment_ids": ["1"]}
    (run,) = http.post("/ajax-api/2.0/mlflow/runs/search", json=asked).json()["runs"]
    assert run["info"]["run_name"] == "the only run"


def test_telemetry_is_off_in_the_pages_too(pages):
    http, _ = pages
    assert http.get("/ajax-api/3.0/mlflow/ui-telemetry").json()["disable_ui_telemetry"] is True


@pytest.mark.parametrize(
    "path", ["/ajax-api/3.0/mlflow/assistant/config", "/ajax-api/3.0/jobs/1", "/gateway/mlflow/v1/chat/completions"]
)
def test_what_nobody_looks_at_is_not_there(pages, path):
    http, _ = pages
    assert http.get(path).status_code == 404
    assert http.post(path, json={}).status_code in (404, 405)


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.4:5000", "10.0.0.1"])
def test_a_page_from_elsewhere_cannot_name_itself_as_the_host(pages, host):
    http, _ = pages
    assert http.get("/", headers={"Host": host}).status_code == 403


def test_a_page_from_elsewhere_cannot_write(pages):
    http, _ = pages
    answer = http.post(
        "/ajax-api/2.0/mlflow/registered-models/create", json={"name": "x"}, headers={"Origin": "http://evil.example"}
    )
    assert answer.status_code == 403


def test_it_leaves_nothing_in_the_working_directory(pages):
    _, home = pages
    assert sorted(path.name for path in home.iterdir()) == ["log", "mlflow.db"]


def test_a_home_without_runs_is_said_to_have_none(tmp_path):
    with pytest.raises(InputError, match="No run was logged here yet"):
        view(tmp_path, host="127.0.0.1", port=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "credit.example", ""])
def test_an_address_that_others_can_reach_is_refused_unless_it_is_said_that_no_password_is_asked(
    tmp_path, monkeypatch, host
):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    result = CliRunner().invoke(app, ["mlflow-ui", "--host", host])
    assert "have no password" in str(result.exception)
    assert "No run was logged" in str(
        CliRunner().invoke(app, ["mlflow-ui", "--host", host, "--without-password"]).exception
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_word(tmp_path, monkeypatch, host):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    assert "No run was logged" in str(CliRunner().invoke(app, ["mlflow-ui", "--host", host]).exception)
