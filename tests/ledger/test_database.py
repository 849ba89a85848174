import sqlite3

import pytest
from alembic import script
from alembic.config import Config

from features.errors import InputError
from ledger import database
from ledger.database import open_engine, prepare_ledger, sole_service
from ledger.keys import list_keys
from ledger.schema import HEAD, metadata


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
    with pytest.raises(InputError, match="cannot be written"):
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
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
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
