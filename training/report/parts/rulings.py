"""Part 13, rulings: every written rule with its limits, what it found, and lines to sign."""

from training.report.blocks import Lines, Part, Table
from training.report.report_input import Told
from training.report.tables.cells import estimate, state, table
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE

SIGNERS = ("developer", "validator", "owner", "committee")


def rulings(told: Told, words: Words) -> Part:
    """The verdict rule by rule and quarter by quarter."""
    found = told.validation["verdict"]
    unjudged = sum(r["verdict"] == NOT_EVALUABLE for r in found["rules"])
    finding = words(
        "rulings.finding",
        verdict=words.known("state", found["overall"]),
        rules=str(len(found["rules"])),
        unjudged=str(unjudged),
    )
    return Part(
        "part-13",
        "13",
        words("rulings.name"),
        finding,
        words("rulings.lead"),
        [_rules(told, words), _quarters(told, words), _signatures(words)],
        state(found["overall"], words),
    )


def _rules(told: Told, words: Words) -> Table:
    rows = [
        [
            r["rule"],
            state(r["verdict"], words),
            words.said(r["text"]),
            words.listed(f"{words.known('limit', name)} {limit:g}" for name, limit in r["limits"].items()),
            words.said(r["reason"]),
        ]
        for r in told.validation["verdict"]["rules"]
    ]
    return table(words, "rulings.rules_caption", ("rule@", "state", "found", "limits", "because"), rows)


def _quarters(told: Told, words: Words) -> Table:
    found = told.validation
    areas = {v["vintage"]: v["auc"] for v in found["discrimination"]["vintages"]}
    moved = {q["quarter"]: q for q in found["stability"]["quarters"]}
    rows = [
        [
            v["vintage"],
            words.figure(v["n"], "count"),
            words.figure(v["bad"], "count"),
            estimate(areas[v["vintage"]], "three", words),
            estimate(v["ratio"], "two", words),
            state(v["verdict"], words),
            words.figure(moved[v["vintage"]]["psi"], "three"),
            state(moved[v["vintage"]]["verdict"], words),
        ]
        for v in found["calibration"]["vintages"]
    ]
    heads = ("quarter!", "n#", "bad#", "auc_interval#", "ratio#", "calibration_state", "psi#", "stability_state")
    return table(words, "rulings.quarters_caption", heads, rows)


def _signatures(words: Words) -> Lines:
    head = [words(f"rulings.{name}") for name in ("role", "name_of", "signature", "date")]
    return Lines(words("rulings.sign"), head, [[words(f"rulings.{who}"), "", "", ""] for who in SIGNERS])
