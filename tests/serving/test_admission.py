"""More requests than can be answered in time are refused at once; what nobody waits for is not computed."""

import asyncio
import time
import uuid

import pytest

from serving.profiles.from_facts import ProfilesFromFacts

pytestmark = pytest.mark.slow
DAY = "2024-06-01"


async def post(http, key: str, *, supplier: str = "nobody", idempotency: str = "") -> object:
    body = {"supplier_id": supplier, "purpose": "history_loan", "as_of": DAY}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency or uuid.uuid4().hex}
    return await http.post("/v1/scores", json=body, headers=headers)


def opened(deployment, work):
    async def run():
        async with deployment.opened(deployment.settings(), deployment.keys["bank"]) as (http, inside):
            return await work(http, inside)

    return asyncio.run(run())


def test_a_flood_of_one_institution_is_refused_and_another_is_answered(deployment, monkeypatch):
    gate = asyncio.Event()
    found = ProfilesFromFacts.find

    async def wait(self, *arguments, **named):
        await gate.wait()
        return await found(self, *arguments, **named)

    monkeypatch.setattr(ProfilesFromFacts, "find", wait)

    async def work(http, _):
        flood = [asyncio.create_task(post(http, deployment.keys["bank"])) for _ in range(300)]
        await asyncio.sleep(2)
        other = asyncio.create_task(post(http, deployment.keys["other bank"]))
        refused = [one.result() for one in flood if one.done()]
        gate.set()
        answered = [one.status_code for one in await asyncio.gather(*flood) if one.status_code == 200]
        return refused, answered, (await other).status_code

    refused, answered, other = opened(deployment, work)
    assert {one.status_code for one in refused} == {429}
    assert all(one.headers["retry-after"] for one in refused)
    assert len(refused) + len(answered) == 300
    assert answered
    assert other == 200


def test_a_repeated_request_is_answered_from_the_ledger_without_computing_again(deployment, monkeypatch):
    computed = []
    found = ProfilesFromFacts.find

    async def count(self, supplier_id, *arguments, **named):
        computed.append(supplier_id)
        return await found(self, supplier_id, *arguments, **named)

    monkeypatch.setattr(ProfilesFromFacts, "find", count)

    async def work(http, _):
        return [await post(http, deployment.keys["bank"], idempotency="once-and-again") for _ in range(2)]

    first, second = opened(deployment, work)
    assert (first.content, second.headers["idempotency-replayed"]) == (second.content, "true")
    assert len(computed) == 1


def test_what_nobody_waits_for_any_more_is_not_computed(deployment, monkeypatch):
    monkeypatch.setattr("serving.answering.DEADLINE_SECONDS", 0.5)

    async def work(http, inside):
        engine, computed = inside.watcher.live.from_facts._engine, []
        whole = engine.profiles

        def slow(cases):
            computed.extend(case.supplier_id for case in cases)
            time.sleep(1.5)
            return whole(cases)

        monkeypatch.setattr(engine, "profiles", slow)
        first = asyncio.create_task(post(http, deployment.keys["bank"], supplier="first"))
        await asyncio.sleep(0.3)
        late = [asyncio.create_task(post(http, deployment.keys["bank"], supplier=f"late-{n}")) for n in range(5)]
        statuses = [one.status_code for one in await asyncio.gather(first, *late)]
        await asyncio.sleep(3)
        return statuses, computed

    statuses, computed = opened(deployment, work)
    assert statuses == [503] * 6
    assert computed == ["first"]
