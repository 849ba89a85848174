"""What an answer says of the age of its profile, of sent facts, of unknown suppliers; and of its failures, the log."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from serving import clock
from tests.command import command

pytestmark = pytest.mark.slow
CONTRACT = {"kind": "contract", "signed_on": "2026-01-05", "amount": "52000.00", "currency": "CNY"}


async def score(http, supplier: str, **changed):
    body = {"supplier_id": supplier, "purpose": "history_loan"} | changed
    return await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def opened(deployment, settings, work):
    async def run():
        async with deployment.opened(settings, deployment.keys["bank"]) as (http, inside):
            return await work(http, inside)

    return asyncio.run(run())


@pytest.mark.parametrize(("days", "is_stale"), [(1, False), (29, False), (31, True), (330, True)])
def test_a_score_ends_and_is_limited_by_the_age_of_its_profile(deployment, monkeypatch, days, is_stale):
    async def work(http, inside):
        as_of = inside.watcher.live.stored.last.as_of
        monkeypatch.setattr(clock, "now", lambda: as_of + timedelta(days=days))
        answer = (await score(http, deployment.suppliers[7])).json()
        end = (as_of.astimezone(inside.watcher.live.zone) + timedelta(days=30)).date().isoformat()
        return answer, end

    answer, end = opened(deployment, deployment.without_facts(), work)
    assert answer["valid_until"] == end
    assert ("STALE_PROFILE" in answer.get("codes", [])) == is_stale
    assert not (is_stale and answer["status"] == "scored")


def test_the_past_has_no_validity_and_an_unknown_supplier_its_own_code(deployment):
    async def work(http, inside):
        past = (await score(http, deployment.suppliers[7], as_of="1990-01-01")).json()
        return past, (await score(http, "nobody-at-all")).json()

    past, unknown = opened(deployment, deployment.settings(), work)
    assert "valid_until" not in past
    assert unknown["codes"][0] == "UNKNOWN_SUPPLIER"
    assert past["codes"][0] in {"NO_HISTORY", "UNKNOWN_SUPPLIER"}


def test_sent_facts_are_a_code_with_the_points_without_them_beside(deployment):
    supplier = deployment.suppliers[7]
    contracts = [CONTRACT | {"contract_id": f"X{n}", "supplier_id": supplier, "buyer_id": "BX"} for n in range(30)]

    async def work(http, inside):
        return (await score(http, supplier, facts={"buyers": [{"buyer_id": "BX"}], "contracts": contracts})).json()

    answer = opened(deployment, deployment.settings(), work)
    assert (answer["status"], "FACTS_SENT" in answer.get("codes", [])) == ("scored_limited", True)
    assert isinstance(answer["facts"]["points_without"], int)


def test_a_503_leaves_its_cause_in_the_log(deployment, monkeypatch):
    import sqlite3

    logged = []

    class Log:
        def error(self, event, **fields):
            logged.append((event, fields))

    monkeypatch.setattr("serving.app.get_log", Log, raising=False)

    async def work(http, inside):
        blocker = sqlite3.connect(deployment.home / "ledger.sqlite", isolation_level=None)
        blocker.execute("CREATE TRIGGER full BEFORE INSERT ON scores BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        blocker.close()
        return (await score(http, "nobody")).status_code

    assert opened(deployment, deployment.without_facts(), work) == 503
    assert [event for event, _ in logged] == ["unavailable"]
    assert "IntegrityError" in logged[0][1]["error"]


def test_head_is_answered_where_get_is(deployment):
    async def work(http, inside):
        return [(await http.head(path)).status_code for path in ("/livez", "/readyz", "/v1/scorecard", "/openapi.json")]

    assert opened(deployment, deployment.without_facts(), work) == [200] * 4


def test_the_program_says_its_version(tmp_path):
    done = command("--version", home=tmp_path)
    assert (done.returncode, done.stdout.strip()[:1].isdigit()) == (0, True)
