"""The ledger's file: opening it, locking it for one service, and upgrading it to this code's schema."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from features.errors import InputError
from ledger.schema import HEAD

FILE: Final = "ledger.sqlite"
BUSY_SECONDS: Final = 10.0
SQLITE_VERSION: Final = sqlite3.sqlite_version
RESTORE: Final = "Restore the newest back-up with `supplier-credit restore FILE --reason TEXT`."


def ledger_file(home: Path) -> Path:
    """Return the ledger of a deployment."""
    return home / FILE


def open_engine(file: Path, *, writing: bool) -> Engine:
    """Return an engine on the ledger.

    Rollback journal and `synchronous=EXTRA`: a commit is on disk before it returns, and so is the removal of its
    journal from the folder (with FULL a journal that comes back after a power loss undoes the commit). Another process
    (the command line) may write at the same time as the service. Every writing transaction begins IMMEDIATE: a deferred
    one that reads before it writes fails at once when another process writes. The file must exist (`prepare_ledger`): a
    ledger that was removed causes an error and is not replaced by an empty one.
    """

    def connect() -> sqlite3.Connection:
        address = f"{file.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # Transactions are begun below, not by the driver.
        for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")

    return engine


def prepare_ledger(home: Path, *, sole: bool = False) -> Path:
    """Create the ledger or upgrade it to this code's schema; return its file.

    Args:
        home: the deployment's folder.
        sole: the caller holds `sole_service`; else an upgrade is refused while a service runs on the ledger.

    Raises:
        InputError: it cannot be written, is damaged, is newer than this code, or is in use by an older program.
    """
    file = ledger_file(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home / "ledger.migrate.lock", wait=True):
            if not file.exists():
                os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            if sole or _version(file) in (None, HEAD):
                _migrate(file)
            else:
                with sole_service(home):
                    _migrate(file)
    except OperationalError as error:
        raise _unwritable(file) from error
    except SQLAlchemyError as error:
        raise damaged(file, "SQLite cannot read it") from error
    except OSError as error:
        raise _unwritable(file) from error
    return file


def damaged(file: Path, how: str) -> InputError:
    """Return the error for a ledger's file whose bytes are not a sound database."""
    return InputError(f"The ledger's file is damaged: {how}.", where=str(file), fix=RESTORE)


def _unwritable(file: Path) -> InputError:
    fix = "Give this user a writable SUPPLIER_CREDIT_HOME."
    return InputError("The ledger cannot be written.", where=str(file), fix=fix)


def _version(file: Path) -> str | None:
    engine = open_engine(file, writing=False)
    try:
        with engine.begin() as connection:
            return schema_of(connection)
    finally:
        engine.dispose()


def _migrate(file: Path) -> None:
    engine = open_engine(file, writing=True)
    try:
        with engine.begin() as connection:
            version = schema_of(connection)
            if version == HEAD:
                return
            _upgrade(connection, file, version)
    finally:
        engine.dispose()


def schema_of(connection: Connection) -> str | None:
    """Return the version of a ledger's schema, None for an empty file."""
    if connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")) is None:
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _upgrade(connection: Connection, file: Path, version: str | None) -> None:
    from alembic import command, script
    from alembic.config import Config  # Needed only when the schema changes.

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    known = {revision.revision for revision in script.ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise InputError(
            f"The ledger has schema {version!r}, which is newer than this program's {HEAD!r}.",
            where=str(file),
            fix="Start the version that wrote it, or a later one.",
        )
    command.upgrade(config, "head")


@contextmanager
def sole_service(home: Path) -> Iterator[None]:
    """Hold the lock on the deployment's ledger for one service process; InputError if another holds it."""
    with _locked(home / "ledger.lock", wait=False):
        yield


@contextmanager
def _locked(file: Path, *, wait: bool) -> Iterator[None]:
    with _open_private(file) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise InputError(
                "Another service runs on this ledger.",
                where=str(file),
                fix="Stop it, or give this one its own SUPPLIER_CREDIT_HOME.",
            ) from error
        yield


def _open_private(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_CREAT | os.O_RDWR, 0o600), "r+b")
