"""What the rooms refuse, as the command line's own ending."""

from collections.abc import Iterator
from contextlib import contextmanager

from cli.shared.exits import Refused


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refused promotion or scorecard into `Refused` (exit code 3)."""
    from models.errors import PromotionError, ScorecardError

    try:
        yield
    except (PromotionError, ScorecardError) as error:
        raise Refused(str(error)) from error
