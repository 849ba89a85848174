"""Part 7, low default: upper bounds of a grade's PD if few or none of its cases were bad."""

from training.report.blocks import Part, Prose
from training.report.report_input import ReportInput
from training.report.tables.cells import deciding_sentence, part_verdict, table
from training.report.words import Words

COUNTS = ("grade@", "n#", "bad#", "pooled_n#", "pooled_bad#", "mean_pd#")
BOUNDS = ("bound_50#", "bound_75#", "bound_90#", "rho_75#", "margin_75#")


def low_default(report: ReportInput, words: Words) -> Part:
    """Bounds of Pluto and Tasche by grade, and the margin of conservatism that follows from them."""
    estimates = report.validation["low_default"]
    rows = [
        [
            g["code"],
            words.figure(g["n"], "count"),
            words.figure(g["bad"], "count"),
            words.figure(g["pooled_n"], "count"),
            words.figure(g["pooled_bad"], "count"),
            words.figure(g["mean_pd"], "pd"),
            *(words.figure(g["bounds"][level], "pd") for level in ("0.5", "0.75", "0.9")),
            words.figure(g["correlated"].get("0.75"), "pd"),
            words.figure(g["margin"]["0.75"], "+pd"),
        ]
        for g in estimates["grades"]
    ]
    note = words("low_default.note", rho=words.figure(estimates["rho"], "two"))
    return Part(
        "part-7",
        "7",
        words("low_default.name"),
        deciding_sentence(report, ("L1",), words),
        words("low_default.lead"),
        [
            table(words, "low_default.caption", (*COUNTS, *BOUNDS), rows, note=note),
            Prose(words("low_default.use")),
        ],
        part_verdict(report, "low_default", words),
    )
