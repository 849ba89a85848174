"""Words: the sentences of a report, from the tables in `words/`."""

from pathlib import Path

from training import words


class Words(words.Words):
    """The sentences of a report in one language."""

    tables = Path(__file__).with_name("words")
