"""Part 5, calibration: observed against expected bads, in all, by grade, by record group and by quarter."""

from typing import Any

from training.report.blocks import Block, Cell, Part, Plot, Plots, Sub, Table
from training.report.plots.calibration import by_grade, reliability
from training.report.report_input import ReportInput
from training.report.tables.cells import deciding_sentence, estimate, rule, rules_table, state, table, tendency
from training.report.tables.groups import group_name
from training.report.words import Words
from training.validation.rules.verdicts import of_part

RULES = ("C1", "C2", "C3", "G1", "G2", "R1")
PARTS = ("calibration", "grades", "record_groups")


def calibration(report: ReportInput, words: Words) -> Part:
    """Portfolio and grades with Jeffreys' intervals, tests, slope and intercept, record groups, quarters."""
    validation = report.validation
    blocks: list[Block] = [
        rules_table(report, RULES, words),
        _plots(report, words),
        _portfolio(report, words),
        _slope(report, words),
        _tests(report, words),
        _deciles(report, words),
        Sub(words("calibration.grades"), words("calibration.grades_lead")),
        _grades(report, words),
        Sub(words("calibration.groups"), words("calibration.groups_lead")),
        _groups(report, words),
        _vintages(report, words),
    ]
    verdict = state(of_part([validation["verdict"]["parts"][part] for part in PARTS]), words)
    finding = deciding_sentence(report, RULES, words)
    lead = words.joined(words("calibration.lead"), tendency(report, words))
    return Part("part-5", "5", words("calibration.name"), finding, lead, blocks, verdict)


def _plots(report: ReportInput, words: Words) -> Plots:
    validation = report.validation
    tenths = [d for d in validation["calibration"]["deciles"] if d["n"]]
    grades = [g for g in validation["grades"]["grades"] if g["n"]]
    return Plots(
        [
            Plot("deciles", reliability(tenths, words), words("calibration.deciles_plot")),
            Plot("grades", by_grade(grades, words), words("calibration.grades_plot")),
        ]
    )


def counted(figures: dict[str, Any], words: Words) -> list[Cell]:
    """Cells for n, bad, expected, mean PD, and observed rate with its Jeffreys interval (the heads are `COUNTED`)."""
    return [
        words.figure(figures["n"], "count"),
        words.figure(figures["bad"], "count"),
        words.figure(figures["expected"], "one"),
        words.figure(figures["mean_pd"], "pd"),
        words.figure(figures["observed"], "pd"),
        words.between(figures, "pd"),
    ]


COUNTED = ("n#", "bad#", "expected#", "mean_pd#", "observed#", "interval#")


def _portfolio(report: ReportInput, words: Words) -> Table:
    portfolio = report.validation["calibration"]["portfolio"]
    row = [
        words("calibration.all"),
        *counted(portfolio, words),
        estimate(portfolio["ratio"], "two", words),
        words.between(portfolio["ratio_by_supplier"], "two"),
    ]
    note = words(
        "calibration.portfolio_note",
        jeffreys=words.figure(portfolio["jeffreys_p"], "p"),
        binomial=words.figure(portfolio["binomial_p"], "p"),
        two_sided=words.figure(portfolio["binomial_two_sided_p"], "p"),
        design=words.figure(portfolio["design_effect"], "two"),
    )
    heads = ("cases", *COUNTED, "ratio#", "ratio_by_supplier#")
    return table(words, "calibration.portfolio_caption", heads, [row], note=note)


def _slope(report: ReportInput, words: Words) -> Table:
    recalibration = report.validation["calibration"]["recalibration"]
    rows: list[list[Cell]] = [
        [
            words(f"calibration.{name}"),
            words.figure(recalibration[name]["value"], "+three" if name != "slope" else "three"),
            words.between(recalibration[name], "+three" if name != "slope" else "three"),
            words(f"calibration.{name}_ideal"),
        ]
        for name in ("slope", "intercept", "in_the_large")
    ]
    by = recalibration["slope_by_supplier"]
    rows.insert(
        1, [words("calibration.slope_by_supplier"), words.figure(by["value"], "three"), words.between(by, "three"), "1"]
    )
    heads = ("figure", "value#", "interval#", "ideal#")
    note = words(
        "calibration.slope_note",
        lr=words.figure(recalibration["likelihood_ratio"], "two"),
        p=words.figure(recalibration["p_value"], "p"),
    )
    return table(words, "calibration.slope_caption", heads, rows, note=note)


def _tests(report: ReportInput, words: Words) -> Table:
    tests = report.validation["calibration"]
    hosmer, z, brier, error = (
        tests[k] for k in ("hosmer_lemeshow", "spiegelhalter", "brier", "expected_calibration_error")
    )
    rows: list[list[Cell]] = [
        [
            "Hosmer–Lemeshow",
            words(
                "calibration.chi", chi=words.figure(hosmer["statistic"], "two"), df=words.figure(hosmer["df"], "count")
            ),
            words.figure(hosmer["p_value"], "p"),
        ],
        ["Spiegelhalter", words("calibration.z", z=words.figure(z["z"], "+two")), words.figure(z["p_value"], "p")],
        [
            words("calibration.brier"),
            words(
                "calibration.brier_is",
                value=words.figure(brier["value"], "five"),
                skill=words.figure(brier["skill"], "share"),
            ),
            "–",
        ],
        [
            words("calibration.ece"),
            words(
                "calibration.ece_is",
                value=words.figure(error["value"], "pd"),
                chance=words.figure(error["by_chance"], "pd"),
            ),
            "–",
        ],
    ]
    return table(words, "calibration.tests_caption", ("test", "value", "p#"), rows)


def _deciles(report: ReportInput, words: Words) -> Table:
    rows = [
        [
            str(i),
            f"{words.figure(d['pd_low'], 'pd')}–{words.figure(d['pd_high'], 'pd')}",
            *counted(d, words),
            state(d["verdict"], words),
        ]
        for i, d in enumerate(report.validation["calibration"]["deciles"], start=1)
    ]
    return table(words, "calibration.deciles_caption", ("tenth#", "pd_range#", *COUNTED, "state"), rows)


def _grades(report: ReportInput, words: Words) -> Table:
    rows = []
    for g in report.validation["grades"]["grades"]:
        rows.append(
            [
                g["code"],
                f"{words.figure(g['pd_low'], 'pd')}–{words.figure(g['pd_high'], 'pd')}",
                *counted(g, words),
                words.figure(g["jeffreys_p"], "p"),
                words.figure(g["binomial_p"], "p"),
                words.figure(g["p_value_holm"], "p"),
                words.figure(g["power"]["2"], "power"),
                state(g["verdict"], words),
            ]
        )
    heads = ("grade@", "pd_range#", *COUNTED, "jeffreys_p#", "binomial_p#", "holm_p#", "power#", "state")
    note = words(
        "calibration.grades_note",
        scale=report.validation["grades"]["master_scale"],
        least=words.figure(rule(report, "G1")["limits"]["power_min"], "power"),
    )
    return table(words, "calibration.grades_caption", heads, rows, note=note)


def _groups(report: ReportInput, words: Words) -> Table:
    rows = [
        [
            group_name(report, name, words),
            *counted(group, words),
            estimate(group["ratio"], "two", words),
            words.meaning("group_state", group["verdict"]),
        ]
        for name, group in report.validation["record_groups"]["groups"].items()
        if group["n"]
    ]
    limits = rule(report, "R1")["limits"]
    note = words(
        "calibration.groups_note", low=f"{limits['low']:g}", high=f"{limits['high']:g}", n=f"{limits['expected_min']:g}"
    )
    nothing: list[Cell] = [words.figure(None, "count"), *["–"] * 8]
    heads = ("group", *COUNTED, "ratio#", "state")
    return table(words, "calibration.groups_caption", heads, rows or [nothing], note=note)


def _vintages(report: ReportInput, words: Words) -> Table:
    rows = [
        [v["vintage"], *counted(v, words), estimate(v["ratio"], "two", words), state(v["verdict"], words)]
        for v in report.validation["calibration"]["vintages"]
    ]
    return table(words, "calibration.vintages_caption", ("quarter!", *COUNTED, "ratio#", "state"), rows)
