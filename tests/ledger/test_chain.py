import asyncio
import sqlite3
from pathlib import Path

import pytest

from features.errors import InputError
from ledger.chain import link_of
from ledger.database import ledger_file, prepare_ledger
from ledger.erasing import erase_score
from ledger.keys import create_key, revoke_key
from ledger.verify import verify
from ledger.writer import Ask, ScoreRecord, Writer

ROWS = 30


def entry(number: int, tenant: str = "bank") -> ScoreRecord:
    ask = Ask.of(tenant, f"key-{number}", b"{}")
    columns = {"supplier_id": f"s{number}", "points": 600.25 + number, "scorecard_digest": "sha256:1"}
    return ScoreRecord(ask, f"sc_{number}", b'{"q":%d}' % number, b"inputs", b'{"a":%d}' % number, columns)


async def record_all(file: Path, numbers: range) -> None:
    writer = Writer(file)
    await asyncio.gather(*(writer.record(entry(number)) for number in numbers))
    writer.close()


@pytest.fixture
def ledger(tmp_path) -> Path:
    file = prepare_ledger(tmp_path)
    for start in range(0, ROWS, 10):  # several groups, so that links cross commits
        asyncio.run(record_all(file, range(start, start + 10)))
    create_key(tmp_path, tenant="bank", role="bank")
    revoke_key(tmp_path, create_key(tmp_path, tenant="bank", role="auditor").key_id)
    return file


def edit(file: Path, *statements: str) -> None:
    with sqlite3.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_what_was_recorded_verifies(ledger):
    report = verify(ledger)
    assert report.intact
    assert (report.entries, report.heads["service"].seq, report.heads["command-line"].seq) == (ROWS + 3, ROWS, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scores SET answer = '{}' WHERE score_id = 'sc_7'",
        "UPDATE scores SET request = '{}' WHERE score_id = 'sc_7'",
        "UPDATE scores SET inputs = '' WHERE score_id = 'sc_7'",
        "UPDATE scores SET salt = zeroblob(16) WHERE score_id = 'sc_7'",
        "UPDATE scores SET tenant = 'other' WHERE score_id = 'sc_7'",
        "UPDATE scores SET supplier_id = 'another' WHERE score_id = 'sc_7'",
        "UPDATE scores SET points = 700.5 WHERE score_id = 'sc_7'",
        "UPDATE scores SET scorecard_digest = NULL WHERE score_id = 'sc_7'",
        "UPDATE scores SET score_id = 'sc_x' WHERE score_id = 'sc_7'",
        "DELETE FROM scores WHERE score_id = 'sc_7'",
        "DELETE FROM chain WHERE chain = 'service' AND seq = 7",
        "DELETE FROM chain WHERE chain = 'service' AND seq = 30",
        "DELETE FROM chain WHERE chain = 'service' AND seq = 1",
        "DELETE FROM chain",
        "UPDATE chain SET at = '2020-01-01' WHERE chain = 'service' AND seq = 7",
        "UPDATE chain SET ref = 'sc_x' WHERE chain = 'service' AND seq = 7",
        "UPDATE chain SET kind = 'erased' WHERE chain = 'service' AND seq = 7",
        "UPDATE chain SET digest = zeroblob(32) WHERE chain = 'service' AND seq = 7",
        "UPDATE chain SET link = zeroblob(32) WHERE chain = 'service' AND seq = 30",
        "UPDATE chain SET seq = seq + 1000 WHERE chain = 'service' AND seq = 30",
        "INSERT INTO chain SELECT chain, 31, kind, at, ref, digest, link FROM chain WHERE seq = 30",
        "INSERT INTO scores (row, score_id, chain, seq, tenant, salt, request, inputs, answer)"
        " SELECT 999, 'sc_y', chain, seq, tenant, salt, request, inputs, answer FROM scores LIMIT 1",
        "UPDATE keys SET role = 'operator'",
        "UPDATE keys SET tenant = 'other'",
        "UPDATE keys SET revoked_at = NULL",
        "DELETE FROM keys",
        "INSERT INTO keys SELECT 'abc', hash, tenant, role, created_at, NULL FROM keys LIMIT 1",
    ],
)
def test_any_edit_behind_the_programs_back_is_found(ledger, statement):
    edit(ledger, statement)
    assert verify(ledger).findings


def test_two_entries_swapped_are_found_where_they_stand(ledger):
    swap = "UPDATE chain SET seq = {} WHERE chain = 'service' AND seq = {}"
    edit(ledger, swap.format(900, 7), swap.format(7, 8), swap.format(8, 900))
    assert 7 in {finding.seq for finding in verify(ledger).findings}


def test_a_ledger_cut_off_cleanly_is_found_only_against_a_head_kept_elsewhere(ledger):
    kept = verify(ledger).heads
    edit(ledger, "DELETE FROM scores WHERE seq > 20", "DELETE FROM chain WHERE chain = 'service' AND seq > 20")
    assert verify(ledger).intact
    assert [finding.seq for finding in verify(ledger, kept).findings] == [21]


def test_a_chain_goes_on_from_its_head_after_a_restart(ledger):
    asyncio.run(record_all(ledger, range(100, 110)))
    report = verify(ledger)
    assert report.intact
    assert report.heads["service"].seq == ROWS + 10


def test_an_erased_payload_leaves_the_chain_whole_and_nothing_of_itself(ledger):
    erase_score(ledger.parent, "sc_7")
    report = verify(ledger)
    assert (report.intact, report.erased) == (True, 1)
    assert b'{"a":7}' not in ledger.read_bytes()
    with pytest.raises(InputError, match="no score 'sc_7'"):
        erase_score(ledger.parent, "sc_7")


def test_no_key_is_in_the_file(tmp_path):
    secret = create_key(tmp_path, tenant="bank", role="bank").secret
    assert secret.rsplit("_", 1)[1].encode() not in ledger_file(tmp_path).read_bytes()


def test_a_verification_in_progress_stops_no_commit(ledger, monkeypatch):
    """A long read holds its lock until it ends; a commit would wait for it, and fail after ten seconds."""
    commits = []

    def commit_meanwhile(*arguments):
        connection = sqlite3.connect(ledger, timeout=0)
        try:
            connection.execute("UPDATE keys SET tenant = tenant")
            connection.commit()
        except sqlite3.OperationalError as error:
            commits.append(str(error))
        else:
            commits.append("committed")
        finally:
            connection.close()
        return link_of(*arguments)

    monkeypatch.setattr("ledger.verify.link_of", commit_meanwhile)
    assert verify(ledger).intact
    assert set(commits) == {"committed"}


@pytest.mark.parametrize("rows", [1, 7])
def test_slices_of_any_size_find_the_same(ledger, monkeypatch, rows):
    erase_score(ledger.parent, "sc_3")
    edit(ledger, "UPDATE scores SET answer = '{}' WHERE score_id = 'sc_7'", "DELETE FROM chain WHERE ref = 'sc_20'")
    whole = verify(ledger)
    monkeypatch.setattr("ledger.verify.SLICE_ROWS", rows, raising=False)
    assert verify(ledger) == whole
