"""A purpose can be withdrawn, also its first champion; afterwards it has none until two people promote again."""

import pytest

from models.promotion import champions
from tests.command import command


@pytest.fixture
def promoted(desk, written):
    desk.promote(written)
    return desk


def champion(desk):
    champions._cache.clear()
    return champions.champion(desk.home, "contract_loan")


def withdraw(desk, *, by="Ada", purpose="contract_loan"):
    return command("withdraw", purpose, "--as", by, "--reason", "Its sample is another product's.", home=desk.home)


def test_a_first_champion_is_withdrawn_by_one_person(promoted):
    done = withdraw(promoted)
    assert (done.returncode, champion(promoted)) == (0, None)
    listed = command("promotions", home=promoted.home).stdout
    assert "withdraw" in listed
    assert "champion of" not in listed


def test_what_was_withdrawn_can_be_promoted_again(promoted, second):
    withdraw(promoted)
    made = promoted.promote(second)
    assert champion(promoted).digest == made.digest


def test_no_rollback_brings_back_what_was_withdrawn(promoted, second):
    promoted.promote(second)
    withdraw(promoted)
    done = command("rollback", "contract_loan", "--as", "Ada", "--reason", "Back.", home=promoted.home)
    assert (done.returncode, champion(promoted)) == (3, None)


def test_a_purpose_without_a_champion_is_not_withdrawn(promoted):
    lines = len(promoted.lines)
    assert withdraw(promoted, purpose="no_such").returncode == 3
    assert len(promoted.lines) == lines
