"""Tested: figures of the scorecard and its contenders, calibration, drift and record groups."""

from collections.abc import Mapping
from typing import Any

from features.declarations.families.history_flags import SUBJECTS
from models.scorecard.spec import Spec
from training import numbers
from training.calibrate import LEVEL
from training.card.markdown import NOTHING, paragraphs, plain, table
from training.card.words import Words
from training.validation.rules.rules import R1

Figures = Mapping[str, Any]
_LINE = ("n", "bad", "interval", "mean_pd", "bad_rate")


def figures(words: Words, validation: Figures) -> str:
    """The verdict, every contender out of time and out of fold, and the proposal."""
    verdict, proposal = validation["verdict"], validation["proposal"]
    level = words.figure(validation["platt"]["level"], "power")
    labels = {"model": words("tested.written")}
    labels |= {name: contender["label"][words.lang] for name, contender in validation["comparison"].items()}
    head = (words("tested.contender"), *_head(words, level))
    rows = [(labels.get(who, f"`{who}`"), *_line(words, line)) for who, line in validation["figures"].items()]
    parts = {**validation["parts"], "training": validation["out_of_fold"]}
    parted = [(words.meaning("tested", name), *_line(words, line)) for name, line in parts.items()]
    judged = [(words.meaning("parts", part), words(f"names.{code}")) for part, code in verdict["parts"].items()]
    why = numbers.tidied(proposal["why"][words.lang])
    unlike = proposal["name"] != proposal["written"]
    return paragraphs(
        words("tested.figures"),
        words(
            "tested.verdict",
            rule=verdict["rule"],
            verdict=words(f"names.{verdict['overall']}"),
            text=verdict["text"][words.lang],
        ),
        table(words.heads("tested.part", "tested.judged"), judged),
        words("tested.out_of_time", level=level),
        table(head, rows),
        table((words("tested.part"), *_head(words, level)), parted),
        words("tested.out_of_fold"),
        _out_of_fold(words, validation["comparison"], labels),
        words("tested.proposal", rule=proposal["rule"], why=why),
        words("tested.unlike", written=proposal["written"], name=proposal["name"]) if unlike else "",
    )


def _head(words: Words, level: str) -> tuple[str, ...]:
    n, bad, _, mean_pd, rate = (f"tested.{key}" for key in _LINE)
    return (
        words(n),
        words(bad),
        "AUC",
        words("tested.interval", level=level),
        "KS",
        "Brier",
        words(mean_pd),
        words(rate),
    )


def _line(words: Words, figures: Figures) -> tuple[str, ...]:
    return (
        f"{figures['n']:,}",
        f"{figures['bad']:,}",
        words.figure(figures["auc"], "three"),
        words.between({"low": figures["auc_low"], "high": figures["auc_high"]}, "three"),
        words.figure(figures["ks"], "three"),
        words.figure(figures["brier"], "five"),
        words.figure(figures.get("mean_pd"), "pd"),
        words.figure(figures.get("bad_rate"), "pd"),
    )


def _out_of_fold(words: Words, comparison: Figures, labels: Mapping[str, str]) -> str:
    rows = [
        (
            labels[name],
            words.figure(one["auc"], "three"),
            words.figure(one["loss"], "five"),
            f"{words.figure(one['behind'], '+five')} ± {words.figure(one['behind_se'], 'five')}",
            words("tested.yes" if one["serves"] else "tested.no"),
        )
        for name, one in comparison.items()
    ]
    keys = ("tested.contender", "tested.loss", "tested.behind", "tested.serves")
    contender, loss, behind, serves = words.heads(*keys)
    return table((contender, "AUC", loss, behind, serves), rows)


def calibration(words: Words, spec: Spec, validation: Figures) -> str:
    """The slope, the level of the probabilities, and the master scale with the observed rates."""
    platt, whole = validation["platt"], validation["calibration"]["portfolio"]
    slope = words(
        "tested.slope",
        slope=words.figure(platt["slope"], "three"),
        free=words.figure(platt["free_slope"], "three"),
        level=words.figure(platt["level"], "power"),
        between=words.between({"low": platt["free_low"], "high": platt["free_high"]}, "three"),
    )
    portfolio = words(
        "tested.portfolio",
        expected=words.figure(whole["expected"], "one"),
        bad=f"{whole['bad']:,}",
        ratio=words.figure(whole["ratio"]["value"], "two"),
        level=words.figure(LEVEL, "power"),
        between=words.between(whole["ratio"], "two"),
    )
    level = words.figure(platt["level"], "power")
    rows = [
        (
            grade["code"],
            words.figure(grade["pd_low"], "pd"),
            words.figure(grade["pd_high"], "pd"),
            f"{grade['n']:,}",
            words.figure(grade["expected"], "one"),
            f"{grade['bad']:,}",
            words.figure(grade["observed"], "pd"),
            words.between(grade, "pd"),
            words(f"names.{grade['verdict']}"),
        )
        for grade in validation["grades"]["grades"]
    ]
    keys = ("grade", "pd_from", "pd_below", "n", "expected", "bad", "observed")
    head = (
        *words.heads(*(f"tested.{key}" for key in keys)),
        words("tested.interval", level=level),
        words("tested.judged"),
    )
    return paragraphs(
        words("tested.calibration"),
        slope,
        tendency(words, spec),
        portfolio,
        words("tested.scale_seen", scale=spec.master_scale),
        table(head, rows),
    )


def tendency(words: Words, spec: Spec) -> str:
    """The level of the probabilities, and the reason for it."""
    recorded = spec.data["central_tendency"]
    if recorded is not None:
        rates = {
            name: words.figure(recorded[name], "pd") for name in ("rate", "before") if recorded.get(name) is not None
        }
        key = "tested.tendency" if "before" in rates else "tested.assumed"
        return words(key, reason=plain(recorded["reason"].rstrip(".。")), **rates)
    late = spec.data["latest"]
    return words(
        "tested.latest" if late["taken"] else "tested.level",
        observed=words.figure(late["observed"], "pd"),
        expected=words.figure(late["expected"], "pd"),
        z=words.figure(late["z"], "+one"),
    )


def drift(words: Words, drift_figures: Figures) -> str:
    """Each sign of drift between the training period and the test period."""
    signs = drift_figures["signs"]
    base, level, scores, outside = (signs[name] for name in ("base_rate", "calibration", "scores", "population"))
    rows = [
        ("base_rate", words.figure(base["training"], "pd"), words.figure(base["test"], "pd"), base),
        ("level_of", words.figure(level["expected"], "pd"), words.figure(level["observed"], "pd"), level),
        ("scores", NOTHING, words.figure(scores["psi"], "three"), scores),
        ("population", NOTHING, words.figure(outside["outside"], "share"), outside),
    ]
    lines = [(words(f"tested.{name}"), was, now, words(_yes(sign["moved"]))) for name, was, now, sign in rows]
    head = words.heads("tested.sign", "tested.was", "tested.now", "tested.moved")
    lead = words("tested.drifted" if drift_figures["drifted"] else "tested.steady")
    return paragraphs(words("tested.drift"), lead, table(head, lines))


def record_groups(words: Words, groups: Figures) -> str:
    """Suppliers without a history, and suppliers with a clean record, by family."""
    seen = {name: group for name, group in groups["groups"].items() if group["n"]}
    empty = len(groups["groups"]) - len(seen)
    rows = [
        (
            _group(words, name),
            f"{group['n']:,}",
            f"{group['bad']:,}",
            words.figure(group["expected"], "one"),
            words.figure(group["ratio"]["value"], "two"),
            words.between(group["ratio"], "two"),
            words(f"names.{group['verdict']}"),
        )
        for name, group in seen.items()
    ]
    lead = words(
        "tested.groups_are",
        least=words.figure(R1["expected_min"], "count"),
        empty=words("tested.groups_empty", n=empty) if empty else "",
    )
    level = words.figure(LEVEL, "power")
    keys = ("group", "n", "bad", "expected", "ratio")
    head = (
        *words.heads(*(f"tested.{key}" for key in keys)),
        words("tested.interval", level=level),
        words("tested.judged"),
    )
    return paragraphs(words("tested.groups"), lead, table(head, rows) if rows else "")


def _group(words: Words, name: str) -> str:
    """The name of a record group in words."""
    for subject in SUBJECTS:
        kinds = {"no_history": f"no_{subject.name}_history", "unknown": f"unknown_{subject.name}"}
        for kind, group in {**kinds, "clean": f"clean_{subject.name}"}.items():
            if name == group:
                return words(f"tested.{kind}", family=getattr(subject.label, words.lang))
    return f"`{name}`"


def _yes(moved: bool) -> str:
    return "tested.yes" if moved else "tested.no"
