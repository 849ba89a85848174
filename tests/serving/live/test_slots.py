"""Each thing that is served has a slot: a failed load delays no other, is shown, and is tried again by itself."""

import asyncio
import importlib.util
import uuid

import pytest

from features.errors import InputError
from models.promotion.champions import champion
from serving.live.live import InputPicker

pytestmark = pytest.mark.slow

TERMS = {"amount": "48000.00", "currency": "CNY", "days": 120}


@pytest.fixture(autouse=True)
def tried_again_at_once(monkeypatch):
    if importlib.util.find_spec("serving.live.slot"):
        monkeypatch.setattr("serving.live.slot.RETRY_SECONDS", 0.0)


async def status(http, supplier: str, purpose: str) -> int:
    terms = {"request": TERMS} if purpose == "contract_loan" else {}
    body = {"supplier_id": supplier, "purpose": purpose, **terms}
    return (await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})).status_code


def outcome_of(deployment, settings, ask):
    """What a started service answers, or why it refused to start."""

    async def work():
        async with deployment.opened(settings, deployment.keys["bank"]) as (http, opened):
            return await ask(http, opened)

    try:
        return asyncio.run(work())
    except InputError as refused:
        return str(refused)


def errors_in(document: dict) -> dict:
    return {(one["thing"], one.get("purpose")): one["error"] for one in document.get("things", []) if "error" in one}


def damage(file) -> bytes:
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    return content


def test_what_was_repaired_is_served_without_another_change(deployment):
    pointer, matrix = deployment.home / "profiles/current.json", deployment.fleet / "matrix.npy"

    async def ask(http, opened):
        before = opened.watcher.live.stored
        content = damage(matrix)
        pointer.write_text(pointer.read_text() + " ")
        seen = [await opened.watcher.look(), (await http.get("/readyz")).json()]
        matrix.write_bytes(content)
        await opened.watcher.look()
        return [*seen, opened.watcher.live.stored is before, (await http.get("/readyz")).json()]

    replaced, during, unchanged, after = outcome_of(deployment, deployment.without_facts(), ask)
    assert (replaced, unchanged) == (False, False)
    assert list(errors_in(during)) == [("profiles", None)]
    assert "changed after its run" in errors_in(during)["profiles", None]
    assert (during["status"], after["status"], errors_in(after)) == ("degraded", "ready", {})


def test_a_broken_promotion_ledger_is_shown_and_its_scorecards_stay(deployment):
    ledger = deployment.home / "promotions.jsonl"

    async def ask(http, opened):
        content = ledger.read_bytes()
        ledger.write_bytes(b"no promotion\n")
        await opened.watcher.look()
        during = (await http.get("/readyz")).json(), await status(http, "nobody", "contract_loan")
        ledger.write_bytes(content)
        await opened.watcher.look()
        return during, (await http.get("/readyz")).json()

    (during, answered), after = outcome_of(deployment, deployment.without_facts(), ask)
    assert (list(errors_in(during)), during["status"], answered) == ([("promotions", None)], "degraded", 200)
    assert str(deployment.home) not in str(during)
    assert (errors_in(after), after["status"]) == ({}, "ready")


def test_a_scorecard_that_was_altered_before_the_start_answers_503_for_itself(deployment):
    damage(champion(deployment.home, "contract_loan").folder / "booster.txt")

    async def ask(http, opened):
        scorecard = await http.get("/v1/scorecard")
        answered = [await status(http, "nobody", purpose) for purpose in ("contract_loan", "history_loan", "no_such")]
        one = await http.get("/v1/scorecard?purpose=contract_loan")
        return answered, one.status_code, scorecard.json(), (await http.get("/readyz")).json()

    answered, one, scorecard, ready = outcome_of(deployment, deployment.without_facts(), ask)
    assert (answered, one) == ([503, 200, 422], 503)
    for document in (scorecard, ready):
        assert ("scorecard", "contract_loan") in errors_in(document)
        assert ("scorecard", "history_loan") not in errors_in(document)
    assert "contract_loan" not in ready["purposes"]


def test_a_purpose_that_lacks_a_column_answers_503_for_itself(deployment, monkeypatch):
    def pick(self, scorecard, columns, init=InputPicker.__init__):
        if scorecard.spec.unit == "request":
            raise InputError("The profiles lack a column.")
        init(self, scorecard, columns)

    monkeypatch.setattr(InputPicker, "__init__", pick)

    async def ask(http, opened):
        answered = [await status(http, "nobody", purpose) for purpose in ("contract_loan", "history_loan")]
        return answered, (await http.get("/readyz")).json()

    answered, ready = outcome_of(deployment, deployment.without_facts(), ask)
    assert answered == [503, 200]
    assert errors_in(ready)["scorecard", "contract_loan"] == "The profiles lack a column."


def test_facts_that_do_not_open_leave_the_stored_profiles_serving(deployment):
    facts = deployment.home / "broken"
    facts.mkdir()
    (facts / "manifest.json").write_text("{")

    async def ask(http, opened):
        return await status(http, "nobody", "history_loan"), (await http.get("/readyz")).json()

    answered, ready = outcome_of(deployment, deployment.settings(facts=facts), ask)
    assert answered == 200
    assert list(errors_in(ready)) == [("facts", None)]


def test_facts_that_were_replaced_are_closed(deployment):
    manifest = deployment.home / "facts/manifest.json"

    async def ask(http, opened):
        before = opened.watcher.live.from_facts
        manifest.write_text(manifest.read_text() + "\n")
        await opened.watcher.look()
        await asyncio.sleep(0.2)
        return opened.watcher.live.from_facts is not before, before._thread._shutdown

    assert outcome_of(deployment, deployment.settings(), ask) == (True, True)
