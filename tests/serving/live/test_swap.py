"""The champion changes under load: forward, back, and not at all where what comes is broken."""

import asyncio
import json
import shutil
import uuid
from functools import partial

import pytest

from models.errors import PromotionError
from models.promotion.champions import champion
from models.promotion.people import add_person
from models.promotion.promote import propose, rollback
from tests.promoting import PROPOSER, promote, variant
from tests.waiting import until

pytestmark = pytest.mark.slow

ROUNDS = 3  # there and back again
TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}


@pytest.fixture(scope="module")
def other(demo_market, tmp_path_factory):
    """Another scorecard of the same name."""
    return variant(demo_market.candidates["request"], tmp_path_factory.mktemp("other") / "candidate")


class Caller:
    """Asks for one supplier's score without a pause, and keeps every answer."""

    def __init__(self, http, supplier):
        self.http, self.supplier, self.answers = http, supplier, []

    async def press(self):
        while True:
            self.answers.append(await self.ask())

    async def ask(self):
        body = {"supplier_id": self.supplier, "purpose": "contract_loan", "request": TERMS}
        return await self.http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


async def is_served(opened, approval_id):
    assert await until(lambda: opened.watcher.live.scorecards["contract_loan"].approval_id == approval_id)


def break_leaf(folder, to):
    """A candidate one of whose leaves was changed."""
    shutil.copytree(folder, to)
    text = (to / "booster.txt").read_text()
    (to / "booster.txt").write_text(text.replace("leaf_value=", "leaf_value=9", 1))
    return to


def test_promotions_and_rollbacks_under_load_drop_no_request_and_mix_no_two_scorecards(
    deployment, other, demo_market, tmp_path
):
    home = deployment.home
    broken = break_leaf(demo_market.candidates["request"], tmp_path / "broken")

    async def work():
        words = [champion(home, "contract_loan")]
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, opened):
            caller = Caller(http, deployment.suppliers[9])
            pressing = asyncio.create_task(caller.press())
            for _ in range(ROUNDS):
                words.append(await asyncio.to_thread(promote, home, other))
                await is_served(opened, words[-1].approval_id)
                with pytest.raises(PromotionError, match="altered"):
                    await asyncio.to_thread(propose, home, broken, by=PROPOSER)
                back = partial(rollback, home, "contract_loan", by=PROPOSER, reason="To see it come back.")
                words.append(await asyncio.to_thread(back))
                await is_served(opened, words[-1].approval_id)
            pressing.cancel()
            return words, [*caller.answers, await caller.ask()]

    words, answers = asyncio.run(work())
    assert {answer.status_code for answer in answers} == {200}
    documents = [answer.json() for answer in answers]
    order = [word.approval_id for word in words]
    seen = [one["scorecard"]["approval_id"] for one in documents]
    assert seen == sorted(seen, key=order.index)
    assert set(seen) == set(order)
    digests = {word.approval_id: word.digest for word in words}
    assert all(one["scorecard"]["digest"] == digests[one["scorecard"]["approval_id"]] for one in documents)
    for digest in set(digests.values()):  # one scorecard, one answer: neither its points nor its reasons are another's
        same = {
            json.dumps(one["supplier"], sort_keys=True) for one in documents if one["scorecard"]["digest"] == digest
        }
        assert len(same) == 1
    assert len({word.digest for word in words}) == 2


def test_a_champion_that_was_altered_after_its_approval_is_not_served_and_can_be_rolled_back(deployment, other):
    home = deployment.home
    first = champion(home, "contract_loan")

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, opened):
            caller = Caller(http, deployment.suppliers[9])
            card = promote(home, other).folder / "card.md"
            card.write_text("better")
            swapped = await opened.watcher.look()
            during = await caller.ask()
            back = rollback(home, "contract_loan", by=PROPOSER, reason="It was altered.")
            await opened.watcher.look()
            return swapped, during.json(), back, (await caller.ask()).json()

    swapped, during, back, after = asyncio.run(work())
    assert not swapped
    assert during["scorecard"]["approval_id"] == first.approval_id
    assert (after["scorecard"]["digest"], after["scorecard"]["approval_id"]) == (first.digest, back.approval_id)


def test_a_proposal_alone_changes_nothing_served(deployment, other):
    first = champion(deployment.home, "contract_loan")
    add_person(deployment.home, PROPOSER)

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, opened):
            before = opened.watcher.live.scorecards["contract_loan"].scorecard
            propose(deployment.home, other, by=PROPOSER)
            await opened.watcher.look()
            answer = await Caller(http, deployment.suppliers[9]).ask()
            return opened.watcher.live.scorecards["contract_loan"].scorecard is before, answer.json()

    same, answer = asyncio.run(work())
    assert same
    assert answer["scorecard"]["approval_id"] == first.approval_id
