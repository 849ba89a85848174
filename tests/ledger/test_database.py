import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import script
from alembic.config import Config

from features.errors import InputError
from ledger import database
from ledger.database import open_engine, prepare_ledger, sole_service
from ledger.keys import list_keys
from ledger.schema import HEAD, metadata

ROOT = Path(__file__).parents[2]


def test_the_expected_schema_is_the_last_migration():
    config = Config()
    config.set_main_option("script_location", str(database.Path(database.__file__).parent / "migrations"))
    assert script.ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_the_tables_that_the_code_declares(tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_engine(prepare_ledger(tmp_path), writing=False).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_preparing_twice_changes_nothing(tmp_path):
    before = prepare_ledger(tmp_path).read_bytes()
    assert prepare_ledger(tmp_path).read_bytes() == before


def test_a_newer_schema_is_refused_with_one_plain_line(tmp_path):
    file = prepare_ledger(tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match=r"schema '9999', which is newer") as refused:
        prepare_ledger(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database at all, whatever it says" * 100)
    with pytest.raises(InputError, match="damaged"):
        prepare_ledger(tmp_path)


def test_a_home_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="writable"):
        prepare_ledger(tmp_path / "file" / "home")


def test_a_second_service_on_the_same_ledger_is_refused(tmp_path):
    with sole_service(tmp_path), pytest.raises(InputError, match="Another service"), sole_service(tmp_path):
        pass
    with sole_service(tmp_path):
        pass


def test_every_connection_commits_durably_and_begins_to_write_at_once(tmp_path):
    engine = open_engine(prepare_ledger(tmp_path), writing=True)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 3  # EXTRA
        other = sqlite3.connect(tmp_path / "ledger.sqlite", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_the_ledger_is_for_its_owner_alone(tmp_path):
    assert prepare_ledger(tmp_path).stat().st_mode & 0o077 == 0


def test_listing_keys_makes_no_ledger(tmp_path):
    with pytest.raises(InputError, match="No key"):
        list_keys(tmp_path / "mistyped")
    assert not (tmp_path / "mistyped").exists()


RECORD_ONE = """
import asyncio, sys
from pathlib import Path
from ledger.writer import Ask, ScoreRecord, Writer

async def record(writer, number):
    await writer.record(ScoreRecord(Ask.of("bank", f"key-{number}", b"{}"), f"sc_{number}", b"{}", b"", b"{}"))

writer = Writer(Path(sys.argv[1]))
asyncio.run(record(writer, 1))
asyncio.run(record(writer, 2))
writer.close()
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: it shows the system calls")
def test_the_folder_is_on_disk_after_the_journal_has_left_it(tmp_path):
    """A journal that comes back at a power loss undoes an acknowledged commit: the folder is synced after unlink."""
    file, trace = prepare_ledger(tmp_path), tmp_path / "trace"
    calls = "trace=unlink,unlinkat,fsync,fdatasync,sendto"
    words = [
        "strace",
        "-f",
        "-y",
        "-s",
        "0",
        "-e",
        calls,
        "-o",
        str(trace),
        sys.executable,
        "-c",
        RECORD_ONE,
        str(file),
    ]
    subprocess.run(words, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    lines = [line for line in trace.read_text().splitlines() if str(tmp_path) in line]
    journal, folder = (
        re.compile(r"unlink(at)?\(.*-journal"),
        re.compile(rf"f(data)?sync\(\d+<{re.escape(str(tmp_path))}>\)"),
    )
    unlinked = [place for place, line in enumerate(lines) if journal.search(line)]
    assert len(unlinked) >= 2
    following = [lines[place + 1] if place + 1 < len(lines) else "" for place in unlinked]
    assert [bool(folder.search(line)) for line in following] == [True] * len(unlinked)
