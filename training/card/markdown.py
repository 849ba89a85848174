"""Markdown: tables and lists."""

import re
from collections.abc import Iterable, Sequence

NOTHING = "–"
# Characters that begin or end a Markdown span; an underscore within a word does not.
_MARKS = re.compile(r"[\\`*~\[\]]|(?<![^\W_])_|_(?![^\W_])")
# Entities, because not every dialect reads a bar after a backslash as a plain bar.
_ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("|"): "&#124;"}


def plain(text: str) -> str:
    """Escape text from outside, so that it cannot create Markdown marks, HTML tags, lines or table cells."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()).translate(_ENTITIES))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar or a line break inside a cell cannot end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def paragraphs(*parts: str) -> str:
    """Parts with a blank line between them; empty ones are left out."""
    return "\n\n".join(part for part in parts if part)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())
