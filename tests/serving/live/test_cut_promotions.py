"""A promotion ledger that was cut does not bring an earlier scorecard back, whoever deletes what stands beside it."""

import asyncio

import pytest

from features.errors import InputError
from ledger.verify import verify
from models.promotion.champions import champion
from tests.promoting import promote, variant

pytestmark = pytest.mark.slow


def cut(home, lines: int) -> None:
    """Cut the ledger and remove what was noted beside it, as one who may write into the home can."""
    ledger = home / "promotions.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:lines]))
    (home / "promotions.seen").unlink()


@pytest.fixture
def promoted(deployment, demo_market, tmp_path):
    """A deployment with a newer champion, and the number of lines before it."""
    lines = len((deployment.home / "promotions.jsonl").read_bytes().splitlines())
    promote(deployment.home, variant(demo_market.candidates["request"], tmp_path / "newer"))
    return deployment, lines


def test_a_service_does_not_start_on_a_cut_promotion_ledger(promoted):
    deployment, lines = promoted

    async def start() -> None:
        async with deployment.opened(deployment.without_facts(), "none"):
            pass

    asyncio.run(start())
    cut(deployment.home, lines)
    refused = None
    try:
        asyncio.run(start())
    except InputError as error:
        refused = str(error)
    assert "older than" in str(refused)
    assert verify(deployment.home / "ledger.sqlite").intact


def test_a_running_service_keeps_the_newer_scorecard(promoted):
    deployment, lines = promoted
    newer = champion(deployment.home, "contract_loan")

    async def work():
        async with deployment.opened(deployment.without_facts(), "none") as (http, opened):
            cut(deployment.home, lines)
            await opened.watcher.look()
            ready = (await http.get("/readyz")).json()
            return opened.watcher.live.scorecards["contract_loan"].scorecard.digest, ready

    digest, ready = asyncio.run(work())
    assert digest == newer.digest
    assert ready["status"] == "degraded"
