"""Part 10, segments: calibration, discrimination and approvals of each segment of suppliers."""

from typing import Any

from training.report.blocks import Block, Cell, Part, Prose, Table
from training.report.parts.calibration import COUNTED, counted
from training.report.report_input import ReportInput
from training.report.tables.cells import columns, deciding_sentence, estimate, part_verdict, rules_table, state
from training.report.words import Words


def segments(report: ReportInput, words: Words) -> Part:
    """Two tables per dimension: calibration with discrimination, and approvals with parity."""
    results = report.validation["segments"]
    blocks: list[Block] = [rules_table(report, ("P1", "P2"), words)]
    for name, dimension in results["dimensions"].items():
        blocks += (
            [_calibration(name, dimension, words), _approvals(name, dimension, words)] if dimension["values"] else []
        )
    empty = [words.meaning("dimension", name) for name, d in results["dimensions"].items() if not d["values"]]
    if empty or not results["dimensions"]:
        named = words.listed(empty) if empty else words("segments.all")
        blocks.append(Prose(words("segments.empty", names=named)))
    lead = words("segments.lead", pd=words.figure(results["cutoff_pd"], "pd"))
    finding = deciding_sentence(report, ("P1", "P2"), words)
    return Part("part-10", "10", words("segments.name"), finding, lead, blocks, part_verdict(report, "segments", words))


def _calibration(name: str, dimension: dict[str, Any], words: Words) -> Table:
    rows: list[list[Cell]] = [
        [
            words.meaning("segment", value),
            *counted(figures, words),
            estimate(figures["ratio"], "two", words),
            state(figures["calibration"], words),
            estimate(figures["auc"], "three", words),
        ]
        for value, figures in dimension["values"].items()
    ]
    heads = ("segment", *COUNTED, "ratio#", "state", "auc_interval#")
    caption = words("segments.calibration_caption", dimension=words.meaning("dimension", name))
    return Table(caption, columns(words, *heads), rows, note=_note(dimension, words))


def _approvals(name: str, dimension: dict[str, Any], words: Words) -> Table:
    rows: list[list[Cell]] = []
    for value, figures in dimension["values"].items():
        approved, parity = figures["approvals"], figures["parity"]
        rows.append(
            [
                words.meaning("segment", value),
                words.figure(approved["approved"], "count"),
                words.figure(approved["rate"], "share"),
                words.figure(approved["good_rate"], "share"),
                words.figure(approved["bad_rate"], "share"),
                words.figure(parity["rate"], "two"),
                words.figure(parity["good_rate"], "two"),
                state(parity["verdict"], words),
            ]
        )
    heads = ("segment", "approved#", "rate#", "good_rate#", "bad_approved#", "parity#", "parity_good#", "state")
    reference = words.meaning("segment", str(dimension["reference"]))
    caption = words("segments.approvals_caption", dimension=words.meaning("dimension", name), reference=reference)
    return Table(caption, columns(words, *heads), rows)


def _note(dimension: dict[str, Any], words: Words) -> str:
    others = dimension["others"]
    sentences = []
    if others["labels"]:
        sentences.append(words("segments.small", labels=str(others["labels"]), n=words.figure(others["n"], "count")))
    if dimension["unknown"]:
        sentences.append(words("segments.unknown", n=words.figure(dimension["unknown"], "count")))
    return " ".join(sentences)
