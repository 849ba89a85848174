"""What serves is what was approved, byte for byte."""

import json
import shutil
from pathlib import Path

import pytest

from models.canonical_json import canonical
from models.errors import ScorecardError
from models.promotion.champions import champion, champions


def test_no_line_no_champion(home):
    assert champion(home, "contract_loan") is None
    assert champions(home) == {}


@pytest.fixture
def promoted(desk, written, second):
    desk.promote(written)
    desk.promote(second)
    return desk


@pytest.mark.parametrize("name", ["scorecard.json", "booster.txt", "golden.jsonl", "validation.json", "card.md"])
def test_a_release_altered_after_its_approval_is_refused(promoted, name):
    path = champion(promoted.home, "contract_loan").folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ScorecardError):
        promoted.open()


def test_the_provenance_is_bound_by_the_approval(promoted):
    path = champion(promoted.home, "contract_loan").folder / "provenance.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), "run": "another"}))
    with pytest.raises(ScorecardError, match="provenance"):
        promoted.open()


@pytest.mark.parametrize(
    "change", [{"approver": {"person": "Eve", "key": "x"}}, {"version": "7"}, {"signatures": []}, {"from": {}}]
)
def test_an_altered_approval_is_refused(promoted, change):
    path = champion(promoted.home, "contract_loan").folder / "approval.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), **change}))
    with pytest.raises(ScorecardError, match="approval"):
        promoted.open()


def test_a_champion_without_its_approval_is_refused(promoted):
    (champion(promoted.home, "contract_loan").folder / "approval.json").unlink()
    with pytest.raises(ScorecardError, match="approval"):
        promoted.open()


def test_the_approval_of_another_release_is_refused(promoted):
    releases = promoted.home / "releases" / "contract-loan"
    shutil.copy(releases / "1" / "approval.json", releases / "2" / "approval.json")
    with pytest.raises(ScorecardError, match="approval"):
        promoted.open()


def test_what_came_back_is_held_to_its_own_approval(promoted):
    back = promoted.rollback()
    shutil.copy(back.folder.parent / "2" / "approval.json", back.folder / "approval.json")
    with pytest.raises(ScorecardError, match="approval"):
        promoted.open()


def test_a_proposal_leaves_the_champion_as_it_is(promoted, third):
    before = champion(promoted.home, "contract_loan")
    proposal = promoted.propose(third)
    assert champion(promoted.home, "contract_loan") == before
    shutil.rmtree(proposal.folder)
    assert champion(promoted.home, "contract_loan") == before


def test_asking_for_the_champion_again_reads_nothing(promoted, monkeypatch):
    first = champion(promoted.home, "contract_loan")
    champion(promoted.home, "contract_loan")
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert champion(promoted.home, "contract_loan") == first
