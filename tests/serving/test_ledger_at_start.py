"""A service starts only on the ledger of its home, sound and not older than the last one it wrote."""

import asyncio
import shutil
import sqlite3
import uuid

import pytest

from features.errors import InputError
from ledger.database import ledger_file
from ledger.keys import revoke_key
from tests.command import command

pytestmark = pytest.mark.slow


def start(deployment, *, scores: int = 0) -> str:
    """Start, record some scores and stop; return "started", or why the start was refused."""

    async def work() -> None:
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):
            for _ in range(scores):
                body = {"supplier_id": "nobody", "purpose": "history_loan"}
                done = await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
                assert done.status_code == 200

    try:
        asyncio.run(work())
    except InputError as refused:
        return str(refused)
    return "started"


def edit(home, statement: str) -> None:
    connection = sqlite3.connect(ledger_file(home))
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_damaged_ledger_is_refused_before_anything_is_written_into_it(deployment):
    assert start(deployment, scores=200) == "started"
    file = ledger_file(deployment.home)
    content = bytearray(file.read_bytes())
    content[8192 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 8192)
    file.write_bytes(content)
    seen = start(deployment)
    assert "damaged" in seen
    assert "restore" in seen
    assert file.read_bytes() == content


def test_foreign_bytes_are_called_damage_and_not_a_missing_right(deployment):
    ledger_file(deployment.home).write_bytes(b"these are no pages of a database" * 300)
    assert "damaged" in start(deployment)


@pytest.mark.parametrize("left", [None, b""], ids=["missing", "empty"])
def test_a_lost_ledger_is_not_replaced_by_a_new_one(deployment, left):
    file = ledger_file(deployment.home)
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    seen = start(deployment)
    assert "restore" in seen
    assert not file.exists() or not file.stat().st_size


def test_no_ledger_begins_by_itself_in_a_home_with_promotions(deployment):
    for file in deployment.home.glob("ledger*"):
        file.unlink()
    assert "keys create" in start(deployment)


def test_a_new_ledger_begins_when_the_operator_asks_for_it(deployment):
    ledger_file(deployment.home).unlink()
    words = ("keys", "create", "--tenant", "bank-of-x")
    refused = command(*words, home=deployment.home)
    made = command(*words, "--new-ledger", home=deployment.home)
    assert (refused.returncode, made.returncode) == (2, 0)
    assert start(deployment) == "started"


def test_an_older_copy_is_refused_and_its_revoked_keys_stay_revoked(deployment, tmp_path):
    home = deployment.home
    assert start(deployment, scores=2) == "started"
    command("backup", tmp_path / "a.tar", home=home)
    shutil.copy(ledger_file(home), tmp_path / "older")
    revoke_key(home, deployment.keys["bank"].split("_")[1])
    shutil.copy(tmp_path / "older", ledger_file(home))
    assert "older" in start(deployment)
    command("restore", tmp_path / "a.tar", "--reason", "To see it.", home=home)

    async def ask() -> int:
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):
            return (await http.get("/v1/scorecard")).status_code

    assert asyncio.run(ask()) == 401


def test_an_edited_answer_at_the_end_of_the_chain_is_refused(deployment):
    assert start(deployment, scores=5) == "started"
    edit(deployment.home, "UPDATE scores SET answer = '{\"points\": 800}' WHERE seq = 3")
    assert "verify" in start(deployment)


def test_a_key_brought_back_to_life_is_refused(deployment):
    revoke_key(deployment.home, deployment.keys["auditor"].split("_")[1])
    edit(deployment.home, "UPDATE keys SET revoked_at = NULL")
    assert "revoked" in start(deployment)
