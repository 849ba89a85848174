"""Cells: what several parts put into their tables in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.report.blocks import Cell, Column, Kind, State, Table
from training.report.report_input import Told
from training.report.words import Words
from training.validation.rules.verdicts import worst

Found = Mapping[str, Any]


def state(verdict: str, words: Words) -> State:
    """A verdict as it is shown."""
    return State(verdict, words.known("state", verdict))


def passed(holds: bool, words: Words) -> State:
    """Whether a condition holds, as it is shown."""
    return State("good" if holds else "bad", words("state.passed" if holds else "state.failed"))


def rule(told: Told, number: str) -> Found:
    """What a rule found: its verdict, sentence, limits and reason."""
    found: Found = next(r for r in told.validation["verdict"]["rules"] if r["rule"] == number)
    return found


def decisive(told: Told, numbers: Sequence[str], words: Words) -> str:
    """The sentence of the rule that decides of several: the first whose verdict is the worst that could be reached."""
    found = [rule(told, number) for number in numbers]
    verdict = worst(r["verdict"] for r in found)
    return words.said(next(r for r in found if r["verdict"] == verdict)["text"]).rstrip("。.")


def ruled(told: Told, numbers: Sequence[str], words: Words) -> Table:
    """What the rules of a part say."""
    found = [rule(told, number) for number in numbers]
    rows = [[r["rule"], words.of(r["about"]), state(r["verdict"], words), words.said(r["text"])] for r in found]
    return table(words, "cells.ruled", ("rule@", "about", "state", "found"), rows)


def of_part(told: Told, part: str, words: Words) -> State:
    """The verdict on a part of the validation."""
    return state(told.validation["verdict"]["parts"][part], words)


def tendency(told: Told, words: Words) -> str:
    """At which bad rate it serves, on whose word, and that the figures are at another; empty where they are at one."""
    found = told.spec.data["central_tendency"]
    if found is None:
        return ""
    rates = {name: words.figure(found.get(name), "pd") for name in ("rate", "before")}
    return words("cells.tendency", reason=found["reason"].rstrip(".。"), **rates)


def estimate(found: Found, form: str, words: Words) -> str:
    """An estimate with its interval."""
    if found["value"] is None:
        return words.figure(None, form)
    between = words.between(found, form)
    return f"{words.figure(found['value'], form)} ({between})"


def share(part: float | None, words: Words) -> str:
    """A share of cases."""
    return words.figure(part, "share")


def label(told: Told, name: str, words: Words) -> str:
    """What a column is, with its window."""
    column = next((c for c in told.spec.columns if c.name == name), None)
    if name not in told.labels or column is None:
        return name
    said = words.of(told.labels[name])
    return words("cells.windowed", label=said, days=str(column.window_days)) if column.window_days else said


def columns(words: Words, *heads: str) -> list[Column]:
    """Columns by the keys of their titles: `n#` holds numbers, `file@` codes, `severity!` short names, others text."""
    kinds: Mapping[str, Kind] = {"#": "number", "@": "code", "!": "name"}
    return [Column(words(f"head.{h.rstrip('#@!')}"), kinds.get(h[-1], "text")) for h in heads]


def table(words: Words, caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], **more: Any) -> Table:
    """A table under the caption of a key; `more` are further fields of `Table`."""
    return Table(words(caption), columns(words, *heads), rows, **more)
