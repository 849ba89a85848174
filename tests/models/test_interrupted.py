"""Promotions that are cut short, and several at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.errors import PromotionError
from models.promotion import promote
from models.promotion.champions import champions
from models.promotion.people import add_person
from tests.promoting import refusal


@pytest.fixture
def crash(monkeypatch):
    """Die where a named step would have been taken."""

    def die(*_):
        raise KeyboardInterrupt

    def at(step, act, *arguments):
        with monkeypatch.context() as crashing:
            crashing.setattr(promote, step, die)
            with pytest.raises(KeyboardInterrupt):
                act(*arguments)

    return at


def test_a_crash_between_a_new_release_and_its_line_proposes_nothing(home, desk, written, crash):
    crash("append_line", desk.propose, written)
    assert "There is no proposal 1" in refusal(desk.approve, 1)
    assert desk.promote(written).version == "2"  # nobody knows what stands at 1: it is passed over


def test_a_crash_between_an_approval_and_its_line_promotes_nothing_and_can_be_made_good(home, desk, written, crash):
    serial = desk.propose(written).serial
    crash("append_line", desk.approve, serial)
    assert champions(home) == {}
    desk.approve(serial)
    assert desk.open().version == "1"


def test_a_crash_between_a_line_and_its_approval_leaves_a_champion(desk, written, second, crash):
    first = desk.promote(written)
    desk.promote(second)
    serial = desk.propose(first.folder).serial
    crash("write_durably", desk.approve, serial)
    assert desk.open().digest == first.digest


def test_a_folder_that_nobody_proposed_is_passed_over(home, desk, written):
    place = home / "releases" / "contract-loan" / "1"
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("mine")
    assert desk.promote(written).version == "2"
    assert (place / "mine.txt").exists()


def test_proposals_at_once_all_stand_and_one_is_open(home, desk, written, second):
    # The lock belongs to the open file, so threads meet at it just as processes do.
    with ThreadPoolExecutor(4) as pool:
        serials = [p.serial for p in pool.map(desk.propose, [written, second] * 4)]
    assert sorted(serials) == list(range(1, 9))
    assert sorted(p.name for p in (home / "releases" / "contract-loan").iterdir()) == ["1", "2"]
    assert desk.approve(8).serial == 9


def test_a_proposal_that_two_approve_at_once_is_approved_once(home, desk, written):
    add_person(home, "Cyd")
    serial = desk.propose(written).serial

    def approving(by):
        try:
            return desk.approve(serial, by=by).serial
        except PromotionError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(approving, ["Ben", "Cyd"]))
    assert 2 in outcomes
    assert "was approved already" in str(next(one for one in outcomes if one != 2))
