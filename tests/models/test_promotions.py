"""Two people put a scorecard into service; one takes it out."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from models import promotions
from models.champions import champion, champions
from models.errors import PromotionError
from models.people import add_person
from models.spec import Calibration


def refused(act, *told, **how):
    with pytest.raises(PromotionError) as error:
        act(*told, **how)
    return str(error.value)


# Proposing


def test_a_proposal_names_the_release_and_serves_nothing(home, desk, written, scorecard):
    proposal = desk.propose(written)
    assert (proposal.serial, proposal.name, proposal.version) == (1, "contract-loan", "1")
    assert proposal.digest == scorecard.digest
    assert proposal.before == {"contract_loan": None}
    assert proposal.folder == home / "releases" / "contract-loan" / "1"
    assert not (proposal.folder / "approval.json").exists()
    assert champions(home) == {}


def test_a_proposal_tells_what_it_would_replace(desk, written, second, scorecard):
    desk.promote(written)
    assert desk.propose(second).before == {"contract_loan": scorecard.digest}


def test_the_same_bytes_keep_their_version(desk, written, second):
    desk.propose(written)
    desk.propose(second)
    again = desk.propose(written)
    assert (again.serial, again.version) == (3, "1")


def test_a_release_of_elsewhere_brings_no_approval_along(desk, written, tmp_path):
    folder = shutil.copytree(written, tmp_path / "elsewhere")
    (folder / "approval.json").write_bytes(b'{"digest":"%s","version":"7"}' % desk.propose(written).digest.encode())
    shutil.rmtree(desk.home / "releases")
    desk.ledger.unlink()
    (desk.home / "promotions.seen").unlink()
    assert not (desk.propose(folder).folder / "approval.json").exists()


def test_a_stranger_proposes_nothing(home, desk, written):
    assert "Not proposed. 'Eve' may not sign here" in refused(desk.propose, written, by="Eve")
    assert not desk.ledger.exists()
    assert not (home / "releases").exists()


# Approving


def test_an_approved_proposal_is_the_champion_of_its_purposes(home, desk, written):
    made = desk.promote(written)
    assert champion(home, "contract_loan") == made
    assert champion(home, "history_loan") is None
    assert made.folder == home / "releases" / "contract-loan" / "1"
    assert (made.version, made.serial) == ("1", 2)
    assert made.approval_id.startswith("pl_")


def test_the_release_answers_as_the_candidate_did(desk, made, written, scorecard):
    desk.promote(written)
    opened = desk.open()
    assert (opened.digest, opened.version) == (scorecard.digest, "1")
    assert opened.assess(made.rows[0]) == scorecard.assess(made.rows[0])


def test_the_approval_carries_both_people_both_records_and_both_signatures(desk, written, second):
    first = desk.promote(written)
    proposal = desk.propose(second)
    found = desk.approve(proposal.serial)
    told = json.loads((found.folder / "approval.json").read_bytes())
    assert (told["digest"], told["version"], told["serial"]) == (found.digest, "2", 4)
    assert told["approval_id"] == found.approval_id != proposal.id
    assert (told["from"], told["to"]) == ({"contract_loan": first.digest}, found.digest)
    assert (told["proposer"]["person"], told["approver"]["person"]) == ("Ada", "Ben")
    assert told["proposer"]["key"] != told["approver"]["key"]
    assert told["evidence"].startswith("sha256:")
    lines = [json.loads(line) for line in desk.lines[2:]]
    assert [one["record"] for one in told["signatures"]] == [line["record"] for line in lines]
    assert [one["signature"] for one in told["signatures"]] == [line["signature"] for line in lines]


def test_who_proposed_may_not_approve(home, desk, written):
    serial = desk.propose(written).serial
    assert "Not approved. It was proposed by Ada, and must be approved by another" in refused(
        desk.approve, serial, "Ada"
    )
    assert champions(home) == {}
    assert desk.approve(serial, by="Ben").serial == 2


def rename(home, old, new):
    """Give a person's key another name beside the first."""
    told = json.loads((home / "people" / f"{old}.pub").read_bytes())
    (home / "people" / f"{new}.pub").write_bytes(json.dumps({**told, "name": new}, separators=(",", ":")).encode())
    shutil.copy(home / "people" / f"{old}.key", home / "people" / f"{new}.key")


def test_one_key_under_two_names_is_one_person(home, desk, written):
    rename(home, "Ada", "Eve")
    serial = desk.propose(written).serial
    assert "with the same key" in refused(desk.approve, serial, by="Eve")
    assert champions(home) == {}


def test_one_name_in_two_spellings_is_one_person(home, desk, written):
    add_person(home, "Eve")
    rename(home, "Eve", "ADA")
    assert "proposed by Ada" in refused(desk.approve, desk.propose(written).serial, by="ADA")


def test_a_proposal_that_is_not_there_is_not_approved(desk, written):
    desk.promote(written)
    for serial in (2, 3):  # the approval, and nothing
        assert f"Not approved. There is no proposal {serial}" in refused(desk.approve, serial)


def test_a_proposal_is_approved_once(desk, written):
    serial = desk.promote(written).serial - 1
    assert "was approved already, by Ben in line 2" in refused(desk.approve, serial)


def test_a_later_proposal_of_the_same_name_withdraws_the_earlier(home, made, desk, written, second, tmp_path):
    made.write(tmp_path / "other", name="history-loan", purposes=("history_loan",))
    other, first = desk.propose(tmp_path / "other").serial, desk.propose(written).serial
    desk.propose(second)
    assert "was withdrawn by a later one of contract-loan, line 3" in refused(desk.approve, first)
    assert desk.approve(other).name == "history-loan"


def test_a_rejected_proposal_is_not_approved_and_says_why(home, desk, written):
    serial = desk.propose(written).serial
    assert desk.reject(serial, reason="Its sample is too young.").serial == serial
    assert "was rejected by Ben in line 2: Its sample is too young." in refused(desk.approve, serial)
    assert "was rejected by Ben" in refused(desk.reject, serial)
    assert champions(home) == {}


@pytest.mark.parametrize("name", ["scorecard.json", "booster.txt", "golden.jsonl", "validation.json", "card.md"])
def test_a_release_altered_after_its_proposal_is_not_approved(home, desk, written, name):
    proposal = desk.propose(written)
    path = proposal.folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    told = refused(desk.approve, proposal.serial)
    assert told.startswith("Not approved. ")
    assert "altered" in told
    assert champions(home) == {}


def test_another_provenance_than_the_proposed_is_not_approved(desk, written):
    proposal = desk.propose(written)
    path = proposal.folder / "provenance.json"
    path.write_bytes(path.read_bytes().replace(b'"run":"r1"', b'"run":"r2"'))
    assert "provenance.json was altered after it was proposed" in refused(desk.approve, proposal.serial)


def test_gates_are_checked_again_when_it_is_approved(home, desk, written):
    serial = desk.propose(written).serial
    newer = desk.of(digest=lambda _: "sha256:" + "9" * 64)
    assert "Not approved. Gate features" in refused(newer.approve, serial)
    assert champions(home) == {}


def test_the_last_word_counts(home, desk, written, second):
    desk.promote(written)
    later = desk.promote(second)
    assert (later.version, later.serial) == ("2", 4)
    assert champion(home, "contract_loan") == later


def test_an_earlier_release_can_be_approved_anew(home, desk, written, second):
    first = desk.promote(written)
    desk.promote(second)
    back = desk.promote(first.folder)
    assert (back.folder, back.version, back.serial) == (first.folder, "1", 6)
    assert champion(home, "contract_loan") == back
    assert desk.open().digest == first.digest
    assert json.loads((back.folder / "approval.json").read_bytes())["serial"] == 6


def test_two_units_serve_their_purposes(home, made, desk, tmp_path, written):
    made.write(tmp_path / "history", name="history-loan", unit="supplier", purposes=("history_loan", "guarantee"))
    desk.promote(written)
    desk.promote(tmp_path / "history")
    assert {p: c.name for p, c in champions(home).items()} == {
        "contract_loan": "contract-loan",
        "history_loan": "history-loan",
        "guarantee": "history-loan",
    }


# Rolling back


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
    told = json.loads(desk.lines[-1])["record"]
    assert (told["person"], told["reason"], told["approval"]) == ("Ben", "It refuses too many.", first.serial)
    assert (told["from"], told["to"]) == ({"contract_loan": later.digest}, first.digest)


def test_a_second_rollback_goes_further_back_and_not_forward(desk, written, second, third):
    first, _, _ = desk.promote(written), desk.promote(second), desk.promote(third)
    assert desk.rollback().version == "2"
    assert desk.rollback().digest == first.digest
    assert "nothing was champion of contract_loan before" in refused(desk.rollback).lower()


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
        told = {"name": "history-loan", "unit": "supplier", "purposes": ("history_loan", "guarantee")}
        made.write(tmp_path / str(version), calibration=Calibration(slope=slope, intercept=-0.1), **told)
        desk.promote(tmp_path / str(version))
    desk.rollback("guarantee")
    assert {p: c.version for p, c in champions(home).items()} == {"history_loan": "2", "guarantee": "1"}


def test_there_is_nothing_before_the_first(desk, written):
    desk.promote(written)
    for purpose in ("contract_loan", "no_such_purpose"):
        told = refused(desk.rollback, purpose)
        assert told == f"Not rolled back. Nothing was champion of {purpose} before what is now."


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501])
def test_a_rollback_says_why(desk, written, second, reason):
    desk.promote(written)
    desk.promote(second)
    assert "Its 'reason' must be one line of text" in refused(desk.rollback, reason=reason)
    assert desk.rollback(reason="拒绝过多").version == "1"


def test_what_the_running_code_cannot_serve_is_not_brought_back(home, desk, written, second):
    desk.promote(written)
    later = desk.promote(second)
    newer = desk.of(digest=lambda _: "sha256:" + "9" * 64)
    assert "Not rolled back. Gate features" in refused(newer.rollback)
    assert champion(home, "contract_loan") == later


def test_what_was_altered_is_not_brought_back(desk, written, second):
    first = desk.promote(written)
    desk.promote(second)
    (first.folder / "card.md").write_text("better")
    assert "card.md was altered" in refused(desk.rollback)


def test_a_champion_that_was_damaged_is_no_obstacle_to_going_back(desk, written, second):
    desk.promote(written)
    shutil.rmtree(desk.promote(second).folder)
    assert desk.rollback().version == "1"
    assert desk.open().version == "1"


# Crashes and crowds


@pytest.fixture
def crash(monkeypatch):
    """Die where a named step would have been taken."""

    def die(*_):
        raise KeyboardInterrupt

    def at(step, act, *told):
        with monkeypatch.context() as crashing:
            crashing.setattr(promotions, step, die)
            with pytest.raises(KeyboardInterrupt):
                act(*told)

    return at


def test_a_crash_between_a_new_release_and_its_line_proposes_nothing(home, desk, written, crash):
    crash("append_line", desk.propose, written)
    assert "There is no proposal 1" in refused(desk.approve, 1)
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
        told = list(pool.map(approving, ["Ben", "Cyd"]))
    assert 2 in told
    assert "was approved already" in str(next(one for one in told if one != 2))
