"""Which fleet runs are served."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.verbs.profile import store_fleet
from features.errors import InputError
from features.facts.store import Facts
from features.fleet.write_fleet import write_fleet
from features.importing.import_facts import import_facts
from serving.profiles.stored import StoredProfiles

HEADER = "contract_id,supplier_id,buyer_id,kind,signed_on,ends_on,amount,currency,known_at"


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    folder = tmp_path_factory.mktemp("facts")
    (folder / "source").mkdir()
    (folder / "source/suppliers.csv").write_text("supplier_id,kind\nS1,legal_person\n")
    row = "C1,S1,B1,contract,2024-03-04,2024-09-01,71000.00,CNY,2024-03-05"
    (folder / "source/contracts.csv").write_text(f"{HEADER}\n{row}\n")
    import_facts(folder / "source", folder / "facts")
    return Facts.open(folder / "facts")


def opening(profiles: Path) -> str:
    try:
        opened = StoredProfiles.open(profiles)
    except InputError as refused:
        return str(refused)
    return "none" if opened is None else f"{opened.rows} rows"


def fleet_dated(facts: Facts, days: int, profiles: Path) -> Path:
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=days)
    write_fleet(facts, moment, profiles)
    return profiles


def test_a_fleet_dated_in_the_future_is_refused_and_says_how_to_mend_it(facts, tmp_path):
    seen = opening(fleet_dated(facts, 2, tmp_path))
    assert "dated in the future" in seen
    assert "--as-of" in seen


def test_a_fleet_of_the_past_is_served(facts, tmp_path):
    assert opening(fleet_dated(facts, -1, tmp_path)) == "1 rows"


def test_the_command_makes_no_fleet_of_the_future(facts, tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    refused = None
    try:
        store_fleet(facts.path, as_of=day)
    except InputError as error:
        refused = error
    assert refused is not None
    assert not (tmp_path / "profiles").exists()
