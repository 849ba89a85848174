"""Part 3, method: the contenders, the proposal and its rule, calibration, leaks and columns."""

from typing import Any

from scipy.special import ndtri

from training.calibrate import LEVEL
from training.report.blocks import Block, Facts, Part, Prose, Sub, Table
from training.report.report_input import ReportInput
from training.report.tables.cells import columns, label, passed, table, tendency
from training.report.words import Words

LEAKS_MAX = 8


def method(report: ReportInput, words: Words) -> Part:
    """Comparison, proposal, calibration, leaks, and every column with its direction."""
    proposal = report.validation["proposal"]
    blocks: list[Block] = [
        Prose(words.tidied(proposal["why"])),
        Prose(words(f"method.rule_{proposal['rule']}")),
        _comparison(report, words),
        *_benchmark(report, words),
        Sub(words("method.calibrated"), words("method.calibrated_lead")),
        _calibrated(report, words),
        Sub(words("method.leaks"), words("method.leaks_lead")),
        _leaks(report, words),
        Sub(words("method.columns"), words("method.columns_lead")),
        _constraints(report, words),
        _columns(report, words),
    ]
    written = words.of(report.validation["comparison"][proposal["written"]]["label"])
    used = {"used": str(report.validation["columns_used"]), "columns": str(len(report.spec.columns))}
    finding = words("method.finding", name=written, rule=str(proposal["rule"]), **used)
    return Part("part-3", "3", words("method.name"), finding, words("method.lead"), blocks)


def _comparison(report: ReportInput, words: Words) -> Table:
    """Every contender, out of fold and on the test; the written one in bold."""
    contenders, after = report.validation["comparison"], report.validation["figures"]
    proposal = report.validation["proposal"]
    names = sorted(contenders, key=lambda name: (contenders[name]["loss"], name))
    rows = []
    for name in names:
        contender = contenders[name]
        known = after.get(name, {"auc": None, "auc_low": None, "auc_high": None})
        rows.append(
            [
                words.of(contender["label"]),
                words("method.yes") if contender["serves"] else words("method.no"),
                words.figure(contender["loss"], "five"),
                "0" if name == proposal["written"] else _gap(contender, words),
                _auc(contender, words),
                _auc(known, words),
            ]
        )
    heads = ("contender", "serves", "loss#", "behind#", "auc_fold#", "auc_after#")
    strong = frozenset({names.index(proposal["written"])})
    first = contenders[names[0]]
    note = words("method.comparison_note", n=words.figure(first["n"], "count"), bad=words.figure(first["bad"], "count"))
    caption = words("method.comparison_caption")
    return Table(caption, columns(words, *heads), rows, note=note, strong=strong)


def _gap(contender: dict[str, Any], words: Words) -> str:
    reach = float(ndtri(0.5 + LEVEL / 2)) * contender["behind_se"]
    low, high = contender["behind"] - reach, contender["behind"] + reach
    return f"{words.figure(contender['behind'], '+five')} ({words.between({'low': low, 'high': high}, '+five')})"


def _auc(figures: dict[str, Any], words: Words) -> str:
    if figures["auc"] is None or figures["auc_low"] is None:
        return words.figure(figures["auc"], "three")
    ends = {"low": figures["auc_low"], "high": figures["auc_high"]}
    return f"{words.figure(figures['auc'], 'three')} ({words.between(ends, 'three')})"


def _benchmark(report: ReportInput, words: Words) -> list[Prose]:
    """Gaps between the written scorecard and the benchmarks, such as a logistic scorecard on weights of evidence."""
    contenders, written = report.validation["comparison"], report.validation["proposal"]["written"]
    paragraphs = []
    for name in ("woe", "unconstrained"):
        if name in contenders and name != written:
            gap = _gap(contenders[name], words)
            auc = words.figure(_difference(contenders[written]["auc"], contenders[name]["auc"]), "+three")
            paragraphs.append(Prose(words(f"method.gap_{name}", gap=gap, auc=auc)))
    return paragraphs


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _calibrated(report: ReportInput, words: Words) -> Facts:
    platt, data = report.validation["platt"], report.spec.data
    latest, tuning = data["latest"], data["tuning"]
    free = {"low": platt["free_low"], "high": platt["free_high"]}
    pairs = [
        (words("method.slope"), words.figure(platt["slope"], "three")),
        (words("method.intercept"), words.figure(platt["intercept"], "+three")),
        (words("method.free"), f"{words.figure(platt['free_slope'], 'three')} ({words.between(free, 'three')})"),
        (words("method.latest"), _latest(latest, words)),
        (words("method.tendency"), tendency(report, words) or words("method.no_tendency")),
        (words("method.tuning"), words("method.tuning_is", n=str(tuning["trials"]))),
    ]
    return Facts(pairs)


def _latest(latest: dict[str, Any], words: Words) -> str:
    figures = {name: words.figure(latest[name], "pd") for name in ("observed", "expected")}
    return words("method.latest_used" if latest["taken"] else "method.latest_unused", **figures)


def _leaks(report: ReportInput, words: Words) -> Table:
    leaks = report.validation["leaks"]
    listed = [f for i, f in enumerate(leaks["columns"]) if i < LEAKS_MAX or f["verdict"] != "passes"]
    rows = [
        [
            label(report, f["column"], words),
            words.meaning("leak", f["what"]),
            f"{words.figure(f['auc'], 'three')} ({words.between(f, 'three')})",
            words.meaning("leak", f["verdict"]),
            f["reason"] or "–",
        ]
        for f in listed
    ]
    note = words(
        "method.leaks_note",
        n=words.figure(leaks["judged"], "count"),
        stop=words.figure(leaks["stop_above"], "two"),
        warn=words.figure(leaks["warn_above"], "two"),
    )
    heads = ("column", "what", "auc_alone#", "judgement", "reason")
    nothing = [words.figure(None, "count"), "–", "–", "–", "–"]
    return table(words, "method.leaks_caption", heads, rows or [nothing], note=note)


def _constraints(report: ReportInput, words: Words) -> Facts:
    directions = [c.risk for c in report.spec.columns]
    counts = words(
        "method.directions",
        rises=str(directions.count("rises")),
        falls=str(directions.count("falls")),
        unsigned=str(directions.count("unsigned")),
    )
    pairs = [(words("method.signed"), counts)]
    if "constraints" in report.gates:
        return Facts([*pairs, (words("method.monotone"), passed(report.gates["constraints"].passed, words))])
    return Facts(pairs)


def _columns(report: ReportInput, words: Words) -> Table:
    rows = [
        [
            label(report, c.name, words),
            c.name,
            c.code,
            words.meaning("risk", c.risk),
            words.meaning("measure", c.unit),
            words.large(c.low),
            words.large(c.median),
            words.large(c.high),
        ]
        for c in report.spec.columns
    ]
    heads = ("column", "name@", "code@", "risk", "measure", "least#", "median#", "most#")
    return table(words, "method.columns_caption", heads, rows)
