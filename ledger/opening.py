"""Opening a deployment's ledger: it is checked before anything is written into it."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from features.errors import InputError
from ledger.chain import GENESIS, SCORES, Head, is_unaltered, link_of
from ledger.database import RESTORE, damaged, ledger_file, open_engine, prepare_ledger
from ledger.last_seen import difference, note_last_seen, read_last_seen, seen_file
from ledger.schema import PAYLOAD, chain, scores

TAIL_ENTRIES: Final = 1000
"""Entries at the end of each chain that are compared with their payloads at every start; `verify` compares all."""
NEW: Final = f"{RESTORE} To begin anew without them: `supplier-credit keys create --tenant NAME --new-ledger`."
PROMOTIONS: Final = "promotions.jsonl"


def open_ledger(home: Path) -> Path:
    """Check the ledger of a service that starts, create it where none was ever made, and return its file.

    Raises:
        InputError: it is missing or empty in a home that had one or that has promotions, its file is damaged, the end
            of a chain was changed, or it is older than, or differs from, what was last seen here.
    """
    file = ledger_file(home)
    refuse_new(home, promoted=True)
    if file.exists() and file.stat().st_size:
        check_file(file)
    prepare_ledger(home, sole=True)
    engine = open_engine(file, writing=False)
    try:
        with engine.begin() as connection:
            check_content(connection, home)
            note_last_seen(home, connection)
    finally:
        engine.dispose()
    return file


def refuse_new(home: Path, *, promoted: bool) -> None:
    """Refuse to begin a new ledger where there was one; InputError says how to get it back."""
    file = ledger_file(home)
    if file.exists() and file.stat().st_size:
        return
    if read_last_seen(home) is not None:
        state = "empty" if file.exists() else "missing"
        raise InputError(
            f"The ledger is {state}: it held the recorded scores and the keys.", where=str(file), fix=RESTORE
        )
    if promoted and (home / PROMOTIONS).exists():
        fix = f"{RESTORE} In a new home, create the first key: `supplier-credit keys create --tenant NAME --role bank`."
        raise InputError("There is no ledger in a home with promotions.", where=str(file), fix=fix)


def forget_lost(home: Path) -> None:
    """Let a new ledger begin where the one of this home is lost; InputError if it is not lost."""
    file = ledger_file(home)
    if file.exists() and file.stat().st_size:
        raise InputError("There is a ledger here.", where=str(file), fix="Leave --new-ledger away.")
    seen_file(home).unlink(missing_ok=True)


def check_file(file: Path) -> None:
    """Refuse a file that SQLite finds damaged, before anything is written into it."""
    engine = open_engine(file, writing=False)
    try:
        with engine.begin() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except SQLAlchemyError as error:
        raise damaged(file, "SQLite cannot read it") from error
    finally:
        engine.dispose()
    if verdict != "ok":
        raise damaged(file, str(verdict).splitlines()[0][:120])


def check_content(connection: Connection, home: Path) -> None:
    """Refuse a ledger whose chains do not continue what was last seen here, or whose last entries were changed."""
    file = ledger_file(home)
    seen = read_last_seen(home)
    differs = difference(connection, seen) if seen is not None else None
    if differs is not None:
        raise InputError(f"This ledger is not the one of this home: {differs}.", where=str(file), fix=RESTORE)
    for name in connection.scalars(select(chain.c.chain).distinct()).all():
        changed = _changed_tail(connection, name)
        if changed is not None:
            what = f"Entry {changed} of the ledger's chain {name!r} was changed behind the program's back."
            raise InputError(what, where=str(file), fix=f"`supplier-credit verify` names all such rows. {RESTORE}")


def _changed_tail(connection: Connection, name: str) -> int | None:
    joined = select(chain, *(scores.c[part] for part in PAYLOAD)).join(
        scores, scores.c.score_id == chain.c.ref, isouter=True
    )
    last = joined.where(chain.c.chain == name).order_by(chain.c.seq.desc()).limit(TAIL_ENTRIES + 1)
    rows = [dict(row) for row in connection.execute(last).mappings()][::-1]
    # The first row of a longer chain is there only for its link.
    head = Head(name, rows[0]["seq"] - 1, GENESIS) if rows[0]["seq"] == 1 else None
    for row in rows:
        if head is not None:
            changed = row["seq"] != head.seq + 1 or link_of(row, head.link) != row["link"]
            stored = row["kind"] in SCORES and row["score_id"] is not None
            if changed or (stored and not is_unaltered(row)):
                return int(row["seq"])
        head = Head(name, row["seq"], row["link"])
    return None
