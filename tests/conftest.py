"""What every test shares."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before LightGBM is loaded: spinning threads starve one another
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run in as many processes as there are cores
settings.register_profile("project", deadline=None)  # a shared machine makes timings meaningless
settings.load_profile("project")

ROOT = Path(__file__).parents[1]
NAMES = {"request": "contract-loan", "supplier": "history-loan"}  # candidates of the demonstration, by unit
SHARED = ("demo_market", "learned", "spark")  # fixtures of a session, slow to make, the longest first


@dataclass(frozen=True)
class DemoMarket:
    """What one demonstration leaves behind, made once a session: do not write into it, copy it.

    Attributes:
        home: facts, stored profiles, and a champion of each unit, promoted by two people.
        candidates: the folder of each unit's candidate.
        output: exit code and both streams of the demonstration.
    """

    home: Path
    candidates: dict[str, Path]
    output: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def tracked(tmp_path_factory) -> Callable[[Path], Path]:
    """Give a home an empty MLflow database, as a first run would leave it: MLflow takes seconds to make one."""
    from training.tracking.run import database, store

    template = tmp_path_factory.mktemp("tracked")
    store(template)

    def give(home: Path) -> Path:
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(database(template), database(home))
        return home

    return give


@pytest.fixture(scope="session")
def demo_market(tmp_path_factory) -> DemoMarket:
    """One demonstration in a process and a folder of its own, without a terminal: half a minute."""
    folder = tmp_path_factory.mktemp("demo")
    env = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLIER_CREDIT_")}
    env |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    words = [sys.executable, "-m", "cli.main", "demo", "--suppliers", "800"]
    output = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    home = folder / "var/demo"
    runs = {unit: next((home / "runs").glob(f"{name}-*"), home) for unit, name in NAMES.items()}
    return DemoMarket(home, runs, output)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is slow, keep what shares a fixture on one worker, and begin with what takes longest."""
    for item in items:
        shared = shared_fixture(item)
        if shared:
            item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.xdist_group(shared or str(item.path.relative_to(ROOT))))
    items.sort(key=place)


def shared_fixture(item) -> str | None:
    """Return the fixture of a session, slow to make, that a test leads to."""
    return next((name for name in SHARED if name in item.fixturenames), None)


def place(item) -> int:
    """Return the place of a test in the run: shared fixtures first, then what is slow, then the rest."""
    shared = shared_fixture(item)
    return SHARED.index(shared) if shared else len(SHARED) + (not item.get_closest_marker("slow"))
