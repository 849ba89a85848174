"""One line: words that somebody gives, such as a reason, and that ledger, card and report repeat as they were given."""

from typing import Any

from features.errors import InputError

LENGTH_MAX = 500  # characters
ONE_LINE = f"one line of text, {LENGTH_MAX} characters at most"


def is_one_line(value: Any) -> bool:
    """Whether it is text in one line: not blank, not long, and without a character that no eye sees."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= len(value) <= LENGTH_MAX


def one_line(told: str, *, what: str, where: str) -> str:
    """The words without blanks around them.

    Args:
        what: they are, to begin a sentence with.
        where: they were given.

    Raises:
        InputError: they are not one line.
    """
    words = told.strip()
    if is_one_line(words):
        return words
    raise InputError(f"{what} {_fault(words)}.", where=where, fix=f"Give {ONE_LINE}.")


def _fault(words: str) -> str:
    if not words:
        return "is blank"
    unseen = next((c for c in words if not c.isprintable()), None)
    return f"is {len(words)} characters long" if unseen is None else f"holds the character {unseen!r}"
