"""How often a test repeats: a small count at the gate, the full one in `make torture`."""

import os

TORTURE = os.environ.get("TORTURE") == "1"


def count(small: int, full: int) -> int:
    """Return `full` under `TORTURE=1`, else `small`."""
    return full if TORTURE else small
