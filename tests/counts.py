"""How often a test repeats: a small count at the gate, the full one in `make torture`."""

import os
from typing import TypeVar

TORTURE = os.environ.get("TORTURE") == "1"

Value = TypeVar("Value")


def count(small: Value, full: Value) -> Value:
    """Return `full` under `TORTURE=1`, else `small`."""
    return full if TORTURE else small
