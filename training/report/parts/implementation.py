"""Part 11, implementation: whether the service runs what was validated, and the conditions for promotion."""

from training.report.blocks import Bullets, Cell, Part, Table
from training.report.report_input import ReportInput
from training.report.tables.cells import passed, state, table
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE


def implementation(report: ReportInput, words: Words) -> Part:
    """Parity of training and service, golden cases, gates, library versions."""
    compared = report.validation["implementation"]
    figures = {name: words.figure(compared[name], "count") for name in ("cases", "cells", "differing")}
    key = "implementation.finding" if compared["cells"] else "implementation.not_compared"
    tried = words.figure(compared["cells"] // compared["cases"] if compared["cases"] else 0, "count")
    golden = words("implementation.golden", digest=report.files.get("golden.jsonl", "–").removeprefix("sha256:")[:12])
    libraries: list[list[Cell]] = [[name, version] for name, version in sorted(report.spec.libraries.items())]
    return Part(
        "part-11",
        "11",
        words("implementation.name"),
        words(key, **figures),
        words("implementation.lead"),
        [
            Bullets(
                [
                    words("implementation.tried", tried=tried, all=words.figure(len(report.spec.columns), "count")),
                    golden,
                    words("implementation.replay"),
                    words("implementation.latency"),
                ]
            ),
            _gates(report, words),
            table(words, "implementation.libraries_caption", ("library@", "version@"), libraries),
        ],
        passed(report.gates["parity"].passed, words) if compared["cells"] else state(NOT_EVALUABLE, words),
    )


def _gates(report: ReportInput, words: Words) -> Table:
    rows: list[list[Cell]] = [
        [words.meaning("gate", name), words.meaning("gate_asks", name), passed(gate.passed, words)]
        for name, gate in sorted(report.gates.items())
    ]
    return table(words, "implementation.gates_caption", ("gate", "asks", "state"), rows)
