"""One person takes a scorecard out of service: what was champion before comes back."""

import json
import shutil

import pytest

from models.promotion.champions import champion, champions
from models.scorecard.spec import Calibration
from tests.promoting import refusal


def test_one_person_brings_back_what_was_champion_before(home, desk, written, second):
    first = desk.promote(written)
    later = desk.promote(second)
    held = (first.folder / "approval.json").read_bytes()
    back = desk.rollback(by="Ben")
    assert champion(home, "contract_loan") == back
    assert (back.folder, back.digest, back.serial) == (first.folder, first.digest, 5)
    assert back.approval_id not in (first.approval_id, later.approval_id)
    assert (first.folder / "approval.json").read_bytes() == held
    assert desk.open().digest == first.digest
    record = json.loads(desk.lines[-1])["record"]
    assert (record["person"], record["reason"], record["approval"]) == ("Ben", "It refuses too many.", first.serial)
    assert (record["from"], record["to"]) == ({"contract_loan": later.digest}, first.digest)


def test_a_second_rollback_goes_further_back_and_not_forward(desk, written, second, third):
    first, _, _ = desk.promote(written), desk.promote(second), desk.promote(third)
    assert desk.rollback().version == "2"
    assert desk.rollback().digest == first.digest
    assert "no previous champion of contract_loan" in refusal(desk.rollback)


def test_what_was_rolled_back_is_not_what_was_before(desk, written, second, third):
    desk.promote(written)
    desk.promote(second)
    desk.rollback()
    desk.promote(third)
    assert desk.rollback().version == "1"


def test_a_champion_that_is_approved_anew_is_not_what_was_before_itself(desk, written, second):
    desk.promote(written)
    desk.promote(second)
    desk.promote(second)
    assert desk.rollback().version == "1"


def test_a_rollback_moves_one_purpose_and_leaves_the_others(home, made, desk, tmp_path):
    for version, slope in enumerate((0.93, 0.9), start=1):
        declaration = {"name": "history-loan", "unit": "supplier", "purposes": ("history_loan", "guarantee")}
        made.write(tmp_path / str(version), calibration=Calibration(slope=slope, intercept=-0.1), **declaration)
        desk.promote(tmp_path / str(version))
    desk.rollback("guarantee")
    assert {p: c.version for p, c in champions(home).items()} == {"history_loan": "2", "guarantee": "1"}


def test_there_is_nothing_before_the_first(desk, written):
    desk.promote(written)
    for purpose in ("contract_loan", "no_such_purpose"):
        message = refusal(desk.rollback, purpose)
        assert message == f"Not rolled back. There is no previous champion of {purpose}."


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501])
def test_a_rollback_says_why(desk, written, second, reason):
    desk.promote(written)
    desk.promote(second)
    assert "Its 'reason' must be one line of text" in refusal(desk.rollback, reason=reason)
    assert desk.rollback(reason="拒绝过多").version == "1"


def test_what_the_running_code_cannot_serve_is_not_brought_back(home, desk, written, second):
    desk.promote(written)
    later = desk.promote(second)
    newer = desk.of(digest=lambda _: "sha256:" + "9" * 64)
    assert "Not rolled back. Gate features" in refusal(newer.rollback)
    assert champion(home, "contract_loan") == later


def test_what_was_altered_is_not_brought_back(desk, written, second):
    first = desk.promote(written)
    desk.promote(second)
    (first.folder / "card.md").write_text("better")
    assert "card.md was altered" in refusal(desk.rollback)


def test_a_champion_that_was_damaged_is_no_obstacle_to_going_back(desk, written, second):
    desk.promote(written)
    shutil.rmtree(desk.promote(second).folder)
    assert desk.rollback().version == "1"
    assert desk.open().version == "1"
