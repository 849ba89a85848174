"""The locks: what each holds, that the service's holds what the service imports, and an SBOM of each."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
LOCKS = ("serving", "py311", "test")
ROOMS = ("features", "models", "ledger", "training", "serving", "sandbox", "cli")
SERVING_ROOMS = ("features", "models", "ledger", "serving", "cli")
# Imported by one function only, whose message says what to install.
OPTIONAL = {"pyspark"}
ONLY_TRAINING = {"mlflow", "shap", "numba", "matplotlib", "optuna", "scikit-learn", "pandas", "pyspark", "pytest"}
ONLY_TESTS = {"pyspark", "pytest", "pytest-xdist", "hypothesis", "mypy", "ruff", "pandas-stubs"}


def normal(name: str) -> str:
    """A package's name as an index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    text = (REQUIREMENTS / f"{lock}.txt").read_text(encoding="utf-8")
    return {normal(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.!+]+)", text)}


def imported_packages(*rooms: str) -> dict[str, str]:
    """The top-level modules from outside that rooms import anywhere, each with one file that does."""
    packages: dict[str, str] = {}
    for file in (file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - set(ROOMS):
                packages.setdefault(name, file.relative_to(ROOT).as_posix())
    return packages


@pytest.mark.parametrize(
    ("lock", "rooms", "optional"),
    [("serving", SERVING_ROOMS, OPTIONAL), ("py311", ROOMS, OPTIONAL | {"interpret"}), ("test", ROOMS, {"interpret"})],
)
def test_a_lock_holds_every_package_that_its_rooms_import(lock, rooms, optional):
    distributions = packages_distributions()
    packages = imported_packages(*rooms)
    missing = {
        name: file
        for name, file in packages.items()
        if name not in optional and not {normal(d) for d in distributions.get(name, [name])} & locked(lock).keys()
    }
    assert missing == {}, f"requirements/{lock}.txt does not hold these"
    assert len(packages) > 10


def test_the_locks_leave_out_what_they_are_for_leaving_out():
    assert not locked("serving").keys() & (ONLY_TRAINING | ONLY_TESTS)
    assert not locked("py311").keys() & ONLY_TESTS
    assert locked("test").keys() >= ONLY_TRAINING | ONLY_TESTS


def test_a_package_has_one_version_in_all_locks():
    assert locked("serving").items() <= locked("py311").items() <= locked("test").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_address(lock):
    text = (REQUIREMENTS / f"{lock}.txt").read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[\w.-]+==)", text)[1:]
    assert len(entries) == len(locked(lock))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_an_sbom_names_the_packages_of_its_lock_and_nothing_else(lock):
    sbom = json.loads((REQUIREMENTS / "sbom" / f"{lock}.cdx.json").read_bytes())
    components = {normal(part["name"]): part["version"] for part in sbom["components"]}
    assert components == locked(lock)
    assert len(sbom["components"]) == len(components)
    assert {part["purl"] for part in sbom["components"]} == {f"pkg:pypi/{n}@{v}" for n, v in locked(lock).items()}
    assert sbom["bomFormat"] == "CycloneDX"
    assert "serialNumber" not in sbom
    assert "timestamp" not in sbom["metadata"]
