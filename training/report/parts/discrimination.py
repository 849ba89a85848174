"""Part 4, discrimination: how well the scorecard separates bads from goods, and the benefit of lending by it."""

from training.report.blocks import Block, Cell, Part, Plot, Plots, Prose, Sub, Table
from training.report.plots.discrimination import distribution, ks, over_time, roc
from training.report.report_input import ReportInput
from training.report.tables.cells import deciding_sentence, estimate, part_verdict, rules_table, table
from training.report.words import Words

RULES = ("D1", "D2", "B1")
SHOWN_CUTOFFS = (0.01, 0.02, 0.03, 0.05, 0.0625, 0.1, 0.15, 0.2, 0.3)


def discrimination(report: ReportInput, words: Words) -> Part:
    """AUC, Gini and KS with intervals, over time and against development; curves; benefit."""
    blocks: list[Block] = [
        rules_table(report, RULES, words),
        _intervals(report, words),
        *_curves(report, words),
        _parts(report, words),
        *_vintages(report, words),
    ]
    blocks += [
        _against(report, words),
        Sub(words("discrimination.benefit"), words("discrimination.benefit_lead")),
        _benefit(report, words),
    ]
    finding, lead = deciding_sentence(report, RULES[:2], words), words("discrimination.lead")
    verdict = part_verdict(report, "discrimination", words)
    return Part("part-4", "4", words("discrimination.name"), finding, lead, blocks, verdict)


def _intervals(report: ReportInput, words: Words) -> Table:
    test = report.validation["discrimination"]
    by = test["by_supplier"]
    rows = [
        [
            words(f"discrimination.{name}"),
            words.figure(test[name]["value"], "three"),
            words.between(test[name], "three"),
            words.between(by[name], "three"),
        ]
        for name in ("auc", "gini")
    ]
    rows.append([words("discrimination.ks"), words.figure(test["ks"], "three"), "–", words.between(by["ks"], "three")])
    note = words(
        "discrimination.intervals_note",
        suppliers=words.figure(by["suppliers"], "count"),
        draws=words.figure(by["draws"], "count"),
    )
    heads = ("figure", "value#", "delong#", "by_supplier#")
    return table(words, "discrimination.intervals_caption", heads, rows, note=note)


def _curves(report: ReportInput, words: Words) -> list[Block]:
    """ROC, KS and the two distributions; a sentence instead if there are no bads or no goods."""
    test = report.validation["discrimination"]
    curves = test["curves"]
    if not curves["roc"]["goods"]:
        return [Prose(words("discrimination.no_curves"))]
    quarters = [v for v in test["vintages"] if v["auc"]["value"] is not None]
    figures = {"auc": words.figure(test["auc"]["value"], "three"), "ks": words.figure(test["ks"], "three")}
    return [
        Plots(
            [
                Plot("roc", roc(curves, words), words("discrimination.roc_caption", **figures)),
                Plot(
                    "ks",
                    ks(curves, figures["ks"], words),
                    words("discrimination.ks_caption", at=words.figure(curves["ks"]["widest_at"], "one"), **figures),
                ),
                Plot("distribution", distribution(curves, words), words("discrimination.distribution_caption")),
                *(
                    [Plot("quarters", over_time(quarters, words), words("discrimination.quarters_caption"))]
                    if quarters
                    else []
                ),
            ]
        )
    ]


def _parts(report: ReportInput, words: Words) -> Table:
    """The test and its subsets, and the training cases out of fold."""
    validation = report.validation
    subsets = {"model": validation["figures"]["model"], **validation["parts"], "out_of_fold": validation["out_of_fold"]}
    rows = []
    for name, figures in subsets.items():
        ends = {"low": figures["auc_low"], "high": figures["auc_high"]}
        rows.append(
            [
                words.meaning("which", name),
                words.figure(figures["n"], "count"),
                words.figure(figures["bad"], "count"),
                words.figure(figures["auc"], "three"),
                words.between(ends, "three"),
                words.figure(figures["ks"], "three"),
                words.figure(figures["brier"], "five"),
            ]
        )
    heads = ("cases", "n#", "bad#", "auc#", "interval#", "ks#", "brier#")
    return table(words, "discrimination.parts_caption", heads, rows)


def _vintages(report: ReportInput, words: Words) -> list[Block]:
    rows = [
        [
            v["vintage"],
            words.figure(v["n"], "count"),
            words.figure(v["bad"], "count"),
            words.figure(v["auc"]["value"], "three"),
            words.between(v["auc"], "three"),
            words.figure(v["gini"]["value"], "three"),
            words.figure(v["ks"], "three"),
        ]
        for v in report.validation["discrimination"]["vintages"]
    ]
    heads = ("quarter!", "n#", "bad#", "auc#", "interval#", "gini#", "ks#")
    note = words("discrimination.vintages_note")
    return [table(words, "discrimination.vintages_caption", heads, rows, note=note)]


def _against(report: ReportInput, words: Words) -> Table:
    compared = report.validation["discrimination"]["against_development"]
    now = report.validation["discrimination"]["auc"]
    gap = {**compared, "value": compared["difference"]}
    row: list[Cell] = [
        estimate(compared["development"], "three", words),
        estimate(now, "three", words),
        estimate(gap, "+three", words),
        words.figure(compared["p_value"], "p"),
    ]
    note = words("discrimination.against_note", se=words.figure(compared["se"], "three"))
    heads = ("development#", "test_auc#", "difference#", "p#")
    return table(words, "discrimination.against_caption", heads, [row], note=note)


def _benefit(report: ReportInput, words: Words) -> Table:
    benefit = report.validation["benefit"]
    assumed = benefit["assumptions"]
    cutoffs = [c for c in benefit["cutoffs"] if c["break_even"] or c["pd"] in SHOWN_CUTOFFS or c["pd"] is None]
    rows: list[list[Cell]] = [
        [
            words("discrimination.everybody") if c["pd"] is None else words.figure(c["pd"], "pd"),
            words.figure(c["approved"], "count"),
            words.figure(c["share"], "share"),
            words.figure(c["bad_rate"], "pd"),
            words.figure(c["bads_avoided"], "count"),
            words.figure(c["goods_refused"], "count"),
            words.figure(c["profit_per_case"], "+five"),
        ]
        for c in cutoffs
    ]
    note = words(
        "discrimination.benefit_note",
        margin=words.figure(assumed["margin"], "pd"),
        lgd=words.figure(assumed["lgd"], "share"),
        pd=words.figure(assumed["break_even_pd"], "pd"),
        gain=estimate(benefit["gain"], "+five", words),
    )
    strong = frozenset(i for i, c in enumerate(cutoffs) if c["break_even"])
    heads = ("cutoff#", "approved#", "share#", "bad_rate#", "bads_avoided#", "goods_refused#", "profit#")
    return table(words, "discrimination.benefit_caption", heads, rows, note=note, strong=strong)
