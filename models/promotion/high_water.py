"""Rollback protection: the highest promotion line that this deployment has accepted."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from models.durable_files import write_durably
from models.errors import LedgerError
from models.promotion.ledger import LEDGER, Line, read_ledger

HIGH_WATER_FILE = "promotions.seen"


def verified_lines(home: Path) -> list[Line]:
    """Return the ledger's verified lines; refuse a ledger without the highest line accepted before.

    Raises:
        LedgerError: the ledger does not verify, or is older than, or differs from, the one accepted before.
    """
    high_water = _high_water(home)  # read first: a line written meanwhile only makes the ledger longer
    lines = read_ledger(home)
    if high_water is None:
        return lines
    serial, digest = high_water
    if not 0 < serial <= len(lines) or lines[serial - 1].digest != digest:
        raise LedgerError(
            f"{home / LEDGER} is older than, or differs from, the ledger accepted before (line {serial}). "
            "Restore the newest copy."
        )
    return lines


def raise_high_water(home: Path, lines: Sequence[Line]) -> None:
    """Store the highest accepted line, so that an older ledger is refused even if its signatures verify."""
    if not lines:
        return
    with locked(home):
        high_water = _high_water(home)
        if high_water is None or high_water[0] < len(lines):
            write_durably(home / HIGH_WATER_FILE, f"{len(lines)} {lines[-1].digest}\n".encode())


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the lock on the deployment's promotions: one writer at a time, across processes."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "promotions.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _high_water(home: Path) -> tuple[int, str] | None:
    path = home / HIGH_WATER_FILE
    if not path.exists():
        return None
    try:
        serial, digest = path.read_text("ascii").split()
        return int(serial), digest
    except ValueError as error:
        raise LedgerError(f"{path} cannot be read. Restore it from the newest copy.") from error
