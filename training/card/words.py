"""Words: the sentences of a card, from the tables in `words/`."""

from pathlib import Path

from training import words


class Words(words.Words):
    """The sentences of a card in one language."""

    tables = Path(__file__).with_name("words")

    def unknown(self, name: str) -> str:
        """A name without an entry in the tables, as code."""
        return f"`{name}`"

    def heads(self, *keys: str) -> tuple[str, ...]:
        """Column titles of a table."""
        return tuple(self(key) for key in keys)
