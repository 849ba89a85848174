"""What a deployment has accepted of its promotion ledger, and will not go back on."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from models.canonical_json import write_durably
from models.errors import LedgerError
from models.promotion.ledger import LEDGER, Line, read_ledger

SEEN = "promotions.seen"


def verified_lines(home: Path) -> list[Line]:
    """Return the ledger's lines, verified, and no older than what was accepted before."""
    seen = _seen(home)  # first: a line that arrives meanwhile can only make the ledger longer
    lines = read_ledger(home)
    if seen is None:
        return lines
    serial, digest = seen
    if not 0 < serial <= len(lines) or lines[serial - 1].digest != digest:
        raise LedgerError(
            f"{home / LEDGER} is older than, or other than, the ledger accepted before (line {serial}). "
            "Restore the newest copy."
        )
    return lines


def accept(home: Path, lines: Sequence[Line]) -> None:
    """Remember the highest serial accepted, so that an older ledger, however well signed, is refused."""
    if not lines:
        return
    with locked(home):
        seen = _seen(home)
        if seen is None or seen[0] < len(lines):
            write_durably(home / SEEN, f"{len(lines)} {lines[-1].digest}\n".encode())


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the deployment's promotions: one writer at a time, whatever the process."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "promotions.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _seen(home: Path) -> tuple[int, str] | None:
    path = home / SEEN
    if not path.exists():
        return None
    try:
        serial, digest = path.read_text("ascii").split()
        return int(serial), digest
    except ValueError as error:
        raise LedgerError(f"{path} cannot be read. Restore it from the newest copy.") from error
