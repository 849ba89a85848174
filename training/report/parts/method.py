"""Part 3, method: which scorecards were compared, which is proposed by which rule, and what it is made of."""

from typing import Any

from scipy.special import ndtri

from training.calibrate import LEVEL
from training.report.blocks import Block, Facts, Part, Prose, Sub, Table
from training.report.report_input import Told
from training.report.tables.cells import columns, label, passed, table, tendency
from training.report.words import Words

LEAKS_MAX = 8


def method(told: Told, words: Words) -> Part:
    """Comparison, proposal, calibration, leaks, and every column with its direction."""
    proposal = told.validation["proposal"]
    blocks: list[Block] = [
        Prose(words.said(proposal["why"])),
        Prose(words(f"method.rule_{proposal['rule']}")),
        _comparison(told, words),
        *_benchmark(told, words),
        Sub(words("method.calibrated"), words("method.calibrated_lead")),
        _calibrated(told, words),
        Sub(words("method.leaks"), words("method.leaks_lead")),
        _leaks(told, words),
        Sub(words("method.columns"), words("method.columns_lead")),
        _constraints(told, words),
        _columns(told, words),
    ]
    written = words.of(told.validation["comparison"][proposal["written"]]["label"])
    used = {"used": str(told.validation["columns_used"]), "columns": str(len(told.spec.columns))}
    finding = words("method.finding", name=written, rule=str(proposal["rule"]), **used)
    return Part("part-3", "3", words("method.name"), finding, words("method.lead"), blocks)


def _comparison(told: Told, words: Words) -> Table:
    """Every contender out of fold, and on the test: the proposed one in bold."""
    found, after = told.validation["comparison"], told.validation["figures"]
    proposal = told.validation["proposal"]
    names = sorted(found, key=lambda name: (found[name]["loss"], name))
    rows = []
    for name in names:
        one = found[name]
        known = after.get(name, {"auc": None, "auc_low": None, "auc_high": None})
        rows.append(
            [
                words.of(one["label"]),
                words("method.yes") if one["serves"] else words("method.no"),
                words.figure(one["loss"], "five"),
                "0" if name == proposal["written"] else _gap(one, words),
                _auc(one, words),
                _auc(known, words),
            ]
        )
    heads = ("contender", "serves", "loss#", "behind#", "auc_fold#", "auc_after#")
    strong = frozenset({names.index(proposal["written"])})
    any_one = found[names[0]]
    note = words(
        "method.comparison_note", n=words.figure(any_one["n"], "count"), bad=words.figure(any_one["bad"], "count")
    )
    caption = words("method.comparison_caption")
    return Table(caption, columns(words, *heads), rows, note=note, strong=strong)


def _gap(one: dict[str, Any], words: Words) -> str:
    reach = float(ndtri(0.5 + LEVEL / 2)) * one["behind_se"]
    low, high = one["behind"] - reach, one["behind"] + reach
    return f"{words.figure(one['behind'], '+five')} ({words.between({'low': low, 'high': high}, '+five')})"


def _auc(found: dict[str, Any], words: Words) -> str:
    if found["auc"] is None or found["auc_low"] is None:
        return words.figure(found["auc"], "three")
    ends = {"low": found["auc_low"], "high": found["auc_high"]}
    return f"{words.figure(found['auc'], 'three')} ({words.between(ends, 'three')})"


def _benchmark(told: Told, words: Words) -> list[Prose]:
    """How far the proposed one is from the benchmark, the logistic scorecard that a bank would build by hand."""
    found, written = told.validation["comparison"], told.validation["proposal"]["written"]
    said = []
    for name in ("woe", "unconstrained"):
        if name in found and name != written:
            gap = _gap(found[name], words)
            auc = words.figure(_difference(found[written]["auc"], found[name]["auc"]), "+three")
            said.append(Prose(words(f"method.gap_{name}", gap=gap, auc=auc)))
    return said


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _calibrated(told: Told, words: Words) -> Facts:
    platt, data = told.validation["platt"], told.spec.data
    latest, tuning = data["latest"], data["tuning"]
    free = {"low": platt["free_low"], "high": platt["free_high"]}
    pairs = [
        (words("method.slope"), words.figure(platt["slope"], "three")),
        (words("method.intercept"), words.figure(platt["intercept"], "+three")),
        (words("method.free"), f"{words.figure(platt['free_slope'], 'three')} ({words.between(free, 'three')})"),
        (words("method.latest"), _latest(latest, words)),
        (words("method.tendency"), tendency(told, words) or words("method.no_tendency")),
        (words("method.tuning"), words("method.tuning_is", n=str(tuning["trials"]))),
    ]
    return Facts(pairs)


def _latest(found: dict[str, Any], words: Words) -> str:
    figures = {name: words.figure(found[name], "pd") for name in ("observed", "expected")}
    return words("method.latest_set" if found["taken"] else "method.latest_kept", **figures)


def _leaks(told: Told, words: Words) -> Table:
    found = told.validation["leaks"]
    listed = [f for i, f in enumerate(found["columns"]) if i < LEAKS_MAX or f["verdict"] != "passes"]
    rows = [
        [
            label(told, f["column"], words),
            words.known("leak", f["what"]),
            f"{words.figure(f['auc'], 'three')} ({words.between(f, 'three')})",
            words.known("leak", f["verdict"]),
            f["reason"] or "–",
        ]
        for f in listed
    ]
    note = words(
        "method.leaks_note",
        n=words.figure(found["judged"], "count"),
        stop=words.figure(found["stop_above"], "two"),
        warn=words.figure(found["warn_above"], "two"),
    )
    heads = ("column", "what", "auc_alone#", "judgement", "reason")
    nothing = [words.figure(None, "count"), "–", "–", "–", "–"]
    return table(words, "method.leaks_caption", heads, rows or [nothing], note=note)


def _constraints(told: Told, words: Words) -> Facts:
    directions = [c.risk for c in told.spec.columns]
    counts = words(
        "method.directions",
        rises=str(directions.count("rises")),
        falls=str(directions.count("falls")),
        unsigned=str(directions.count("unsigned")),
    )
    pairs = [(words("method.signed"), counts)]
    if "constraints" in told.gates:
        return Facts([*pairs, (words("method.monotone"), passed(told.gates["constraints"].passed, words))])
    return Facts(pairs)


def _columns(told: Told, words: Words) -> Table:
    rows = [
        [
            label(told, c.name, words),
            c.name,
            c.code,
            words.known("risk", c.risk),
            words.known("measure", c.unit),
            words.large(c.low),
            words.large(c.median),
            words.large(c.high),
        ]
        for c in told.spec.columns
    ]
    heads = ("column", "name@", "code@", "risk", "measure", "least#", "median#", "most#")
    return table(words, "method.columns_caption", heads, rows)
