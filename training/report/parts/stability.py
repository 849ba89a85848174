"""Part 6, stability: whether the current applicants are like the development sample."""

from training.report.blocks import Block, Cell, Part, Plot, Plots, Prose, Sub, Table
from training.report.plots.stability import migration, over_time
from training.report.report_input import ReportInput
from training.report.tables.cells import deciding_sentence, label, part_verdict, rules_table, state, table
from training.report.words import Words

RULES = ("S1", "S2", "S3", "S4", "G3")
COLUMNS_MAX = 12


def stability(report: ReportInput, words: Words) -> Part:
    """Stability of scores, columns and grades, concentration, missing values, and the four signs of drift."""
    blocks: list[Block] = [
        rules_table(report, RULES, words),
        *_plots(report, words),
        _quarters(report, words),
        _columns(report, words),
        _missing(report, words),
        Sub(words("stability.concentration"), words("stability.concentration_lead")),
        _concentration(report, words),
        Sub(words("stability.drift"), words("stability.drift_lead")),
        _drift(report, words),
    ]
    finding, lead = deciding_sentence(report, RULES[:4], words), words("stability.lead")
    return Part("part-6", "6", words("stability.name"), finding, lead, blocks, part_verdict(report, "stability", words))


def _plots(report: ReportInput, words: Words) -> list[Block]:
    results = report.validation["stability"]
    moves = results["migration"]
    plots = []
    if any(q["psi"] is not None for q in results["quarters"]):
        plots.append(Plot("psi", over_time(results["quarters"], words), words("stability.psi_plot")))
    if moves["moves"]:
        figures = {name: words.figure(moves[name], "share") for name in ("stays", "improves", "worsens", "far")}
        plots.append(Plot("migration", migration(moves, words), words("stability.migration_plot", **figures)))
    return [Plots(plots)] if plots else [Prose(words("stability.no_plots"))]


def _quarters(report: ReportInput, words: Words) -> Table:
    rows = [
        [
            q["quarter"],
            words.figure(q["n"], "count"),
            words.figure(q["psi"], "three"),
            words.figure(q["by_chance"], "three"),
            state(q["verdict"], words),
        ]
        for q in report.validation["stability"]["quarters"]
    ]
    return table(words, "stability.quarters_caption", ("quarter!", "n#", "psi#", "by_chance#", "state"), rows)


def _columns(report: ReportInput, words: Words) -> Table:
    indices = report.validation["stability"]["columns"]
    known = sorted((n for n in indices if indices[n]["csi"] is not None), key=lambda n: (-indices[n]["csi"], n))
    rows = [
        [
            label(report, name, words),
            name,
            words.figure(indices[name]["csi"], "three"),
            words.figure(indices[name]["by_chance"], "three"),
            words.figure(indices[name]["null_before"], "share"),
            words.figure(indices[name]["null_after"], "share"),
            state(indices[name]["verdict"], words),
        ]
        for name in known[:COLUMNS_MAX]
    ]
    heads = ("column", "name@", "csi#", "by_chance#", "null_before#", "null_after#", "state")
    note = words("stability.columns_note", n=words.figure(len(indices), "count"))
    return table(words, "stability.columns_caption", heads, rows, note=note)


def _missing(report: ReportInput, words: Words) -> Prose:
    changed = report.validation["stability"]["missing"]["changed"]
    if not changed:
        return Prose(words("stability.none_missing"))
    far = sorted(changed.items(), key=lambda item: (-abs(item[1]), item[0]))[:COLUMNS_MAX]
    named = [
        words("stability.missing_one", label=label(report, name, words), change=words.figure(change, "change"))
        for name, change in far
    ]
    return Prose(words("stability.missing", names=words.listed(named)))


def _concentration(report: ReportInput, words: Words) -> Table:
    grades, suppliers = report.validation["grades"]["concentration"], report.validation["stability"]["suppliers"]
    largest = grades["largest"] or {"code": "–", "share": None}
    rows: list[list[Cell]] = [
        [
            words("stability.by_grade"),
            words("stability.largest_grade", code=largest["code"], share=words.figure(largest["share"], "share")),
            words.figure(grades["herfindahl"], "three"),
            words.figure(grades["adjusted"], "three"),
        ],
        [
            words("stability.by_supplier", n=words.figure(suppliers["suppliers"], "count")),
            words.figure(suppliers["largest_share"], "pd"),
            words.figure(suppliers["herfindahl"], "five"),
            "–",
        ],
    ]
    heads = ("over", "largest#", "herfindahl#", "adjusted#")
    return table(words, "stability.concentration_caption", heads, rows)


def _drift(report: ReportInput, words: Words) -> Table:
    signs = report.validation["drift"]["signs"]
    rate, calibrated, scores, population = (signs[k] for k in ("base_rate", "calibration", "scores", "population"))
    z = {name: words.figure(sign["z"], "+two") for name, sign in (("rate", rate), ("calibrated", calibrated))}
    figures = (
        words(
            "stability.rate_is",
            was=words.figure(rate["training"], "pd"),
            now=words.figure(rate["test"], "pd"),
            z=z["rate"],
        ),
        words(
            "stability.calibration_is",
            observed=words.figure(calibrated["observed"], "pd"),
            expected=words.figure(calibrated["expected"], "pd"),
            z=z["calibrated"],
        ),
        words("stability.scores_is", psi=words.figure(scores["psi"], "three")),
        words("stability.population_is", share=words.figure(population["outside"], "share")),
    )
    rows = [
        [
            words(f"stability.sign_{name}"),
            figure,
            words("stability.moved" if signs[name]["moved"] else "stability.stayed"),
        ]
        for name, figure in zip(("base_rate", "calibration", "scores", "population"), figures, strict=True)
    ]
    return table(words, "stability.drift_caption", ("sign", "value", "moved_q"), rows)
