"""What every test shares."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before LightGBM is loaded: spinning threads starve one another
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run in as many processes as there are cores
settings.register_profile("project", deadline=None)  # a shared machine makes timings meaningless
settings.load_profile("project")


@dataclass(frozen=True)
class Market:
    """A deployment made by the real road, once a session: do not write into it, copy it.

    Attributes:
        home: facts, stored profiles, and a champion of each unit, promoted by two people.
        truth: what the sandbox alone knows.
    """

    home: Path
    facts: Path
    truth: Path
    candidates: dict[str, Path]


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
def market(tmp_path_factory, tracked) -> Market:
    """Sandbox, import, fleet, training and promotion of both units: a minute, shared by every room that needs it."""
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of, write_fleet
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox
    from tests.promoting import promote
    from training.learning.tuning import Budget
    from training.train import train

    folder = tmp_path_factory.mktemp("market")
    home, made = folder / "home", folder / "sandbox"
    tracked(home)
    make_sandbox(made, Path("plain"), 1200, 7)
    import_facts(made / "facts", home / "facts")
    facts = Facts.open(home / "facts")
    write_fleet(facts, default_as_of(facts), home / "profiles")
    candidates = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SUPPLIER_CREDIT_HOME", str(home))  # where training logs its run
        for unit in ("request", "supplier"):
            candidates[unit] = train(facts, "loan_default", unit=unit, out=folder / unit, budget=Budget(1)).folder
            promote(home, candidates[unit])
    return Market(home=home, facts=home / "facts", truth=made / "truth", candidates=candidates)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is slow, keep what shares a fixture on one worker, and begin with what takes longest."""
    for item in items:
        shared = shared_fixture(set(item.fixturenames))
        if shared or "spark" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.xdist_group(shared or str(item.path)))
    items.sort(key=place)


def shared_fixture(names: set[str]) -> str | None:
    """Return the fixture of a session, slow to make, that these fixtures lead to."""
    if "market" in names and names & {"deployment", "served"}:
        return "market"
    return "learned" if "learned" in names else None


def place(item) -> int:
    """Return the place of a test in the run: shared fixtures first, then what is slow, then the rest."""
    shared = shared_fixture(set(item.fixturenames))
    return ("market", "learned").index(shared) if shared else 3 - bool(item.get_closest_marker("slow"))
