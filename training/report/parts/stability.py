"""Part 6, stability: whether those who apply now still look like those who were learned from."""

from training.report.blocks import Block, Cell, Part, Plot, Plots, Prose, Sub, Table
from training.report.plots.stability import migration, over_time
from training.report.report_input import Told
from training.report.tables.cells import decisive, label, of_part, ruled, state, table
from training.report.words import Words

RULES = ("S1", "S2", "S3", "S4", "G3")
COLUMNS_MAX = 12


def stability(told: Told, words: Words) -> Part:
    """Stability of scores, columns and grades, concentration, missing values, and the four signs of drift."""
    blocks: list[Block] = [
        ruled(told, RULES, words),
        *_plots(told, words),
        _quarters(told, words),
        _columns(told, words),
        _missing(told, words),
        Sub(words("stability.concentration"), words("stability.concentration_lead")),
        _concentration(told, words),
        Sub(words("stability.drift"), words("stability.drift_lead")),
        _drift(told, words),
    ]
    finding, lead = decisive(told, RULES[:4], words), words("stability.lead")
    return Part("part-6", "6", words("stability.name"), finding, lead, blocks, of_part(told, "stability", words))


def _plots(told: Told, words: Words) -> list[Block]:
    found = told.validation["stability"]
    moves = found["migration"]
    plots = []
    if any(q["psi"] is not None for q in found["quarters"]):
        plots.append(Plot("psi", over_time(found["quarters"], words), words("stability.psi_plot")))
    if moves["moves"]:
        figures = {name: words.figure(moves[name], "share") for name in ("stays", "improves", "worsens", "far")}
        plots.append(Plot("migration", migration(moves, words), words("stability.migration_plot", **figures)))
    return [Plots(plots)] if plots else [Prose(words("stability.no_plots"))]


def _quarters(told: Told, words: Words) -> Table:
    rows = [
        [
            q["quarter"],
            words.figure(q["n"], "count"),
            words.figure(q["psi"], "three"),
            words.figure(q["by_chance"], "three"),
            state(q["verdict"], words),
        ]
        for q in told.validation["stability"]["quarters"]
    ]
    return table(words, "stability.quarters_caption", ("quarter!", "n#", "psi#", "by_chance#", "state"), rows)


def _columns(told: Told, words: Words) -> Table:
    found = told.validation["stability"]["columns"]
    known = sorted((n for n in found if found[n]["csi"] is not None), key=lambda n: (-found[n]["csi"], n))
    rows = [
        [
            label(told, name, words),
            name,
            words.figure(found[name]["csi"], "three"),
            words.figure(found[name]["by_chance"], "three"),
            words.figure(found[name]["null_before"], "share"),
            words.figure(found[name]["null_after"], "share"),
            state(found[name]["verdict"], words),
        ]
        for name in known[:COLUMNS_MAX]
    ]
    heads = ("column", "name@", "csi#", "by_chance#", "null_before#", "null_after#", "state")
    note = words("stability.columns_note", n=words.figure(len(found), "count"))
    return table(words, "stability.columns_caption", heads, rows, note=note)


def _missing(told: Told, words: Words) -> Prose:
    changed = told.validation["stability"]["missing"]["changed"]
    if not changed:
        return Prose(words("stability.none_missing"))
    far = sorted(changed.items(), key=lambda item: (-abs(item[1]), item[0]))[:COLUMNS_MAX]
    named = [
        words("stability.missing_one", label=label(told, name, words), change=words.figure(change, "change"))
        for name, change in far
    ]
    return Prose(words("stability.missing", names=words.listed(named)))


def _concentration(told: Told, words: Words) -> Table:
    grades, suppliers = told.validation["grades"]["concentration"], told.validation["stability"]["suppliers"]
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


def _drift(told: Told, words: Words) -> Table:
    signs = told.validation["drift"]["signs"]
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
            seen=words.figure(calibrated["observed"], "pd"),
            told=words.figure(calibrated["expected"], "pd"),
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
