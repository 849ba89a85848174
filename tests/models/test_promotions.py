"""Two people put a scorecard into service: what they may, what they may not, and what is left of it."""

import json
import shutil

import pytest

from models.promotion.champions import champion, champions
from models.promotion.people import add_person
from tests.promoting import refusal

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
    assert "Not proposed. 'Eve' may not sign here" in refusal(desk.propose, written, by="Eve")
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
    assert opened.score(made.rows[0]) == scorecard.score(made.rows[0])


def test_the_approval_carries_both_people_both_records_and_both_signatures(desk, written, second):
    first = desk.promote(written)
    proposal = desk.propose(second)
    found = desk.approve(proposal.serial)
    document = json.loads((found.folder / "approval.json").read_bytes())
    assert (document["digest"], document["version"], document["serial"]) == (found.digest, "2", 4)
    assert document["approval_id"] == found.approval_id != proposal.id
    assert (document["from"], document["to"]) == ({"contract_loan": first.digest}, found.digest)
    assert (document["proposer"]["person"], document["approver"]["person"]) == ("Ada", "Ben")
    assert document["proposer"]["key"] != document["approver"]["key"]
    assert document["evidence"].startswith("sha256:")
    lines = [json.loads(line) for line in desk.lines[2:]]
    assert [one["record"] for one in document["signatures"]] == [line["record"] for line in lines]
    assert [one["signature"] for one in document["signatures"]] == [line["signature"] for line in lines]


def test_who_proposed_may_not_approve(home, desk, written):
    serial = desk.propose(written).serial
    assert "Not approved. It was proposed by Ada, and must be approved by another" in refusal(
        desk.approve, serial, "Ada"
    )
    assert champions(home) == {}
    assert desk.approve(serial, by="Ben").serial == 2


def rename(home, old, new):
    """Give a person's key another name beside the first."""
    public_key = json.loads((home / "people" / f"{old}.pub").read_bytes())
    (home / "people" / f"{new}.pub").write_bytes(
        json.dumps({**public_key, "name": new}, separators=(",", ":")).encode()
    )
    shutil.copy(home / "people" / f"{old}.key", home / "people" / f"{new}.key")


def test_one_key_under_two_names_is_one_person(home, desk, written):
    rename(home, "Ada", "Eve")
    serial = desk.propose(written).serial
    assert "with the same key" in refusal(desk.approve, serial, by="Eve")
    assert champions(home) == {}


def test_one_name_in_two_spellings_is_one_person(home, desk, written):
    add_person(home, "Eve")
    rename(home, "Eve", "ADA")
    assert "proposed by Ada" in refusal(desk.approve, desk.propose(written).serial, by="ADA")


def test_a_proposal_that_is_not_there_is_not_approved(desk, written):
    desk.promote(written)
    for serial in (2, 3):  # the approval, and nothing
        assert f"Not approved. There is no proposal {serial}" in refusal(desk.approve, serial)


def test_a_proposal_is_approved_once(desk, written):
    serial = desk.promote(written).serial - 1
    assert "was approved already, by Ben in line 2" in refusal(desk.approve, serial)


def test_a_later_proposal_of_the_same_name_withdraws_the_earlier(home, made, desk, written, second, tmp_path):
    made.write(tmp_path / "other", name="history-loan", purposes=("history_loan",))
    other, first = desk.propose(tmp_path / "other").serial, desk.propose(written).serial
    desk.propose(second)
    assert "was replaced by a later proposal of contract-loan, line 3" in refusal(desk.approve, first)
    assert desk.approve(other).name == "history-loan"


def test_a_rejected_proposal_is_not_approved_and_says_why(home, desk, written):
    serial = desk.propose(written).serial
    assert desk.reject(serial, reason="Its sample is too young.").serial == serial
    assert "was rejected by Ben in line 2: Its sample is too young." in refusal(desk.approve, serial)
    assert "was rejected by Ben" in refusal(desk.reject, serial)
    assert champions(home) == {}


@pytest.mark.parametrize("name", ["scorecard.json", "booster.txt", "golden.jsonl", "validation.json", "card.md"])
def test_a_release_altered_after_its_proposal_is_not_approved(home, desk, written, name):
    proposal = desk.propose(written)
    path = proposal.folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    message = refusal(desk.approve, proposal.serial)
    assert message.startswith("Not approved. ")
    assert "altered" in message
    assert champions(home) == {}


def test_another_provenance_than_the_proposed_is_not_approved(desk, written):
    proposal = desk.propose(written)
    path = proposal.folder / "provenance.json"
    path.write_bytes(path.read_bytes().replace(b'"run":"r1"', b'"run":"r2"'))
    assert "provenance.json was altered after it was proposed" in refusal(desk.approve, proposal.serial)


def test_gates_are_checked_again_when_it_is_approved(home, desk, written):
    serial = desk.propose(written).serial
    newer = desk.of(digest=lambda _: "sha256:" + "9" * 64)
    assert "Not approved. Gate features" in refusal(newer.approve, serial)
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
