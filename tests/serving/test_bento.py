"""The build file makes a bento of the rooms that serve, and of nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_a_bento_holds_the_serving_rooms_and_the_locked_requirements(tmp_path):
    env = os.environ | {"BENTOML_HOME": str(tmp_path), "BENTOML_DO_NOT_TRACK": "true"}
    command = [sys.executable, "-m", "bentoml", "build", "--output", "tag"]
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
    (made,) = [path for path in (tmp_path / "bentos" / "supplier-credit").iterdir() if path.is_dir()]
    rooms = {path.name for path in (made / "src").iterdir() if path.is_dir()}
    assert rooms == {"features", "models", "serving"}
    held = {
        path.relative_to(made / "src").as_posix() for path in made.rglob("*") if path.is_file() and "src" in path.parts
    }
    assert {"serving/identity/operator.toml", "ledger/migrations/env.py"} <= held
    lines = (made / "env" / "python" / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("lightgbm==") for line in lines)
    assert any("--hash=sha256:" in line for line in lines)
    assert not any(line.startswith(("--index-url", "--extra-index-url")) for line in lines)
    said = yaml.safe_load((made / "bento.yaml").read_text())
    assert {env["name"]: env["value"] for env in said["envs"]}["BENTOML_DO_NOT_TRACK"] == "true"
