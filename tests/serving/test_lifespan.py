"""What is answered, and what changes between two requests, in this process and through the launcher."""

import asyncio
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import pytest

from models.promotion.champions import champion
from tests.promoting import promote
from tests.waiting import GUARD_SECONDS, until

pytestmark = pytest.mark.slow

TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}


async def score(http: httpx.AsyncClient, supplier: str, **changed) -> httpx.Response:
    body = {"supplier_id": supplier, "purpose": "contract_loan", "request": TERMS} | changed
    return await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def test_the_operators_own_words_are_in_every_answer(deployment):
    words = {"name": "平台", "filing": "备案 1", "notice": "决策参考"}
    (deployment.home / "operator.toml").write_text("\n".join(f'{k} = "{v}"' for k, v in words.items()))

    async def ask():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):
            return (await score(http, "unknown")).json()["operator"]

    assert asyncio.run(ask()) == words


def test_a_candidate_is_served_for_study_and_says_so(deployment, demo_market):
    from models.scorecard.scorecard import Scorecard

    gates = list(Scorecard.open(demo_market.candidates["supplier"]).failed_gates)

    async def ask():
        settings = deployment.without_facts(unapproved=demo_market.candidates["supplier"])
        async with deployment.opened(settings, deployment.keys["bank"]) as (http, _):
            served = [
                await score(http, s, purpose="history_loan", request=None)
                for s in (deployment.suppliers[50], "unknown")
            ]
            return [a.json() for a in served], await score(http, "unknown"), (await http.get("/v1/scorecard")).json()

    answers, other_purpose, scorecards = asyncio.run(ask())
    for answer in answers:
        assert (answer["supplier"]["basis"], answer["supplier"]["failed_gates"]) == ("unapproved", gates)
        assert "approval_id" not in answer["scorecard"]
    assert other_purpose.json()["type"].endswith("purpose-not-served")
    assert [one["basis"] for one in scorecards["scorecards"]] == ["unapproved"]
    assert champion(deployment.home, "history_loan").digest == scorecards["scorecards"][0]["digest"]  # type: ignore[union-attr]


def test_without_facts_a_dated_request_is_refused_and_stored_profiles_still_answer(deployment):
    async def ask():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):
            sent = await score(http, "unknown", facts={"buyers": [{"buyer_id": "B"}]})
            return sent, await score(http, "unknown", as_of="2025-01-01"), await score(http, "unknown")

    sent, dated, stored = asyncio.run(ask())
    assert (sent.status_code, sent.json()["type"].rsplit(":")[-1]) == (422, "facts-not-served")
    assert (dated.status_code, dated.json()["type"].rsplit(":")[-1]) == (422, "as-of-not-served")
    assert stored.status_code == 200


def test_without_stored_profiles_a_dated_request_is_still_answered(deployment):
    shutil.rmtree(deployment.home / "profiles")

    async def ask():
        async with deployment.opened(deployment.settings(), deployment.keys["bank"]) as (http, _):
            return await score(http, "unknown", as_of="2025-01-01"), await score(http, "unknown")

    dated, stored = asyncio.run(ask())
    assert dated.json()["codes"] == ["UNKNOWN_SUPPLIER"]
    assert (stored.status_code, stored.json()["type"].rsplit(":")[-1]) == (503, "unavailable")
    assert "retry-after" in stored.headers


def test_a_promotion_is_served_between_two_requests_and_none_is_dropped(deployment, demo_market):
    """Requests go on while the champion changes; each answer names one scorecard, and the last names the new one."""

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, opened):
            before = champion(deployment.home, "contract_loan")
            answers, asking = [], True

            async def press() -> None:
                while asking:
                    answers.append(await score(http, deployment.suppliers[9]))

            pressing = asyncio.create_task(press())
            after = await asyncio.to_thread(promote, deployment.home, demo_market.candidates["request"])
            await until(lambda: opened.watcher.live.scorecards["contract_loan"].approval_id == after.approval_id)
            asking = False
            await pressing
            answers.append(await score(http, deployment.suppliers[9]))
            return before, after, answers

    before, after, answers = asyncio.run(work())
    assert {a.status_code for a in answers} == {200}
    approvals = [a.json()["scorecard"]["approval_id"] for a in answers]
    assert (approvals[0], approvals[-1]) == (before.approval_id, after.approval_id)
    assert approvals == sorted(approvals, key=[before.approval_id, after.approval_id].index)


GONE_WRONG = {
    "a run that is not there": ("profiles/current.json", '{"folder": "no-such-run"}'),
    "half a pointer": ("profiles/current.json", "{"),
    "a pointer that points at nothing": ("profiles/current.json", "[]"),
    "no pointer": ("profiles/current.json", None),
    "no facts": ("facts/manifest.json", None),
    "half a manifest": ("facts/manifest.json", "{"),
    "a line that is no promotion": ("promotions.jsonl", "not a promotion\n"),
    "no promotions": ("promotions.jsonl", None),
}


@pytest.mark.parametrize(("file", "content"), GONE_WRONG.values(), ids=GONE_WRONG.keys())
def test_a_change_that_cannot_be_used_leaves_what_was_served(deployment, file, content):
    dated = file.startswith("facts")  # Loading them takes seconds; only where they are what goes wrong.

    async def work():
        settings = deployment.settings() if dated else deployment.without_facts()
        async with deployment.opened(settings, deployment.keys["bank"]) as (http, opened):
            before = opened.watcher.live
            if content is None:
                (deployment.home / file).unlink()
            else:
                (deployment.home / file).write_text(content)
            swapped = await opened.watcher.look()
            answer = await score(http, deployment.suppliers[9], **({"as_of": "2024-06-01"} if dated else {}))
            return swapped, opened.watcher.live is before, answer.status_code

    assert asyncio.run(work()) == (False, True, 200)


def test_a_change_that_cannot_be_used_delays_no_other(deployment, demo_market):
    """A promotion takes effect while a fleet run cannot be used; so does the run once it is repaired."""
    first = champion(deployment.home, "contract_loan")
    pointer = deployment.home / "profiles" / "current.json"
    content = pointer.read_text()

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (_, opened):
            profiles = opened.watcher.live.stored
            promote(deployment.home, demo_market.candidates["request"])
            pointer.write_text("{")
            await opened.watcher.look()
            approval_id, unchanged = (
                opened.watcher.live.scorecards["contract_loan"].approval_id,
                opened.watcher.live.stored is profiles,
            )
            pointer.write_text(content + " ")
            await opened.watcher.look()
            return approval_id, unchanged, opened.watcher.live.stored is not profiles

    approval_id, unchanged, replaced = asyncio.run(work())
    assert approval_id == champion(deployment.home, "contract_loan").approval_id != first.approval_id
    assert (unchanged, replaced) == (True, True)


def test_a_ledger_that_cannot_be_written_gives_503_and_no_score_and_heals(deployment, monkeypatch):
    import sqlite3

    monkeypatch.setattr(
        "ledger.writer.WRITE_PROOF_SECONDS", 600.0
    )  # The last write's outcome counts, however slow we are.

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):
            blocker = sqlite3.connect(deployment.home / "ledger.sqlite", isolation_level=None)
            blocker.execute("CREATE TRIGGER full BEFORE INSERT ON scores BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            during, ready = await score(http, "unknown"), await http.get("/readyz")
            blocker.execute("DROP TRIGGER full")
            blocker.close()
            return during, ready, await score(http, "unknown"), await http.get("/readyz")

    during, unready, after, ready = asyncio.run(work())
    assert (unready.status_code, "retry-after" in unready.headers, ready.status_code) == (503, True, 200)
    assert (during.status_code, during.json()["type"].rsplit(":")[-1]) == (503, "unavailable")
    assert ("retry-after" in during.headers, "score_id" in during.text) == (True, False)
    assert after.status_code == 200


def test_a_ledger_that_was_taken_away_is_missed_and_not_begun_anew(deployment):
    ledger = deployment.home / "ledger.sqlite"

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):

            async def ready() -> bool:
                return (await http.get("/readyz")).status_code == 200

            async def missed() -> bool:
                return not await ready()

            first = await until(ready)
            ledger.rename(deployment.home / "taken")
            asleep = await until(missed)
            during = [await score(http, "unknown") for _ in range(3)]
            made = ledger.exists()
            (deployment.home / "taken").rename(ledger)
            healed = await until(ready)
            return (first, asleep, healed), [*during, await score(http, "unknown")], made

    seen, answers, made = asyncio.run(work())
    assert seen == (True, True, True)
    assert [answer.status_code for answer in answers] == [503, 503, 503, 200]
    assert not made


def test_a_look_that_fails_is_not_the_last(deployment, monkeypatch):
    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (_, opened):
            looks = {"keys": 0, "live": 0}

            async def fail(name: str) -> None:
                looks[name] += 1
                raise RuntimeError("CANARY")

            monkeypatch.setattr(opened.authenticator, "refresh", lambda: fail("keys"))
            monkeypatch.setattr(opened.watcher, "look", lambda: fail("live"))
            return await until(lambda: min(looks.values()) >= 2)

    assert asyncio.run(work())


def test_a_failure_inside_is_500_with_a_problem_and_nothing_of_the_cause(deployment, monkeypatch):
    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, opened):

            def fail(*_):
                raise RuntimeError("CANARY")

            monkeypatch.setattr(type(opened.watcher.live.stored), "find", fail)
            return await score(http, "unknown")

    answer = asyncio.run(work())
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "CANARY" not in answer.text


def test_the_process_holds_no_training_and_no_data_frames(deployment):
    """What is not imported cannot be walked by the collector, nor attacked."""
    script = """
import asyncio, sys
from serving.service import app
from serving.lifespan import open_deployment
async def start():
    async with app.router.lifespan_context(app):
        print(sorted({"mlflow", "shap", "pandas", "sklearn", "optuna", "matplotlib", "training"} & set(sys.modules)))
asyncio.run(start())
"""
    env = os.environ | deployment.settings().to_env() | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_a_service_whose_launcher_is_gone_leaves_in_good_order(deployment):
    import psutil

    settings = deployment.without_facts()
    script = f"""
import os, time
from pathlib import Path
from serving.launch import running
from serving.settings import Settings
settings = Settings(home=Path({str(settings.home)!r}), facts=Path({str(settings.facts)!r}), port={settings.port})
with running(settings) as service:
    print(service.pid, flush=True)
    time.sleep(60)
"""
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    launcher = subprocess.Popen(
        [sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    tree = psutil.Process(int(next(line for line in launcher.stdout if line.strip().isdigit())))  # type: ignore[union-attr]
    processes = [tree, *tree.children(recursive=True)]
    launcher.kill()
    launcher.wait()
    _, alive = psutil.wait_procs(processes, timeout=GUARD_SECONDS)
    assert not alive
    assert not asyncio.run(_takes_over(deployment))


async def _takes_over(deployment) -> list:
    async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]):
        return []
