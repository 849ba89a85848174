"""The promotion ledger: every edit is found, and what breaks the rules is refused however well it is signed."""

import shutil

import pytest

from models.canonical_json import canonical, read_canonical, sha256
from models.errors import LedgerError
from models.promotion import ledger
from models.promotion.champions import champion
from models.promotion.ledger import append_line, read_ledger, sign_line
from models.promotion.people import add_person, person, sign
from models.promotion.record import RELEASE, Line
from models.promotion.state import PromotionState


@pytest.fixture
def promoted(desk, written, second):
    """A proposal and its approval, twice."""
    desk.promote(written)
    desk.promote(second)
    return desk


# Tampering


def test_every_edit_is_found(promoted):
    sound = promoted.ledger.read_bytes()
    for place in range(0, len(sound) - 1, 7):
        altered = bytearray(sound)
        altered[place] ^= 1
        promoted.ledger.write_bytes(altered)
        with pytest.raises(LedgerError):
            champion(promoted.home, "contract_loan")
    promoted.ledger.write_bytes(sound)
    assert champion(promoted.home, "contract_loan").serial == 4


@pytest.mark.parametrize(
    "edit",
    [
        lambda old: [old[1], old[0], *old[2:]],
        lambda old: old[1:],
        lambda old: [old[0], *old],
        lambda old: [*old, old[-1]],
        lambda old: [old[0], b"\n", *old[1:]],
        lambda old: [*old, b"{}\n"],
        lambda old: [*old, b"7\n"],
        lambda old: [*old, b'{"record":[],"signature":""}\n'],
    ],
    ids=[
        *("swapped", "first dropped", "first twice", "last twice", "blank line"),
        *("not a promotion", "not an object", "not a record"),
    ],
)
def test_lines_moved_dropped_or_repeated_are_found(promoted, edit):
    promoted.ledger.write_bytes(b"".join(edit(promoted.lines)))
    with pytest.raises(LedgerError, match="line"):
        champion(promoted.home, "contract_loan")


def test_an_older_ledger_however_well_signed_is_refused(promoted):
    assert champion(promoted.home, "contract_loan").serial == 4
    promoted.ledger.write_bytes(b"".join(promoted.lines[:2]))
    with pytest.raises(LedgerError, match="older"):
        champion(promoted.home, "contract_loan")


def test_a_missing_ledger_is_refused_once_one_was_accepted(promoted):
    promoted.ledger.unlink()
    with pytest.raises(LedgerError, match="older"):
        champion(promoted.home, "contract_loan")


def test_a_history_rewritten_by_its_own_signers_is_refused(promoted, written, second):
    promoted.ledger.unlink()
    (promoted.home / "promotions.seen").rename(promoted.home / "seen")
    shutil.rmtree(promoted.home / "releases")
    promoted.promote(second)
    promoted.promote(written)
    (promoted.home / "seen").replace(promoted.home / "promotions.seen")
    with pytest.raises(LedgerError, match="older than, or differs from"):
        champion(promoted.home, "contract_loan")


def test_nothing_is_promoted_onto_a_ledger_that_does_not_hold(promoted, written):
    promoted.ledger.write_bytes(promoted.lines[0])
    for act in (lambda: promoted.propose(written), lambda: promoted.approve(1), promoted.rollback):
        with pytest.raises(LedgerError, match="older"):
            act()


def test_a_line_signed_by_someone_no_longer_allowed_is_refused(promoted):
    (promoted.home / "people" / "Ben.pub").unlink()
    with pytest.raises(LedgerError, match=r"line 2 .* not allowed to sign"):
        champion(promoted.home, "contract_loan")


def test_a_line_that_was_cut_by_a_crash_is_no_line_and_the_next_replaces_it(desk, written, second):
    first = desk.promote(written)
    with open(desk.ledger, "ab") as file:
        file.write(b'{"record":{"act":"appr')
    assert champion(desk.home, "contract_loan") == first
    assert desk.promote(second).serial == 4
    assert champion(desk.home, "contract_loan").version == "2"


# Forging: lines as whoever holds the keys could write them, without asking the rules


def forge(home, record, *, by, context=ledger._CONTEXT, **changed):
    """Append a line that is well signed and well chained, whatever it says."""
    content = (home / "promotions.jsonl").read_bytes() if (home / "promotions.jsonl").exists() else b""
    lines = content.splitlines()
    previous = sha256(lines[-1]) if lines else ledger._NO_LINE
    who = {"person": by, "key": person(home, by).key}
    full = {**record, "format": 2, "serial": len(lines) + 1, "previous": previous, **who, **changed}
    signature = sign(home, by, context + canonical(full))
    append_line(home, Line(full, signature, ""))


def record_of(desk, number):
    return dict(read_canonical(desk.lines[number - 1].rstrip(b"\n"))["record"])


def refused(desk):
    with pytest.raises(LedgerError) as error:
        champion(desk.home, "contract_loan")
    return str(error.value)


@pytest.fixture
def approval(desk, written):
    """A proposal by Ada, and the approval that Ben could sign, not written."""
    serial = desk.propose(written).serial
    lines = read_ledger(desk.home)
    proposed = lines[-1].record
    keys = {key: proposed[key] for key in (*RELEASE, "purposes", "from", "to", "at")}
    return dict(sign_line(desk.home, lines, {"act": "approve", "proposal": serial, **keys}, by="Ben").record)


def test_what_the_rules_allow_is_forged_to_no_end(desk, approval):
    forge(desk.home, approval, by="Ben")
    assert PromotionState.of(read_ledger(desk.home)).champion("contract_loan").latest.serial == 2


def test_an_approval_by_the_proposer_is_refused_on_reading(desk, approval):
    forge(desk.home, approval, by="Ada")
    assert "line 2 is not valid: it was proposed by Ada, and must be approved by another person" in refused(desk)


def test_an_approval_by_the_proposer_under_another_name_is_refused_on_reading(desk, approval):
    public_key = read_canonical((desk.home / "people" / "Ada.pub").read_bytes())
    (desk.home / "people" / "Eve.pub").write_bytes(canonical({**public_key, "name": "Eve"}))
    shutil.copy(desk.home / "people" / "Ada.key", desk.home / "people" / "Eve.key")
    forge(desk.home, approval, by="Eve")
    assert "line 2 is not valid: it was proposed by Ada with the same key" in refused(desk)


OTHER = "sha256:" + "7" * 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digest": OTHER, "to": OTHER}, "its 'digest' differs from proposal 1"),
        ({"evidence": OTHER}, "its 'evidence' differs"),
        ({"provenance": OTHER}, "its 'provenance' differs"),
        ({"version": "7"}, "its 'version' differs"),
        ({"name": "history-loan"}, "its 'name' differs"),
        ({"unit": "supplier"}, "its 'unit' differs"),
        ({"purposes": ["guarantee"], "from": {"guarantee": None}}, "its 'purposes' differs"),
        ({"from": {"contract_loan": OTHER}}, "its 'from' is not the champion"),
        ({"to": OTHER}, "its 'to' is not its scorecard's digest"),
        ({"proposal": 7}, "there is no proposal 7"),
    ],
)
def test_an_approval_of_other_than_was_proposed_is_refused_on_reading(desk, approval, change, said):
    forge(desk.home, approval | change, by="Ben")
    assert said in refused(desk)


def test_an_approval_without_a_proposal_is_refused_on_reading(desk, approval):
    desk.ledger.unlink()
    (desk.home / "promotions.seen").unlink()
    forge(desk.home, approval, by="Ben")
    assert "line 1 is not valid: there is no proposal 1" in refused(desk)


def test_an_approval_of_what_is_no_longer_open_is_refused_on_reading(desk, approval):
    desk.reject(1)
    forge(desk.home, approval, by="Ben")
    assert "proposal 1 was rejected by Ben" in refused(desk)


def test_two_scorecards_under_one_version_are_refused_on_reading(desk, approval):
    forge(desk.home, record_of(desk, 1) | {"digest": OTHER, "to": OTHER}, by="Ada")
    assert "version 1 of contract-loan is another scorecard, line 1" in refused(desk)


def test_a_rollback_to_what_was_not_before_is_refused_on_reading(promoted, third):
    promoted.promote(third)
    first, last = record_of(promoted, 2), record_of(promoted, 6)
    keys = {key: first[key] for key in (*RELEASE, "purposes", "to", "at")} | {"from": {"contract_loan": last["digest"]}}
    forge(promoted.home, keys | {"act": "rollback", "reason": "Further.", "approval": 2}, by="Ada")
    assert "it is not the previous champion of contract_loan" in refused(promoted)


def test_a_rollback_where_nothing_was_before_is_refused_on_reading(desk, approval):
    forge(desk.home, approval, by="Ben")
    keys = {key: value for key, value in approval.items() if key != "proposal"}
    keys |= {"from": {"contract_loan": approval["digest"]}}
    forge(desk.home, keys | {"act": "rollback", "reason": "Why not.", "approval": 2}, by="Ada")
    assert "contract_loan has no previous champion" in refused(desk)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"act": "promote"}, "its act is not known"),
        ({"act": ["approve"]}, "its act is not known"),
        ({"note": "x"}, "unknown or missing keys: note"),
        ({"reason": "x"}, "unknown or missing keys: reason"),
        ({"format": 3}, "its format is not known"),
        ({"name": "../../people"}, "its 'name' must be a scorecard's name"),
        ({"version": "../1"}, "its 'version' must be"),
        ({"version": 1}, "its 'version' must be"),
        ({"purposes": []}, "its 'purposes' must be"),
        ({"purposes": "contract_loan"}, "its 'purposes' must be"),
        ({"purposes": ["b", "a"]}, "its 'purposes' must be"),
        ({"from": {}}, "its 'from' does not have the keys"),
        ({"from": {"contract_loan": "none"}}, "its 'from' must be"),
        ({"digest": 7}, "its 'digest' must be"),
        ({"unit": ["supplier"]}, "its 'unit' must be"),
        ({"at": "yesterday"}, "its 'at' must be"),
        ({"at": "2026-11-29T12:00:00"}, "its 'at' must be"),
        ({"proposal": True}, "its 'proposal' must be"),
        ({"proposal": "1"}, "its 'proposal' must be"),
        ({"person": ["Ben"]}, "its 'person' must be"),
    ],
)
def test_a_line_of_another_shape_is_refused(desk, approval, change, said):
    forge(desk.home, approval, by="Ben", **change)
    assert said in refused(desk)


def test_a_missing_key_is_refused(desk, approval):
    forge(desk.home, {key: value for key, value in approval.items() if key != "evidence"}, by="Ben")
    assert "unknown or missing keys: evidence" in refused(desk)


def test_a_signature_for_something_else_is_none(desk, approval):
    forge(desk.home, approval, by="Ben", context=b"supplier-credit promotion v1\n")
    assert "signature does not verify" in refused(desk)


def test_a_ledger_in_which_one_signature_promoted_is_refused_and_says_how_to_begin_anew(desk, written):
    """A line as the format before this one had it, signed as that one signed."""
    add_person(desk.home, "old")
    old = {"act": "approve", "at": "2026-11-21T09:00:00+08:00", "proposal": None, "name": "contract-loan"}
    old |= {"version": "1", "digest": OTHER, "unit": "request", "purposes": ["contract_loan"], "evidence": OTHER}
    forge(desk.home, old | {"provenance": OTHER}, by="old", context=b"supplier-credit promotion v1\n", format=1)
    message = refused(desk)
    assert "one person could promote alone" in message
    assert "Move promotions.jsonl and promotions.seen to another folder" in message
    for file in ("promotions.jsonl", "promotions.seen"):
        (desk.home / file).unlink(missing_ok=True)
    assert desk.promote(written).serial == 2
