"""How a command ends, in words a person reads and a code a script can trust."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every verb."""

    OK = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    REFUSED = 3
    UNANSWERED = 4


class Refused(Exception):
    """A gate, and not the input, said no."""


class Unanswered(Exception):
    """The service answered an error, or did not answer."""


EXPLAINED = (
    "Exit codes: 0 done; 2 the input cannot be used (the message says what, where, and how to fix it); "
    "3 a gate refused; 4 the service answered an error or could not be reached; 1 anything unexpected."
)
