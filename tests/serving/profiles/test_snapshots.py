"""A score names the dated profiles that it was read from, and can be computed from them again, bit for bit."""

import asyncio
import shutil
import sqlite3
import uuid
from contextlib import closing

import pytest

from features.facts.store import Facts
from features.fleet.profile_store import ProfileFolder
from features.fleet.write_fleet import write_fleet
from models.promotion.champions import champion
from models.scorecard.scorecard import Scorecard
from serving.live.live import InputPicker
from serving.profiles.stored import StoredProfiles

pytestmark = pytest.mark.slow

BEFORE, AFTER = "2025-06-01", "2025-06-03"
MIDNIGHT = "T00:00:00+08:00"


@pytest.fixture
def twice(deployment):
    """A deployment whose fleet was profiled, and two days later those of whom something became known."""
    shutil.rmtree(deployment.home / "profiles")
    facts = Facts.open(deployment.home / "facts")
    before, after = facts.instant(BEFORE), facts.instant(AFTER)
    write_fleet(facts, before, deployment.home / "profiles")
    write_fleet(facts, after, deployment.home / "profiles", since=before)
    return deployment


def first_of(deployment) -> tuple[str, str]:
    """A supplier whose row was kept, and one whose row was computed again."""
    stored = ProfileFolder.open(deployment.fleet)
    names, runs = stored.array("ids.npy"), stored.array("runs.npy")
    unchanged, updated = (names[runs == place][0].decode() for place in (0, 1))
    return unchanged, updated


def answers_to(deployment, settings, *questions):
    """The answers to some questions: a path to get, or a body to score."""

    async def ask():
        async with deployment.opened(settings, deployment.keys["bank"]) as (http, _):
            answers = []
            for question in questions:
                if isinstance(question, str):
                    answers.append(await http.get(question))
                else:
                    headers = {"Idempotency-Key": uuid.uuid4().hex}
                    answers.append(await http.post("/v1/scores", json=question, headers=headers))
            return [answer.json() for answer in answers]

    return asyncio.run(ask())


def history_loan(supplier: str, **more: str) -> dict[str, str]:
    return {"supplier_id": supplier, "purpose": "history_loan", **more}


def test_a_score_replays_bit_for_bit_from_the_snapshot_that_it_names(twice):
    suppliers = first_of(twice)
    answers = answers_to(twice, twice.without_facts(), *map(history_loan, suppliers))
    for supplier, answer, day in zip(suppliers, answers, (BEFORE, AFTER), strict=True):
        assert answer["as_of"] == day + MIDNIGHT, "each row's own date"
        named = answer["snapshot"]
        stored = ProfileFolder.open(twice.home / "profiles" / named["profiles"])
        assert (stored.digest, named["facts"]) == (named["digest"], Facts.open(twice.home / "facts").digest)
        release = champion(twice.home, "history_loan")
        card = Scorecard.open(release.folder, digest=answer["scorecard"]["digest"])
        profiles = StoredProfiles(stored)
        profile = profiles.find(supplier, twice.tenant)
        values, evidence = InputPicker(card, profiles.columns).vector(profile.values, None)
        assert values.tobytes() == recorded(twice, answer["score_id"])
        block = card.score(values, evidence).supplier
        assert block["points_exact"] == answer["supplier"]["points_exact"]


def recorded(deployment, score_id: str) -> bytes:
    """The vector that the ledger holds of a score."""
    with closing(sqlite3.connect(deployment.home / "ledger.sqlite")) as connection:
        [[inputs]] = connection.execute("SELECT inputs FROM scores WHERE score_id = ?", [score_id]).fetchall()
    return inputs


def test_a_profile_shows_its_own_date_and_what_its_run_had_seen(twice):
    unchanged, updated = answers_to(
        twice, twice.without_facts(), *(f"/v1/suppliers/{name}/profile" for name in first_of(twice))
    )
    assert (unchanged["as_of"], updated["as_of"]) == (BEFORE + MIDNIGHT, AFTER + MIDNIGHT)
    assert max(unchanged["data_cutoff"].values()) < BEFORE <= max(updated["data_cutoff"].values())
    assert unchanged["snapshot"]["digest"] == updated["snapshot"]["digest"]
    assert set(unchanged["data_depth"]) == {"contracts", "months", "missing", "suspicions"}


def test_a_supplier_without_history_reads_the_date_of_the_last_run(twice):
    [answer] = answers_to(twice, twice.without_facts(), history_loan("unknown"))
    assert (answer["as_of"], answer["codes"]) == (AFTER + MIDNIGHT, ["NO_HISTORY"])
    assert answer["snapshot"]["profiles"] == twice.fleet.name


def test_a_score_of_a_past_date_names_the_facts_alone(deployment):
    [answer] = answers_to(deployment, deployment.settings(), history_loan("unknown", as_of="2025-01-01"))
    assert answer["snapshot"] == {"facts": Facts.open(deployment.home / "facts").digest}
