"""Back-up, restoration, erasure and verification, as an operator gives the commands."""

import asyncio
import sqlite3
import tarfile
import threading
from pathlib import Path

import pytest

from ledger.database import ledger_file, prepare_ledger
from ledger.keys import create_key, list_keys, revoke_key
from ledger.verify import verify
from ledger.writer import Ask, ScoreRecord, Writer
from tests.command import command


def entry(number: int, supplier: str = "S1", tenant: str = "bank") -> ScoreRecord:
    ask = Ask.of(tenant, f"key-{number}", b"{}")
    request, answer = b'{"supplier_id":"%s"}' % supplier.encode(), b'{"of":"%s %d"}' % (supplier.encode(), number)
    return ScoreRecord(ask, f"sc_{number}", request, b"x" * 40, answer, {"supplier_id": supplier})


def record(home: Path, entries: list[ScoreRecord]) -> None:
    async def all_of(writer: Writer) -> None:
        await asyncio.gather(*(writer.record(one) for one in entries))

    writer = Writer(prepare_ledger(home))
    asyncio.run(all_of(writer))
    writer.close()


@pytest.fixture
def home(tmp_path) -> Path:
    home = tmp_path / "home"
    prepare_ledger(home)
    record(home, [entry(number) for number in range(20)])
    create_key(home, tenant="bank", role="bank")
    return home


def answers(home: Path) -> set[bytes]:
    connection = sqlite3.connect(ledger_file(home))
    try:
        return {row[0] for row in connection.execute("SELECT answer FROM scores")}
    finally:
        connection.close()


def edit(home: Path, statement: str) -> None:
    connection = sqlite3.connect(ledger_file(home))
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_verify_names_the_row_that_was_edited_and_ends_with_3(home):
    sound = command("verify", home=home)
    edit(home, "UPDATE scores SET answer = '{}' WHERE score_id = 'sc_6'")
    edited = command("verify", home=home)
    assert (sound.returncode, edited.returncode) == (0, 3)
    assert "chain service, entry 7" in edited.stdout


def test_a_backup_made_under_load_holds_one_sound_state(home, tmp_path):
    """Of copies made by `cp` under load half were malformed."""
    stop = threading.Event()

    def press() -> None:
        number = 100
        while not stop.is_set():
            record(home, [entry(n) for n in range(number, number + 20)])
            number += 20

    thread = threading.Thread(target=press)
    thread.start()
    try:
        made = [command("backup", tmp_path / f"{n}.tar", home=home) for n in range(5)]
    finally:
        stop.set()
        thread.join()
    assert [one.returncode for one in made] == [0] * 5
    for number in range(5):
        other = tmp_path / f"other-{number}"
        assert command("restore", tmp_path / f"{number}.tar", "--reason", "A trial.", home=other).returncode == 0
        assert verify(ledger_file(other)).intact
        assert len(answers(other)) >= 20


def test_a_backup_holds_what_scores_are_given_with_and_only_its_owner_reads_it(home, tmp_path):
    (home / "people").mkdir()
    for name in ("promotions.jsonl", "promotions.seen", "people/ada.json", "operator.toml"):
        (home / name).write_text(name)
    command("backup", tmp_path / "a.tar", home=home)
    assert command("restore", tmp_path / "a.tar", "--reason", "A trial.", home=tmp_path / "new").returncode == 0
    assert {name: (tmp_path / "new" / name).read_text() for name in ("promotions.seen", "people/ada.json")} == {
        "promotions.seen": "promotions.seen",
        "people/ada.json": "people/ada.json",
    }
    assert (tmp_path / "a.tar").stat().st_mode & 0o077 == 0


def test_a_restored_ledger_keeps_the_newer_promotions_and_every_revocation(home, tmp_path):
    (home / "promotions.jsonl").write_text("older")
    key = list_keys(home)[0]["key_id"]
    command("backup", tmp_path / "a.tar", home=home)
    (home / "promotions.jsonl").write_text("newer")
    revoke_key(home, key)
    ledger_file(home).unlink()
    assert command("restore", tmp_path / "a.tar", "--reason", "Lost.", home=home).returncode == 0
    assert [one["revoked_at"] is not None for one in list_keys(home)] == [True]
    assert (home / "promotions.jsonl").read_text() == "newer"
    assert verify(ledger_file(home)).intact
    assert command("verify", home=home).returncode == 0


def test_a_backup_whose_ledger_was_edited_is_not_restored(home, tmp_path):
    edit(home, "UPDATE scores SET answer = '{}' WHERE score_id = 'sc_6'")
    command("backup", tmp_path / "a.tar", home=home)
    before = ledger_file(home).read_bytes()
    done = command("restore", tmp_path / "a.tar", "--reason", "A trial.", home=home)
    assert done.returncode == 2
    assert "entry 7" in done.stderr
    assert ledger_file(home).read_bytes() == before


def test_another_file_is_no_backup(home, tmp_path):
    (tmp_path / "a.tar").write_bytes(b"no archive")
    with tarfile.open(tmp_path / "b.tar", "w"):
        pass
    for name in ("a.tar", "b.tar", "c.tar"):
        assert command("restore", tmp_path / name, "--reason", "A trial.", home=home).returncode == 2


def test_erasing_a_supplier_leaves_nothing_of_it_and_the_chain_whole(home):
    record(home, [entry(200 + n, supplier="S-gone", tenant=f"bank {n % 2}") for n in range(250)])
    done = command("erase", "S-gone", "--reason", "Request 17.", home=home)
    assert (done.returncode, "250 scores are erased" in done.stdout) == (0, True)
    assert b"S-gone" not in ledger_file(home).read_bytes()
    report = verify(ledger_file(home))
    assert (report.intact, report.erased, len(answers(home))) == (True, 250, 20)
    assert "facts" in done.stdout  # what the command does not cover


def test_listing_keys_leaves_an_older_ledger_as_it_is(home):
    edit(home, "UPDATE alembic_version SET version_num = '0000'")
    before = ledger_file(home).read_bytes()
    try:
        listed = len(list_keys(home))
    except Exception as error:
        listed = repr(error)
    assert listed == 1
    assert ledger_file(home).read_bytes() == before


def test_every_score_has_the_columns_that_it_rests_on(home):
    connection = sqlite3.connect(ledger_file(home))
    names = {row[1] for row in connection.execute("PRAGMA table_info(scores)")}
    connection.close()
    assert {"supplier_id", "purpose", "status", "points", "grade", "as_of", "evidence"} <= names
    assert {"scorecard_digest", "features_digest", "facts_digest", "profiles_digest"} <= names


def test_an_edited_answer_is_not_replayed(home):
    edit(home, "UPDATE scores SET answer = '{\"points\":800}' WHERE score_id = 'sc_3'")

    async def again() -> str:
        writer = Writer(ledger_file(home))
        try:
            return (await writer.record(entry(3))).answer.decode()
        except Exception as error:
            return type(error).__name__
        finally:
            await asyncio.to_thread(writer.close)

    assert asyncio.run(again()) == "LedgerUnavailable"
