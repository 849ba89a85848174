"""The highest promotion that served here, in a chain of its own: an older promotion ledger is refused.

`promotions.seen` beside the promotion ledger says the same, but whoever can cut the one can delete the other. An entry
of the chain cannot be deleted without a trace: `ledger.seen` and `verify` find it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select

from features.errors import InputError
from ledger.chain import extend, head_of
from ledger.database import open_engine
from ledger.schema import chain
from models.promotion.high_water import verified_lines
from models.promotion.ledger import LEDGER

PROMOTIONS: Final = "promotions"


def accept_promotions(home: Path, file: Path) -> None:
    """Record the last line of the promotion ledger as one that served here.

    InputError if the ledger lacks the line that was recorded before: it was cut, or replaced by an older one.
    """
    lines = verified_lines(home)
    engine = open_engine(file, writing=True)
    try:
        with engine.begin() as connection:
            newest = select(chain.c.ref, chain.c.digest).where(chain.c.chain == PROMOTIONS)
            row = connection.execute(newest.order_by(chain.c.seq.desc()).limit(1)).tuples().one_or_none()
            if row is not None:
                serial, digest = int(row[0]), f"sha256:{row[1].hex()}"
                if len(lines) < serial or lines[serial - 1].digest != digest:
                    what = f"The promotion ledger is older than, or not, the one that served here (line {serial})."
                    fix = f"Restore the newest copy of {LEDGER}."
                    raise InputError(what, where=str(home / LEDGER), fix=fix)
            if lines and (row is None or int(row[0]) < len(lines)):
                at = datetime.now(UTC).isoformat(timespec="microseconds")
                last = bytes.fromhex(lines[-1].digest.removeprefix("sha256:"))
                head = head_of(connection, PROMOTIONS)
                _, entry = extend(head, kind="promotion", at=at, ref=str(len(lines)), digest=last)
                connection.execute(chain.insert(), [entry])
    finally:
        engine.dispose()
