"""Restoration: the only way in which an older or foreign ledger comes to serve, with a recorded reason."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from features.errors import InputError
from features.one_line import ONE_LINE, is_one_line
from ledger.backup import LEDGER, SEEN, unpack
from ledger.chain import COMMAND_LINE, extend, head_of, record_key_change
from ledger.database import ledger_file, open_engine, prepare_ledger, sole_service
from ledger.last_seen import LastSeen, note_last_seen, read_last_seen, write_last_seen
from ledger.opening import check_file
from ledger.schema import chain, keys
from ledger.verify import verify
from models.durable_files import sync_folder


def restore(home: Path, file: Path, *, reason: str) -> list[str]:
    """Put a back-up in the place of the home's ledger; return the names of the files that were put back.

    The ledger is replaced. Every other file is put back only where it is missing: promotions, people and releases that
    are there are newer. Keys that were revoked in this home or in the back-up stay revoked. The reason is an entry of
    the chain.

    Raises:
        InputError: a service runs, the file is no back-up or is damaged, or its ledger does not verify.
    """
    if not is_one_line(reason):
        raise InputError(f"The reason must be {ONE_LINE}.", where="--reason")
    if not file.is_file():
        raise InputError("There is no such file.", where=str(file), fix="Name a back-up.")
    home.mkdir(parents=True, exist_ok=True)
    with sole_service(home), tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as scratch:
        folder = Path(scratch)
        names = unpack(file, folder)
        _check(folder / LEDGER, file)
        here, theirs = read_last_seen(home), read_last_seen(folder)
        revoked = frozenset().union(*(seen.revoked for seen in (here, theirs) if seen is not None))
        put_back = [LEDGER]
        for name in names:
            if name not in (LEDGER, SEEN) and not (home / name).exists():
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(folder / name, home / name)
                sync_folder((home / name).parent)
                put_back.append(name)
        (home / f"{LEDGER}-journal").unlink(missing_ok=True)  # Of the ledger that is replaced.
        os.replace(folder / LEDGER, ledger_file(home))
        sync_folder(home)
        prepare_ledger(home, sole=True)
        _record(home, reason, revoked)
    return put_back


def _check(ledger: Path, file: Path) -> None:
    check_file(ledger)
    findings = verify(ledger).findings
    if findings:
        first = findings[0]
        what = f"The ledger in this back-up was changed: chain {first.chain!r}, entry {first.seq}: {first.what}."
        raise InputError(what, where=str(file), fix="Take another back-up.")


def _record(home: Path, reason: str, revoked: frozenset[str]) -> None:
    """Write the restoration into the chain, revoke again what was revoked, and accept this ledger as last seen."""
    engine = open_engine(ledger_file(home), writing=True)
    try:
        with engine.begin() as connection:
            at = datetime.now(UTC).isoformat(timespec="microseconds")
            head = head_of(connection, COMMAND_LINE)
            _, row = extend(head, kind="restored", at=at, ref=reason, digest=bytes(32))
            connection.execute(chain.insert(), [row])
            _revoke_again(connection, revoked, at)
        write_last_seen(home, LastSeen(revoked=revoked))
        with engine.begin() as connection:
            note_last_seen(home, connection)
    finally:
        engine.dispose()


def _revoke_again(connection: Connection, revoked: frozenset[str], at: str) -> None:
    live = keys.c.key_id.in_(revoked) & keys.c.revoked_at.is_(None)
    for key_id in connection.scalars(select(keys.c.key_id).where(live).order_by(keys.c.key_id)).all():
        connection.execute(keys.update().where(keys.c.key_id == key_id).values(revoked_at=at))
        record_key_change(connection, key_id, at)
