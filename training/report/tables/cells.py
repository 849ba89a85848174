"""Cells and tables that several parts of the report build in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.report.blocks import Cell, Column, Kind, State, Table
from training.report.report_input import ReportInput
from training.report.words import Words
from training.validation.rules.verdicts import of_part

Figures = Mapping[str, Any]


def state(verdict: str, words: Words) -> State:
    """A verdict with its word."""
    return State(verdict, words.meaning("state", verdict))


def passed(holds: bool, words: Words) -> State:
    """Whether a condition holds: passed or failed."""
    return State("good" if holds else "bad", words("state.passed" if holds else "state.failed"))


def rule(report: ReportInput, number: str) -> Figures:
    """The result of a rule: verdict, sentence, limits and reason."""
    result: Figures = next(r for r in report.validation["verdict"]["rules"] if r["rule"] == number)
    return result


def deciding_sentence(report: ReportInput, numbers: Sequence[str], words: Words) -> str:
    """The sentence of the rule that decides among several: the first rule that has the worst verdict."""
    results = [rule(report, number) for number in numbers]
    verdict = of_part([r["verdict"] for r in results])
    return words.tidied(next(r for r in results if r["verdict"] == verdict)["text"]).rstrip("。.")


def rules_table(report: ReportInput, numbers: Sequence[str], words: Words) -> Table:
    """The results of a part's rules."""
    results = [rule(report, number) for number in numbers]
    rows = [[r["rule"], words.of(r["about"]), state(r["verdict"], words), words.tidied(r["text"])] for r in results]
    return table(words, "cells.rules", ("rule@", "about", "state", "result"), rows)


def part_verdict(report: ReportInput, part: str, words: Words) -> State:
    """The verdict on a part of the validation."""
    return state(report.validation["verdict"]["parts"][part], words)


def tendency(report: ReportInput, words: Words) -> str:
    """The central tendency of the served probabilities and its reason; empty if the sample's bad rate applies."""
    recorded = report.spec.data["central_tendency"]
    if recorded is None:
        return ""
    rates = {name: words.figure(recorded.get(name), "pd") for name in ("rate", "before")}
    return words("cells.tendency", reason=recorded["reason"].rstrip(".。"), **rates)


def estimate(figures: Figures, form: str, words: Words) -> str:
    """An estimate with its interval."""
    if figures["value"] is None:
        return words.figure(None, form)
    between = words.between(figures, form)
    return f"{words.figure(figures['value'], form)} ({between})"


def share(part: float | None, words: Words) -> str:
    """A share of cases."""
    return words.figure(part, "share")


def label(report: ReportInput, name: str, words: Words) -> str:
    """The label of a column, with its window."""
    column = next((c for c in report.spec.columns if c.name == name), None)
    if name not in report.labels or column is None:
        return name
    text = words.of(report.labels[name])
    return words("cells.windowed", label=text, days=str(column.window_days)) if column.window_days else text


def columns(words: Words, *heads: str) -> list[Column]:
    """Columns from the keys of their titles; the suffix gives the kind: `n#` number, `file@` code, `severity!` name."""
    kinds: Mapping[str, Kind] = {"#": "number", "@": "code", "!": "name"}
    return [Column(words(f"head.{h.rstrip('#@!')}"), kinds.get(h[-1], "text")) for h in heads]


def table(words: Words, caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], **more: Any) -> Table:
    """A table under the caption of a key; `more` are further fields of `Table`."""
    return Table(words(caption), columns(words, *heads), rows, **more)
