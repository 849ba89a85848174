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
    assert rooms == {"features", "models", "ledger", "serving", "cli"}
    files = {
        path.relative_to(made / "src").as_posix() for path in made.rglob("*") if path.is_file() and "src" in path.parts
    }
    assert {"serving/identity/operator.toml", "ledger/migrations/env.py", "cli/verbs/keys.py"} <= files
    lines = (made / "env" / "python" / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("lightgbm==") for line in lines)
    assert any("--hash=sha256:" in line for line in lines)
    assert not [line for line in lines if line.startswith(("mlflow", "shap", "numba", "matplotlib", "pyspark"))]
    assert not any(line.startswith(("--index-url", "--extra-index-url")) for line in lines)
    bento = yaml.safe_load((made / "bento.yaml").read_text())
    assert {env["name"]: env["value"] for env in bento["envs"]}["BENTOML_DO_NOT_TRACK"] == "true"


def test_the_image_has_the_command_line(tmp_path):
    (tmp_path / "bin").mkdir()
    env = os.environ | {"VIRTUAL_ENV": str(tmp_path), "BENTO_PATH": str(tmp_path)}
    (tmp_path / "src").symlink_to(ROOT)
    subprocess.run(["bash", ROOT / "requirements" / "image-setup.sh"], env=env, check=True)
    env |= {"PATH": os.pathsep.join((str(Path(sys.executable).parent), env["PATH"]))}
    done = subprocess.run(
        [tmp_path / "bin" / "supplier-credit", "--help"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "keys" in done.stdout
