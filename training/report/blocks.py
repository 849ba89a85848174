"""Blocks: the content of a report before it becomes HTML. Strings are plain text in the report's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH

SIGNS = {GOOD: "○", WATCH: "▲", BAD: "■", NOT_EVALUABLE: "–"}
CLASSES = {GOOD: "ok", WATCH: "look", BAD: "stop", NOT_EVALUABLE: "na"}  # classes in the style sheet
WIDE, TIGHT = 5, 8  # columns
Kind = Literal["text", "number", "code", "name"]


@dataclass(frozen=True)
class State:
    """A verdict as it is shown: a shape and a word as well as a colour."""

    verdict: str
    word: str

    @property
    def sign(self) -> str:
        """Its shape."""
        return SIGNS[self.verdict]

    @property
    def style(self) -> str:
        """Its class in the style sheet."""
        return CLASSES[self.verdict]


Cell = str | State


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers are aligned right, codes and names are not translated."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """Rows under a caption; rows in `strong` are set in bold."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    strong: frozenset[int] = frozenset()

    @property
    def style(self) -> str:
        """Its classes in the style sheet: tables of many columns scroll on a phone, and are small in print."""
        many = len(self.columns)
        return "scroll tight" if many >= TIGHT else "scroll wide" if many >= WIDE else "scroll"


@dataclass(frozen=True)
class Plot:
    """A drawing as SVG text with a one-sentence caption; a `broad` drawing scrolls on a phone."""

    name: str
    svg: str
    caption: str
    broad: bool = False


@dataclass(frozen=True)
class Plots:
    """Plots side by side."""

    plots: Sequence[Plot]


@dataclass(frozen=True)
class Multiples:
    """Small plots of one kind, shown as one figure; each plot's caption is its label."""

    caption: str
    plots: Sequence[Plot]


@dataclass(frozen=True)
class Facts:
    """Names and their values; those at the places in `codes` are not translated."""

    pairs: Sequence[tuple[str, Cell]]
    codes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Sub:
    """A heading within a part: the finding, and the measurement behind it."""

    finding: str
    lead: str = ""


@dataclass(frozen=True)
class Key:
    """One key figure of the summary."""

    name: str
    value: str
    note: str
    state: State


@dataclass(frozen=True)
class Keys:
    """The key figures of the summary."""

    keys: Sequence[Key]


@dataclass(frozen=True)
class Verdict:
    """The overall verdict."""

    state: State
    text: str


@dataclass(frozen=True)
class Lines:
    """Lines to fill in by hand: role, name, signature, date; known entries are filled in."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = Table | Plots | Multiples | Facts | Prose | Bullets | Sub | Keys | Verdict | Lines


@dataclass(frozen=True)
class Part:
    """One of the report's parts.

    Attributes:
        number: 1 to 13, or a letter; empty for the summary.
        name: topic of the part.
        finding: the main result, with its figure.
        lead: the measurement and its method.
        state: the verdict, where rules judge the part.
    """

    anchor: str
    number: str
    name: str
    finding: str
    lead: str
    blocks: Sequence[Block]
    state: State | None = None
