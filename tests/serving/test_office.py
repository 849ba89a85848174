"""What is refused at start, and what changes between two requests, in this process and through the launcher."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import uuid
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from features.digest import features_digest
from features.errors import InputError
from models.promotions import champion, promote
from serving.app import create_app
from serving.launch import running
from serving.ledger.database import prepare_ledger
from serving.middleware import Outermost
from serving.profiles import StoredProfiles

TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}


@asynccontextmanager
async def opened(settings, key: str):
    """The app in this process, without a socket."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(Outermost(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
            http.headers["Authorization"] = f"Bearer {key}"
            yield http, app.state.office


async def score(http: httpx.AsyncClient, supplier: str, **changed) -> httpx.Response:
    body = {"supplier_id": supplier, "purpose": "contract_loan", "request": TERMS} | changed
    return await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def without_facts(deployment, **changed):
    return deployment.settings(facts=deployment.home / "none", **changed)


def rewrite(file: Path, **changed) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


def fleet_of(home: Path) -> Path:
    return home / "profiles" / json.loads((home / "profiles" / "current.json").read_text())["folder"]


def refusal(settings) -> str:
    async def start() -> None:
        async with opened(settings, "none"):
            pass

    with pytest.raises(InputError) as refused:
        asyncio.run(start())
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_stored_profiles_of_other_features_are_refused(deployment):
    rewrite(fleet_of(deployment.home) / "manifest.json", features_digest="sha256:" + "0" * 64)
    assert "other feature declarations" in refusal(without_facts(deployment))


def test_stored_profiles_of_columns_that_are_no_more_are_refused(deployment):
    manifest = json.loads((fleet_of(deployment.home) / "manifest.json").read_text())
    columns = ["no_such_column", *manifest["columns"][1:]]
    rewrite(fleet_of(deployment.home) / "manifest.json", columns=columns)
    assert "other feature declarations" in refusal(without_facts(deployment))


def test_a_stored_profile_changed_after_its_run_is_refused(deployment):
    matrix = fleet_of(deployment.home) / "matrix.npy"
    content = bytearray(matrix.read_bytes())
    content[-1] ^= 1
    matrix.write_bytes(content)
    assert "changed after its run" in refusal(without_facts(deployment))


def test_a_scorecard_of_other_features_is_refused(deployment, monkeypatch):
    columns = StoredProfiles.open(deployment.home / "profiles").columns  # type: ignore[union-attr]
    digests = {tuple(columns): features_digest(columns)}
    monkeypatch.setattr("serving.cards.features_digest", lambda names: digests.get(tuple(names), "sha256:other"))
    assert "other feature declarations" in refusal(without_facts(deployment))


def test_a_home_without_a_promoted_scorecard_is_refused(deployment):
    (deployment.home / "promotions.jsonl").unlink()
    (deployment.home / "promotions.seen").unlink()
    assert "promote" in refusal(without_facts(deployment))


def test_a_home_without_profiles_and_facts_is_refused(deployment):
    shutil.rmtree(deployment.home / "profiles")
    assert "profile FACTS --fleet" in refusal(without_facts(deployment))


def test_an_altered_scorecard_is_refused(deployment):
    booster = champion(deployment.home, "contract_loan").folder / "booster.txt"  # type: ignore[union-attr]
    booster.write_text(booster.read_text().replace("leaf_value=", "leaf_value=1", 1))
    assert "booster.txt" in refusal(without_facts(deployment))


def test_a_second_service_on_one_ledger_is_refused(deployment):
    async def two() -> None:
        async with opened(without_facts(deployment), "none"), opened(without_facts(deployment), "none"):
            pass

    with pytest.raises(InputError, match="Another service runs"):
        asyncio.run(two())


@pytest.mark.parametrize(
    "text", ["name = 1", 'name = "x"', 'name = "x"\nnotice = "y"\nlogo = "z"', "name = ", 'name = ""\nnotice = "y"']
)
def test_an_operators_file_that_says_too_little_or_too_much_is_refused(deployment, text):
    (deployment.home / "operator.toml").write_text(text)
    assert "operator.toml" in refusal(without_facts(deployment))


def test_the_launcher_says_in_one_line_why_a_service_refuses(deployment):
    prepare_ledger(deployment.home)
    import sqlite3

    with sqlite3.connect(deployment.home / "ledger.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match=r"schema '9999', which is newer"), running(without_facts(deployment)):
        pass


WRONG_PLACES = {
    "a name nobody knows": ("nowhere.invalid", 3000, "cannot listen"),
    "another machine's address": ("192.0.2.1", 3000, "cannot listen"),
    "another family's": ("::1", 3000, "cannot listen"),
}


@pytest.mark.parametrize(("host", "port", "words"), WRONG_PLACES.values(), ids=WRONG_PLACES.keys())
def test_a_place_where_nothing_can_listen_is_refused_for_what_it_is(deployment, host, port, words):
    from dataclasses import replace

    settings = replace(without_facts(deployment), host=host, port=port)
    with pytest.raises(InputError, match=words), running(settings):
        pass


def test_the_operators_own_words_are_in_every_answer(deployment):
    words = {"name": "平台", "filing": "备案 1", "notice": "决策参考"}
    (deployment.home / "operator.toml").write_text("\n".join(f'{k} = "{v}"' for k, v in words.items()))

    async def ask():
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (http, _):
            return (await score(http, "unknown")).json()["operator"]

    assert asyncio.run(ask()) == words


def test_a_candidate_is_served_for_study_and_says_so(deployment, market):
    from models.scorecard import Scorecard

    gates = list(Scorecard.open(market.candidates["supplier"]).failed_gates)

    async def ask():
        settings = without_facts(deployment, unapproved=market.candidates["supplier"])
        async with opened(settings, deployment.keys["bank"]) as (http, _):
            served = [await score(http, s, purpose="history_loan") for s in (deployment.suppliers[50], "unknown")]
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
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (http, _):
            return await score(http, "unknown", as_of="2025-01-01"), await score(http, "unknown")

    dated, stored = asyncio.run(ask())
    assert (dated.status_code, dated.json()["type"].rsplit(":")[-1]) == (422, "as-of-not-served")
    assert stored.status_code == 200


def test_without_stored_profiles_a_dated_request_is_still_answered(deployment):
    shutil.rmtree(deployment.home / "profiles")

    async def ask():
        async with opened(deployment.settings(), deployment.keys["bank"]) as (http, _):
            return await score(http, "unknown", as_of="2025-01-01"), await score(http, "unknown")

    dated, stored = asyncio.run(ask())
    assert dated.json()["codes"] == ["NO_HISTORY"]
    assert (stored.status_code, stored.json()["type"].rsplit(":")[-1]) == (503, "unavailable")
    assert "retry-after" in stored.headers


def test_a_promotion_is_on_duty_between_two_requests_and_none_is_dropped(deployment, market):
    """Requests go on while the champion changes; each answer names one scorecard, and the last names the new one."""

    async def work():
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (http, office):
            before = champion(deployment.home, "contract_loan")
            answers, asking = [], True

            async def press() -> None:
                while asking:
                    answers.append(await score(http, deployment.suppliers[9]))

            pressing = asyncio.create_task(press())
            after = await asyncio.to_thread(promote, deployment.home, market.candidates["request"], by=market.officer)
            for _ in range(300):
                await asyncio.sleep(0.05)
                if office.watch.duty.cards["contract_loan"].approval_id == after.approval_id:
                    break
            asking = False
            await pressing
            answers.append(await score(http, deployment.suppliers[9]))
            return before, after, answers

    before, after, answers = asyncio.run(work())
    assert {a.status_code for a in answers} == {200}
    told = [a.json()["scorecard"]["approval_id"] for a in answers]
    assert (told[0], told[-1]) == (before.approval_id, after.approval_id)
    assert told == sorted(told, key=[before.approval_id, after.approval_id].index)


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
def test_a_change_that_cannot_be_used_leaves_what_was_on_duty(deployment, file, content):
    dated = file.startswith("facts")  # Loading them takes seconds; only where they are what goes wrong.

    async def work():
        settings = deployment.settings() if dated else without_facts(deployment)
        async with opened(settings, deployment.keys["bank"]) as (http, office):
            before = office.watch.duty
            if content is None:
                (deployment.home / file).unlink()
            else:
                (deployment.home / file).write_text(content)
            swapped = await office.watch.look()
            answer = await score(http, deployment.suppliers[9], **({"as_of": "2024-06-01"} if dated else {}))
            return swapped, office.watch.duty is before, answer.status_code

    assert asyncio.run(work()) == (False, True, 200)


def test_a_change_that_cannot_be_used_holds_up_no_other(deployment, market):
    """A promotion beside a run gone wrong takes effect, and so does the run once it is mended."""
    first = champion(deployment.home, "contract_loan")
    pointer = deployment.home / "profiles" / "current.json"
    told = pointer.read_text()

    async def work():
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (_, office):
            profiles = office.watch.duty.stored
            promote(deployment.home, market.candidates["request"], by=market.officer)
            pointer.write_text("{")
            await office.watch.look()
            beside, kept = office.watch.duty.cards["contract_loan"].approval_id, office.watch.duty.stored is profiles
            pointer.write_text(told + " ")
            await office.watch.look()
            return beside, kept, office.watch.duty.stored is not profiles

    beside, kept, mended = asyncio.run(work())
    assert beside == champion(deployment.home, "contract_loan").approval_id != first.approval_id
    assert (kept, mended) == (True, True)


def test_a_ledger_that_cannot_be_written_gives_503_and_no_score_and_heals(deployment):
    import sqlite3

    async def work():
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (http, _):
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
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (http, _):
            first = await http.get("/readyz")
            ledger.rename(deployment.home / "taken")
            await asyncio.sleep(1.1)
            asleep = await http.get("/readyz")
            during = [await score(http, "unknown") for _ in range(3)]
            made = ledger.exists()
            (deployment.home / "taken").rename(ledger)
            await asyncio.sleep(1.1)
            return [first, asleep, *during, await http.get("/readyz"), await score(http, "unknown")], made

    answers, made = asyncio.run(work())
    assert [answer.status_code for answer in answers] == [200, 503, 503, 503, 503, 200, 200]
    assert not made


def test_a_look_that_fails_is_not_the_last(deployment, monkeypatch):
    async def work():
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (_, office):
            looks = []

            async def refresh() -> None:
                looks.append(1)
                raise RuntimeError("CANARY")

            monkeypatch.setattr(office.door, "refresh", refresh)
            await asyncio.sleep(2.5)
            return len(looks)

    assert asyncio.run(work()) == 2


def test_a_failure_inside_is_500_with_a_problem_and_nothing_of_the_cause(deployment, monkeypatch):
    async def work():
        async with opened(without_facts(deployment), deployment.keys["bank"]) as (http, office):

            def fail(*_):
                raise RuntimeError("CANARY")

            monkeypatch.setattr(type(office.watch.duty.stored), "find", fail)
            return await score(http, "unknown")

    answer = asyncio.run(work())
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "CANARY" not in answer.text


def test_the_process_holds_no_training_and_no_data_frames(deployment):
    """What is not imported cannot be walked by the collector, nor attacked."""
    script = """
import asyncio, sys
from serving.service import app
from serving.office import open_office
async def start():
    async with app.router.lifespan_context(app):
        print(sorted({"mlflow", "shap", "pandas", "sklearn", "optuna", "matplotlib", "training"} & set(sys.modules)))
asyncio.run(start())
"""
    env = os.environ | deployment.settings().to_env() | {"PYTHONPATH": str(Path(__file__).parents[2])}
    told = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.strip().splitlines()[-1] == "[]"


def test_a_service_whose_launcher_is_gone_leaves_in_good_order(deployment):
    import time

    import psutil

    settings = without_facts(deployment)
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
    began = time.monotonic()
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert not alive, f"still there after {time.monotonic() - began:.0f} s"
    assert not asyncio.run(_takes_over(deployment))


async def _takes_over(deployment) -> list:
    async with opened(without_facts(deployment), deployment.keys["bank"]):
        return []
