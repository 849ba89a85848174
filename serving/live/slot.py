"""A slot holds one thing that is served: what is wanted, what is served, the last error, and when it is tried again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from features.errors import InputError
from serving.logs import describe, get_log

Thing = TypeVar("Thing")
Mark = tuple[int, int, int] | None
"""What changes when a file is written again: modification time, size, inode."""
RETRY_SECONDS: Final = 2.0
RETRY_SECONDS_MAX: Final = 60.0


@dataclass(frozen=True)
class SlotState:
    """What is shown of a slot.

    Attributes:
        thing: `promotions`, `scorecard`, `profiles` or `facts`.
        purpose: of a scorecard.
        wanted: name or digest of what should be served, where it can be read.
        served: name or digest of what is served.
        error: why the wanted one is not served.
        retry_in: seconds until it is tried again.
    """

    thing: str
    purpose: str | None = None
    wanted: str | None = None
    served: str | None = None
    error: str | None = None
    retry_in: int | None = None


class Slot(Generic[Thing]):
    """One thing that is served. A failed load keeps the thing that is there, and is tried again by itself."""

    def __init__(self) -> None:
        self.value: Thing | None = None
        self.wanted: str | None = None
        self.failure: InputError | None = None
        self._mark: Mark = None
        self._tried = False
        self._failures, self._retry_at = 0, 0.0

    def due(self, mark: Mark) -> bool:
        """Whether to load: the first time, after a change of the file, and some time after a failure."""
        return (
            not self._tried or mark != self._mark or (self.failure is not None and time.monotonic() >= self._retry_at)
        )

    def load(self, mark: Mark, open_thing: Callable[[], Thing | None]) -> bool:
        """Load the thing; return whether it did. A failure is logged when it is new."""
        again = self._tried and mark == self._mark
        self._tried, self._mark = True, mark
        try:
            value = open_thing()
            if value is None and self.value is not None:
                raise InputError("What is served was removed from its place; it stays served until a restart.")
        except Exception as error:
            self.fail(error, again=again)
            return False
        self.value = value
        self.succeed()
        return True

    def succeed(self) -> None:
        """Note that what is wanted is served."""
        self.failure, self._failures = None, 0

    def fail(self, error: Exception, *, again: bool = True) -> None:
        """Note why the wanted thing is not served, and when to try again."""
        self._failures = self._failures + 1 if again else 1
        self._retry_at = time.monotonic() + min(RETRY_SECONDS * 2 ** (self._failures - 1), RETRY_SECONDS_MAX)
        failure = (
            error if isinstance(error, InputError) else InputError(f"It could not be opened: {type(error).__name__}.")
        )
        if self.failure is None or str(self.failure) != str(failure):
            get_log().error(
                "change-refused", **({"why": str(error)} if isinstance(error, InputError) else describe(error))
            )
        self.failure = failure

    def state(self, thing: str, served: str | None, *, home: Path, purpose: str | None = None) -> SlotState:
        """Return what is shown: no path of this machine, since everybody may read it."""
        if self.failure is None:
            return SlotState(thing, purpose, self.wanted or served, served)
        retry_in = max(0, round(self._retry_at - time.monotonic()))
        return SlotState(thing, purpose, self.wanted, served, shown_error(self.failure, home), retry_in)


def shown_error(error: InputError, home: Path) -> str:
    """Return what is wrong and how to mend it, without the place of the home on this machine."""
    text = " ".join(part for part in (error.what, error.fix) if part)
    for place in (home.resolve(), home):
        text = text.replace(f"{place}/", "").replace(str(place), "the home")
    return text
