"""Part 13, rulings: every written rule with its limits and result, verdicts by quarter, and lines to sign."""

from training.report.blocks import Lines, Part, Table
from training.report.report_input import ReportInput
from training.report.tables.cells import estimate, state, table
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE

SIGNERS = ("developer", "validator", "owner", "committee")


def rulings(report: ReportInput, words: Words) -> Part:
    """The verdicts by rule and by quarter, and the sign-off."""
    verdict = report.validation["verdict"]
    unjudged = sum(r["verdict"] == NOT_EVALUABLE for r in verdict["rules"])
    finding = words(
        "rulings.finding",
        verdict=words.meaning("state", verdict["overall"]),
        rules=str(len(verdict["rules"])),
        unjudged=str(unjudged),
    )
    return Part(
        "part-13",
        "13",
        words("rulings.name"),
        finding,
        words("rulings.lead"),
        [_rules(report, words), _quarters(report, words), _signatures(words)],
        state(verdict["overall"], words),
    )


def _rules(report: ReportInput, words: Words) -> Table:
    rows = [
        [
            r["rule"],
            state(r["verdict"], words),
            words.tidied(r["text"]),
            words.listed(f"{words.meaning('limit', name)} {limit:g}" for name, limit in r["limits"].items()),
            words.tidied(r["reason"]),
        ]
        for r in report.validation["verdict"]["rules"]
    ]
    return table(words, "rulings.rules_caption", ("rule@", "state", "result", "limits", "because"), rows)


def _quarters(report: ReportInput, words: Words) -> Table:
    validation = report.validation
    areas = {v["vintage"]: v["auc"] for v in validation["discrimination"]["vintages"]}
    moved = {q["quarter"]: q for q in validation["stability"]["quarters"]}
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
        for v in validation["calibration"]["vintages"]
    ]
    heads = ("quarter!", "n#", "bad#", "auc_interval#", "ratio#", "calibration_state", "psi#", "stability_state")
    return table(words, "rulings.quarters_caption", heads, rows)


def _signatures(words: Words) -> Lines:
    head = [words(f"rulings.{name}") for name in ("role", "name_of", "signature", "date")]
    return Lines(words("rulings.sign"), head, [[words(f"rulings.{who}"), "", "", ""] for who in SIGNERS])
