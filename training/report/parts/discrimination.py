"""Part 4, discrimination: how well the scorecard tells bad from good, and what lending by it would have earned."""

from training.report.blocks import Block, Cell, Part, Plot, Plots, Prose, Sub, Table
from training.report.plots.discrimination import distribution, ks, over_time, roc
from training.report.report_input import Told
from training.report.tables.cells import decisive, estimate, of_part, ruled, table
from training.report.words import Words

RULES = ("D1", "D2", "B1")
SHOWN_CUTOFFS = (0.01, 0.02, 0.03, 0.05, 0.0625, 0.1, 0.15, 0.2, 0.3)


def discrimination(told: Told, words: Words) -> Part:
    """AUC, Gini and KS with intervals, over time and against development; curves; benefit."""
    blocks: list[Block] = [
        ruled(told, RULES, words),
        _intervals(told, words),
        *_curves(told, words),
        _parts(told, words),
        *_vintages(told, words),
    ]
    blocks += [
        _against(told, words),
        Sub(words("discrimination.benefit"), words("discrimination.benefit_lead")),
        _benefit(told, words),
    ]
    finding, lead = decisive(told, RULES[:2], words), words("discrimination.lead")
    verdict = of_part(told, "discrimination", words)
    return Part("part-4", "4", words("discrimination.name"), finding, lead, blocks, verdict)


def _intervals(told: Told, words: Words) -> Table:
    found = told.validation["discrimination"]
    by = found["by_supplier"]
    rows = [
        [
            words(f"discrimination.{name}"),
            words.figure(found[name]["value"], "three"),
            words.between(found[name], "three"),
            words.between(by[name], "three"),
        ]
        for name in ("auc", "gini")
    ]
    rows.append([words("discrimination.ks"), words.figure(found["ks"], "three"), "–", words.between(by["ks"], "three")])
    note = words(
        "discrimination.intervals_note",
        suppliers=words.figure(by["suppliers"], "count"),
        draws=words.figure(by["draws"], "count"),
    )
    heads = ("figure", "value#", "delong#", "by_supplier#")
    return table(words, "discrimination.intervals_caption", heads, rows, note=note)


def _curves(told: Told, words: Words) -> list[Block]:
    """ROC, KS and the two distributions; words where there are no bads or no goods to draw."""
    found = told.validation["discrimination"]
    curves = found["curves"]
    if not curves["roc"]["goods"]:
        return [Prose(words("discrimination.no_curves"))]
    quarters = [v for v in found["vintages"] if v["auc"]["value"] is not None]
    figures = {"auc": words.figure(found["auc"]["value"], "three"), "ks": words.figure(found["ks"], "three")}
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


def _parts(told: Told, words: Words) -> Table:
    """The test by parts, and the training cases out of fold."""
    found = told.validation
    named = {"model": found["figures"]["model"], **found["parts"], "out_of_fold": found["out_of_fold"]}
    rows = []
    for name, one in named.items():
        ends = {"low": one["auc_low"], "high": one["auc_high"]}
        rows.append(
            [
                words.known("which", name),
                words.figure(one["n"], "count"),
                words.figure(one["bad"], "count"),
                words.figure(one["auc"], "three"),
                words.between(ends, "three"),
                words.figure(one["ks"], "three"),
                words.figure(one["brier"], "five"),
            ]
        )
    heads = ("cases", "n#", "bad#", "auc#", "interval#", "ks#", "brier#")
    return table(words, "discrimination.parts_caption", heads, rows)


def _vintages(told: Told, words: Words) -> list[Block]:
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
        for v in told.validation["discrimination"]["vintages"]
    ]
    heads = ("quarter!", "n#", "bad#", "auc#", "interval#", "gini#", "ks#")
    note = words("discrimination.vintages_note")
    return [table(words, "discrimination.vintages_caption", heads, rows, note=note)]


def _against(told: Told, words: Words) -> Table:
    found = told.validation["discrimination"]["against_development"]
    now = told.validation["discrimination"]["auc"]
    gap = {**found, "value": found["difference"]}
    row: list[Cell] = [
        estimate(found["development"], "three", words),
        estimate(now, "three", words),
        estimate(gap, "+three", words),
        words.figure(found["p_value"], "p"),
    ]
    note = words("discrimination.against_note", se=words.figure(found["se"], "three"))
    heads = ("development#", "test_auc#", "difference#", "p#")
    return table(words, "discrimination.against_caption", heads, [row], note=note)


def _benefit(told: Told, words: Words) -> Table:
    found = told.validation["benefit"]
    assumed = found["assumptions"]
    kept = [c for c in found["cutoffs"] if c["break_even"] or c["pd"] in SHOWN_CUTOFFS or c["pd"] is None]
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
        for c in kept
    ]
    note = words(
        "discrimination.benefit_note",
        margin=words.figure(assumed["margin"], "pd"),
        lgd=words.figure(assumed["lgd"], "share"),
        pd=words.figure(assumed["break_even_pd"], "pd"),
        gain=estimate(found["gain"], "+five", words),
    )
    strong = frozenset(i for i, c in enumerate(kept) if c["break_even"])
    heads = ("cutoff#", "approved#", "share#", "bad_rate#", "bads_avoided#", "goods_refused#", "profit#")
    return table(words, "discrimination.benefit_caption", heads, rows, note=note, strong=strong)
