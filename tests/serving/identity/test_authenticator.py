"""Who may do what: every route, every role, every kind of key, from the routes' own table."""

import asyncio
import json
import threading

import pytest
from starlette.requests import Request

from ledger.keys import ROLES, create_key, revoke_key
from serving.app import OPERATIONS
from serving.http.problems import Problem
from serving.live.live import StoredProfiles
from tests.waiting import until, wait_until

pytestmark = pytest.mark.slow

TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}
BODY = {"supplier_id": "unknown", "purpose": "contract_loan", "request": TERMS}
CLOSED = [operation for operation in OPERATIONS if operation.roles is not None]
OPEN = [operation for operation in OPERATIONS if operation.roles is None]


def call(client, operation, authorization: str | None, number: list[int] = [0]):  # noqa: B006
    path = operation.template.replace("{score_id}", "sc_none").replace("{supplier_id}", "nobody")
    headers = {"Authorization": authorization} if authorization is not None else {}
    if operation.method == "POST":
        number[0] += 1
        return client.http.post(path, json=BODY, headers=headers | {"Idempotency-Key": f"matrix-{number[0]}"})
    return client.http.get(path, headers=headers)


def test_only_health_and_the_description_are_open(client):
    assert {operation.template for operation in OPEN} == {"/livez", "/readyz"}
    described = client.http.get("/openapi.json").json()
    operations = {(path, method.upper()) for path, methods in described["paths"].items() for method in methods}
    assert operations == {(operation.template, operation.method) for operation in OPERATIONS}


@pytest.mark.parametrize("operation", CLOSED, ids=lambda operation: operation.name)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(client, operation, role):
    answer = call(client, operation, client.headers(role)["Authorization"])
    if role in operation.roles:
        assert answer.status_code in {200, 404}
    else:
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:supplier-credit:problem:forbidden")


@pytest.mark.parametrize("operation", CLOSED, ids=lambda operation: operation.name)
def test_without_a_live_key_every_refusal_is_the_same(client, served, operation):
    key = served.keys["bank"]
    revoked = create_key(served.home, tenant=served.tenant, role="bank")
    revoke_key(served.home, revoked.key_id)
    await_refusal(client, revoked.secret)
    given = [None, "", "Bearer", key, f"Basic {key}", f"bearer  {key}", f"Bearer {key}x", f"Bearer {key[:-1]}"]
    given += [f"Bearer {key[:17]}{'A' * 43}", f"Bearer {revoked.secret}", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer ü"]
    refusals = set()
    for authorization in given:
        answer = call(client, operation, authorization.encode() if authorization is not None else None)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        refusals.add(json.dumps({**answer.json(), "request_id": ""}))
    assert len(refusals) == 1


def test_two_keys_in_one_request_are_none(client):
    own = client.headers("bank")["Authorization"]
    answer = client.http.get("/v1/scorecard", headers=[("Authorization", own), ("Authorization", own)])
    assert answer.status_code == 401


def test_a_key_works_from_the_moment_it_is_made_and_no_longer_than_it_lives(client, served):
    made = create_key(served.home, tenant="new-bank", role="bank")
    headers = {"Authorization": f"Bearer {made.secret}"}
    assert client.http.get("/v1/scorecard", headers=headers).status_code == 200
    revoke_key(served.home, made.key_id)
    await_refusal(client, made.secret)


def await_refusal(client, secret: str) -> None:
    """Wait until the service has read the keys again and refuses this one."""
    headers = {"Authorization": f"Bearer {secret}"}
    assert wait_until(lambda: client.http.get("/v1/scorecard", headers=headers).status_code == 401)


def test_a_revoked_key_is_refused_while_a_swap_waits(deployment, monkeypatch):
    """Keys are read again by a task of their own: what is slow to open delays no refusal."""
    opening, release = threading.Event(), threading.Event()

    def open_slowly(_):
        opening.set()
        release.wait()

    async def work() -> tuple[int, bool]:
        made = create_key(deployment.home, tenant="bank", role="bank")
        async with deployment.opened(deployment.without_facts(), made.secret) as (http, opened):

            async def refused() -> bool:
                return (await http.get("/v1/scorecard")).status_code == 401

            served = opened.watcher.live
            monkeypatch.setattr(StoredProfiles, "open", open_slowly)
            (deployment.fleet.parent / "current.json").touch()
            assert await until(opening.is_set)
            try:
                revoke_key(deployment.home, made.key_id)
                return await until(refused), opened.watcher.live is served
            finally:
                release.set()

    refused, still_waiting = asyncio.run(work())
    assert still_waiting
    assert refused, "the key was accepted as long as the swap waited"


def test_guessing_keys_reaches_the_disk_at_most_twenty_times_a_second_and_finds_new_keys_at_once(deployment):
    from ledger.reader import Reader
    from serving.identity.authenticator import Authenticator
    from serving.roles import SCORING

    async def guess() -> tuple[int, list]:
        reader = Reader(deployment.home / "ledger.sqlite")
        authenticator, looks = Authenticator(reader), []
        monitored = reader.keys
        reader.keys = lambda: looks.append(1) or monitored()

        def caller_of(secret: str):
            headers = [(b"authorization", f"Bearer {secret}".encode())]
            return authenticator.caller(Request({"type": "http", "headers": headers}), SCORING)

        guesses = [caller_of(f"sck_{n:012x}_{'A' * 43}") for n in range(200)]
        outcomes = await asyncio.gather(*guesses, caller_of(deployment.keys["bank"]), return_exceptions=True)
        made = create_key(deployment.home, tenant="late", role="bank")
        outcomes.append(await caller_of(made.secret))
        reader.close()
        return len(looks), outcomes

    looks, outcomes = asyncio.run(guess())
    assert looks == 2
    assert all(isinstance(one, Problem) for one in outcomes[:200])
    assert [one.tenant for one in outcomes[200:]] == [deployment.tenant, "late"]


def test_nothing_in_a_request_changes_the_tenant(client, served):
    mine = client.score(supplier_id="unknown").json()
    theirs = {"X-Tenant-ID": served.tenant, "X-Role": "operator", **client.headers("other bank")}
    assert client.http.get(mine["links"]["self"], headers=theirs).status_code == 404
    assert client.http.get(f"{mine['links']['self']}?tenant={served.tenant}", headers=theirs).status_code == 422
