"""Which reasons of an amendment say that the buyer ended a contract for its own convenience.

Features and outcomes read this one list, so that an end which an outcome excuses never counts against the supplier.
"""

from typing import Any

REASONS: tuple[str, ...] = (
    "convenience",
    "termination for convenience",
    "terminated for convenience",
    "terminate for convenience",
    "terminate for convenience (complete or partial)",
    "termination for the convenience of the government",
    "termination for the buyer's convenience",
    "采购人原因终止",
    "采购人自身原因",
    "因采购人原因终止",
)
"""In lower case; a reason is compared after its case and the blanks around it are removed."""


def is_convenience(reason: Any) -> Any:
    """A column of reasons as a boolean column; null where there is no reason."""
    return reason.strip().lower().isin(REASONS)
