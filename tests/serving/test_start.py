"""What is refused at start, in this process and through the launcher."""

import asyncio
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from features.errors import InputError
from ledger.database import prepare_ledger
from models.promotion.champions import champions
from serving.launch import running


def rewrite(file: Path, **changed) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


def test_stored_profiles_of_other_features_are_refused(deployment):
    rewrite(deployment.fleet / "manifest.json", features_digest="sha256:" + "0" * 64)
    assert "other feature declarations" in deployment.refusal()


def test_stored_profiles_of_columns_that_are_no_more_are_refused(deployment):
    manifest = json.loads((deployment.fleet / "manifest.json").read_text())
    columns = ["no_such_column", *manifest["columns"][1:]]
    rewrite(deployment.fleet / "manifest.json", columns=columns)
    assert "other feature declarations" in deployment.refusal()


def test_a_stored_profile_changed_after_its_run_is_refused(deployment):
    matrix = deployment.fleet / "matrix.npy"
    content = bytearray(matrix.read_bytes())
    content[-1] ^= 1
    matrix.write_bytes(content)
    assert "changed after its run" in deployment.refusal()


def test_a_scorecard_of_other_features_is_refused(deployment, monkeypatch):
    monkeypatch.setattr("serving.live.live.computed_here", lambda digest, names: False)
    assert "other feature declarations" in deployment.refusal()


def test_a_home_without_a_promoted_scorecard_is_refused(deployment):
    (deployment.home / "promotions.jsonl").unlink()
    (deployment.home / "promotions.seen").unlink()
    assert "promote" in deployment.refusal()


def test_a_home_without_profiles_and_facts_is_refused(deployment):
    shutil.rmtree(deployment.home / "profiles")
    assert "profile FACTS --fleet" in deployment.refusal()


def test_a_home_whose_every_scorecard_was_altered_is_refused(deployment):
    for one in champions(deployment.home).values():
        booster = one.folder / "booster.txt"
        booster.write_text(booster.read_text().replace("leaf_value=", "leaf_value=1", 1))
    assert "booster.txt" in deployment.refusal()


def test_a_second_service_on_one_ledger_is_refused(deployment):
    async def two() -> None:
        async with (
            deployment.opened(deployment.without_facts(), "none"),
            deployment.opened(deployment.without_facts(), "none"),
        ):
            pass

    with pytest.raises(InputError, match="Another service runs"):
        asyncio.run(two())


@pytest.mark.parametrize(
    "text", ["name = 1", 'name = "x"', 'name = "x"\nnotice = "y"\nlogo = "z"', "name = ", 'name = ""\nnotice = "y"']
)
def test_an_operators_file_that_says_too_little_or_too_much_is_refused(deployment, text):
    (deployment.home / "operator.toml").write_text(text)
    assert "operator.toml" in deployment.refusal()


def test_the_launcher_says_in_one_line_why_a_service_refuses(deployment):
    prepare_ledger(deployment.home)
    with sqlite3.connect(deployment.home / "ledger.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match=r"schema '9999', which is newer"), running(deployment.without_facts()):
        pass


WRONG_PLACES = {
    "a name nobody knows": ("nowhere.invalid", 3000, "cannot listen"),
    "another machine's address": ("192.0.2.1", 3000, "cannot listen"),
    "another family's": ("::1", 3000, "cannot listen"),
}


@pytest.mark.parametrize(("host", "port", "words"), WRONG_PLACES.values(), ids=WRONG_PLACES.keys())
def test_a_place_where_nothing_can_listen_is_refused_for_what_it_is(deployment, host, port, words):
    settings = replace(deployment.without_facts(), host=host, port=port)
    with pytest.raises(InputError, match=words), running(settings):
        pass
