"""Part 11, implementation: whether what serves is what was validated, and which conditions hold for promotion."""

from training.report.blocks import Bullets, Cell, Part, Table
from training.report.report_input import Told
from training.report.tables.cells import passed, state, table
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE


def implementation(told: Told, words: Words) -> Part:
    """Parity with the road that serves, golden cases, gates, versions."""
    found = told.validation["implementation"]
    figures = {name: words.figure(found[name], "count") for name in ("cases", "cells", "differing")}
    key = "implementation.finding" if found["cells"] else "implementation.not_compared"
    tried = words.figure(found["cells"] // found["cases"] if found["cases"] else 0, "count")
    golden = words("implementation.golden", digest=told.files.get("golden.jsonl", "–").removeprefix("sha256:")[:12])
    libraries: list[list[Cell]] = [[name, version] for name, version in sorted(told.spec.libraries.items())]
    return Part(
        "part-11",
        "11",
        words("implementation.name"),
        words(key, **figures),
        words("implementation.lead"),
        [
            Bullets(
                [
                    words("implementation.tried", tried=tried, all=words.figure(len(told.spec.columns), "count")),
                    golden,
                    words("implementation.replay"),
                    words("implementation.latency"),
                ]
            ),
            _gates(told, words),
            table(words, "implementation.libraries_caption", ("library@", "version@"), libraries),
        ],
        passed(told.gates["parity"].passed, words) if found["cells"] else state(NOT_EVALUABLE, words),
    )


def _gates(told: Told, words: Words) -> Table:
    rows: list[list[Cell]] = [
        [words.known("gate", name), words.known("gate_asks", name), passed(gate.passed, words)]
        for name, gate in sorted(told.gates.items())
    ]
    return table(words, "implementation.gates_caption", ("gate", "asks", "state"), rows)
