"""Text of one line that a person gives, such as a reason; ledger, card and report repeat it unchanged."""

from typing import Any

from features.errors import InputError

LENGTH_MAX = 500  # characters
ONE_LINE = f"one line of text, {LENGTH_MAX} characters at most"


def is_one_line(value: Any) -> bool:
    """Whether the value is text of one line: not blank, not too long, and without unprintable characters."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= len(value) <= LENGTH_MAX


def one_line(text: str, *, what: str, where: str) -> str:
    """Return the text without surrounding blanks.

    Args:
        text: what the person gave.
        what: the name of the text, to begin an error sentence with.
        where: the option or field of the text.

    Raises:
        InputError: the text is not one line.
    """
    stripped = text.strip()
    if is_one_line(stripped):
        return stripped
    raise InputError(f"{what} {_fault(stripped)}.", where=where, fix=f"Give {ONE_LINE}.")


def _fault(text: str) -> str:
    if not text:
        return "is blank"
    unprintable = next((c for c in text if not c.isprintable()), None)
    return f"is {len(text)} characters long" if unprintable is None else f"holds the character {unprintable!r}"
