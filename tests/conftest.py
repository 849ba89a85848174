"""What every test shares."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before LightGBM is loaded: spinning threads starve one another
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
def market(tmp_path_factory) -> Market:
    """Sandbox, import, fleet, training and promotion of both units: a minute, shared by every room that needs it."""
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of, write_fleet
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox
    from tests.promoting import promote
    from training.train import train

    folder = tmp_path_factory.mktemp("market")
    home, made = folder / "home", folder / "sandbox"
    make_sandbox(made, Path("plain"), 1200, 7)
    import_facts(made / "facts", home / "facts")
    facts = Facts.open(home / "facts")
    write_fleet(facts, default_as_of(facts), home / "profiles")
    candidates = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SUPPLIER_CREDIT_HOME", str(home))  # where training logs its run
        for unit in ("request", "supplier"):
            candidates[unit] = train(facts, "loan_default", unit=unit, out=folder / unit).folder
            promote(home, candidates[unit])
    return Market(home=home, facts=home / "facts", truth=made / "truth", candidates=candidates)


SLOW = {
    *("test_notebooks.py", "test_demo.py", "test_durability.py", "test_office.py", "test_access.py", "test_hostile.py"),
    *("test_service.py", "test_train.py", "test_tracking.py", "test_fit.py", "test_history.py", "test_killed.py"),
    *("test_sent_facts.py", "test_hostile_facts.py", "test_fresh.py", "test_swap.py", "test_registry.py"),
    *("test_viewer.py",),
    *(
        "test_any_input.py",
        "test_every_feature.py",
        "test_bento.py",
        "test_openapi.py",
        "test_fleet.py",
        "test_profile.py",
        "test_partitions.py",
        "test_changed.py",
        "test_snapshots.py",
    ),
}
"""Files that start services, kill them, train, or run every declaration: `make check` leaves them to `make test`."""


def pytest_collection_modifyitems(items):
    """Mark what is slow by its file."""
    for item in items:
        if Path(item.fspath).name in SLOW:
            item.add_marker(pytest.mark.slow)
