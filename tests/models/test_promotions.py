import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models import promotions
from models.canonical import canonical
from models.errors import LedgerError, ScorecardError
from models.people import add_person
from models.promotions import champion, champions
from models.spec import Calibration

DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def second(made, tmp_path):
    """Another candidate of the same name."""
    made.write(tmp_path / "second", calibration=Calibration(slope=0.9, intercept=-0.1))
    return tmp_path / "second"


def ledger(home):
    return home / "promotions.jsonl"


def open_it(home, made):
    """Open the champion as a service does that starts now."""
    promotions._cache.clear()
    found = champion(home, "contract_loan")
    return made.open(found.folder, digest=found.digest)


def test_no_line_no_champion(home):
    assert champion(home, "contract_loan") is None
    assert champions(home) == {}


def test_a_promoted_candidate_is_the_champion_of_its_purposes(home, made, written, sign):
    made_champion = sign(written)
    assert champion(home, "contract_loan") == made_champion
    assert champion(home, "history_loan") is None
    assert made_champion.folder == home / "releases" / "contract-loan" / "1"
    assert (made_champion.version, made_champion.serial) == ("1", 1)
    assert made_champion.approval_id.startswith("pl_")


def test_the_release_answers_as_the_candidate_did(home, made, written, sign, scorecard):
    sign(written)
    opened = open_it(home, made)
    assert opened.digest == scorecard.digest
    assert opened.version == "1"
    assert opened.assess(made.rows[0]) == scorecard.assess(made.rows[0])


def test_the_approval_names_what_was_approved_and_by_whom(home, written, sign, scorecard):
    found = sign(written)
    told = json.loads((found.folder / "approval.json").read_bytes())
    assert told["digest"] == scorecard.digest
    assert (told["version"], told["serial"], told["approval_id"]) == ("1", 1, found.approval_id)
    assert told["proposer"]["person"] == told["approver"]["person"] == "Ada"
    assert told["evidence"].startswith("sha256:")
    assert len(told["signatures"]) == 1


def test_the_last_word_counts(home, written, second, sign):
    sign(written)
    later = sign(second)
    assert (later.version, later.serial) == ("2", 2)
    assert champion(home, "contract_loan") == later


def test_an_earlier_release_is_brought_back_by_promoting_it(home, made, written, second, sign):
    first = sign(written)
    sign(second)
    back = sign(first.folder)
    assert (back.folder, back.version, back.serial) == (first.folder, "1", 3)
    assert champion(home, "contract_loan") == back
    assert open_it(home, made).digest == first.digest


def test_two_units_serve_two_purposes(home, made, tmp_path, written, sign):
    made.write(tmp_path / "history", name="history-loan", unit="supplier", purposes=("history_loan", "guarantee"))
    sign(written)
    sign(tmp_path / "history")
    assert {p: c.name for p, c in champions(home).items()} == {
        "contract_loan": "contract-loan",
        "history_loan": "history-loan",
        "guarantee": "history-loan",
    }


# Tampering


@pytest.fixture
def promoted(home, written, second, sign):
    sign(written)
    sign(second)
    return home


def test_every_edit_of_the_ledger_is_found(promoted):
    path = ledger(promoted)
    sound = path.read_bytes()
    for place in range(0, len(sound) - 1, 7):
        altered = bytearray(sound)
        altered[place] ^= 1
        path.write_bytes(altered)
        with pytest.raises(LedgerError):
            champion(promoted, "contract_loan")
    path.write_bytes(sound)
    assert champion(promoted, "contract_loan").serial == 2


def lines(home):
    return ledger(home).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    "edit",
    [
        lambda old: [old[1], old[0]],
        lambda old: [old[1]],
        lambda old: [old[0], old[0], old[1]],
        lambda old: [*old, old[1]],
        lambda old: [old[0], b"\n", old[1]],
        lambda old: [*old, b"{}\n"],
    ],
    ids=["swapped", "first dropped", "first twice", "last twice", "blank line", "not a promotion"],
)
def test_lines_moved_dropped_or_repeated_are_found(promoted, edit):
    ledger(promoted).write_bytes(b"".join(edit(lines(promoted))))
    with pytest.raises(LedgerError, match="line"):
        champion(promoted, "contract_loan")


def test_an_older_ledger_however_well_signed_is_refused(promoted):
    assert champion(promoted, "contract_loan").serial == 2
    ledger(promoted).write_bytes(lines(promoted)[0])
    with pytest.raises(LedgerError, match="older"):
        champion(promoted, "contract_loan")


def test_a_missing_ledger_is_refused_once_one_was_accepted(promoted):
    ledger(promoted).unlink()
    with pytest.raises(LedgerError, match="older"):
        champion(promoted, "contract_loan")


def test_a_history_rewritten_by_its_own_signer_is_refused(home, made, written, second, sign):
    sign(written)
    sign(second)
    old = ledger(home)
    old.rename(home / "old.jsonl")
    (home / "promotions.seen").rename(home / "seen")
    shutil.rmtree(home / "releases")
    sign(second)
    sign(written)
    (home / "seen").replace(home / "promotions.seen")
    with pytest.raises(LedgerError, match="older than, or other than"):
        champion(home, "contract_loan")


def test_nothing_is_promoted_onto_a_ledger_that_does_not_hold(promoted, written, sign):
    ledger(promoted).write_bytes(lines(promoted)[0])
    with pytest.raises(LedgerError):
        sign(written)


def test_a_line_signed_by_someone_no_longer_allowed_is_refused(home, written, sign):
    add_person(home, "Ben")
    sign(written, by="Ben")
    (home / "people" / "Ben.pub").unlink()
    with pytest.raises(LedgerError, match="someone who may not"):
        champion(home, "contract_loan")


@pytest.mark.parametrize("name", ["scorecard.json", "booster.txt", "golden.jsonl", "validation.json", "card.md"])
def test_a_release_altered_after_its_approval_is_refused(promoted, made, name):
    path = champion(promoted, "contract_loan").folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ScorecardError):
        open_it(promoted, made)


def test_the_provenance_is_bound_by_the_approval(promoted, made):
    path = champion(promoted, "contract_loan").folder / "provenance.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), "run": "another"}))
    with pytest.raises(ScorecardError, match="provenance"):
        open_it(promoted, made)


@pytest.mark.parametrize("change", [{"approver": {"person": "Eve", "key": "x"}}, {"version": "7"}, {"signatures": []}])
def test_an_altered_approval_is_refused(promoted, made, change):
    path = champion(promoted, "contract_loan").folder / "approval.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), **change}))
    with pytest.raises(ScorecardError, match="approval"):
        open_it(promoted, made)


def test_the_approval_of_another_release_is_refused(promoted, made):
    releases = promoted / "releases" / "contract-loan"
    shutil.copy(releases / "1" / "approval.json", releases / "2" / "approval.json")
    with pytest.raises(ScorecardError, match="approval"):
        open_it(promoted, made)


# Crashes and crowds


def test_a_line_that_was_cut_by_a_crash_is_no_line_and_the_next_replaces_it(home, written, second, sign):
    first = sign(written)
    with open(ledger(home), "ab") as file:
        file.write(b'{"record":{"act":"appr')
    assert champion(home, "contract_loan") == first
    assert sign(second).serial == 2
    assert champion(home, "contract_loan").version == "2"


def test_a_crash_between_the_line_and_its_approval_leaves_a_champion(home, made, written, second, sign):
    first = sign(written)
    sign(second)
    held = (first.folder / "approval.json").read_bytes()
    sign(first.folder)
    (first.folder / "approval.json").write_bytes(held)
    assert open_it(home, made).digest == first.digest


def test_a_folder_that_nobody_promoted_is_passed_over(home, written, sign):
    place = home / "releases" / "contract-loan" / "1"
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("mine")
    assert sign(written).version == "2"
    assert (place / "mine.txt").exists()


def test_a_crash_between_a_new_release_and_its_line_promotes_nothing(home, written, sign, monkeypatch):
    with monkeypatch.context() as crash:
        crash.setattr(promotions, "append_line", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sign(written)
    assert champions(home) == {}
    assert sign(written).serial == 1
    assert champion(home, "contract_loan").version == "2"


def test_promotions_at_once_all_stand(home, written, second, sign):
    # The lock belongs to the open file, so threads meet at it just as processes do.
    with ThreadPoolExecutor(4) as pool:
        serials = [c.serial for c in pool.map(sign, [written, second] * 6)]
    assert sorted(serials) == list(range(1, 13))
    assert len(lines(home)) == 12
    assert champion(home, "contract_loan").serial == 12
    assert sorted(p.name for p in (home / "releases" / "contract-loan").iterdir()) == ["1", "2"]


def test_asking_for_the_champion_again_reads_nothing(promoted, monkeypatch):
    first = champion(promoted, "contract_loan")
    champion(promoted, "contract_loan")
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert champion(promoted, "contract_loan") == first
