"""Tested: how the scorecard and its contenders did, how its probabilities came true, and what moved."""

from collections.abc import Mapping
from typing import Any

from features.declarations.catalogue import FAMILIES
from models.scorecard.spec import Spec
from training import numbers
from training.calibrate import LEVEL
from training.card.markdown import NOTHING, paragraphs, plain, table
from training.card.words import Words
from training.validation.rules.rules import R1

Found = Mapping[str, Any]
_LINE = ("n", "bad", "interval", "mean_pd", "bad_rate")


def figures(words: Words, validation: Found) -> str:
    """The verdict, every contender out of time and out of fold, and what is proposed."""
    verdict, proposal = validation["verdict"], validation["proposal"]
    level = words.figure(validation["platt"]["level"], "power")
    labels = {"model": words("tested.written")}
    labels |= {name: told["label"][words.lang] for name, told in validation["comparison"].items()}
    head = (words("tested.contender"), *_head(words, level))
    rows = [(labels.get(who, f"`{who}`"), *_line(words, told)) for who, told in validation["figures"].items()]
    parts = {**validation["parts"], "training": validation["out_of_fold"]}
    parted = [(words.known("tested", name), *_line(words, told)) for name, told in parts.items()]
    judged = [(words.known("parts", part), words(f"names.{said}")) for part, said in verdict["parts"].items()]
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


def _line(words: Words, found: Found) -> tuple[str, ...]:
    return (
        f"{found['n']:,}",
        f"{found['bad']:,}",
        words.figure(found["auc"], "three"),
        words.between({"low": found["auc_low"], "high": found["auc_high"]}, "three"),
        words.figure(found["ks"], "three"),
        words.figure(found["brier"], "five"),
        words.figure(found.get("mean_pd"), "pd"),
        words.figure(found.get("bad_rate"), "pd"),
    )


def _out_of_fold(words: Words, comparison: Found, labels: Mapping[str, str]) -> str:
    rows = [
        (
            labels[name],
            words.figure(told["auc"], "three"),
            words.figure(told["loss"], "five"),
            f"{words.figure(told['behind'], '+five')} ± {words.figure(told['behind_se'], 'five')}",
            words("tested.yes" if told["serves"] else "tested.no"),
        )
        for name, told in comparison.items()
    ]
    keys = ("tested.contender", "tested.loss", "tested.behind", "tested.serves")
    contender, loss, behind, serves = words.heads(*keys)
    return table((contender, "AUC", loss, behind, serves), rows)


def calibration(words: Words, spec: Spec, validation: Found) -> str:
    """The slope, the level and who answers for it, and the master scale with the rates observed."""
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
            told["code"],
            words.figure(told["pd_low"], "pd"),
            words.figure(told["pd_high"], "pd"),
            f"{told['n']:,}",
            words.figure(told["expected"], "one"),
            f"{told['bad']:,}",
            words.figure(told["observed"], "pd"),
            words.between(told, "pd"),
            words(f"names.{told['verdict']}"),
        )
        for told in validation["grades"]["grades"]
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
    """Which level the probabilities have, and on whose word."""
    told = spec.data["central_tendency"]
    if told is not None:
        rates = {name: words.figure(told[name], "pd") for name in ("rate", "before") if told.get(name) is not None}
        key = "tested.tendency" if "before" in rates else "tested.assumed"
        return words(key, reason=plain(told["reason"].rstrip(".。")), **rates)
    late = spec.data["latest"]
    return words(
        "tested.latest" if late["taken"] else "tested.level",
        observed=words.figure(late["observed"], "pd"),
        expected=words.figure(late["expected"], "pd"),
        z=words.figure(late["z"], "+one"),
    )


def drift(words: Words, found: Found) -> str:
    """Whether the test period still looks like training's, sign by sign."""
    signs = found["signs"]
    base, level, scores, outside = (signs[name] for name in ("base_rate", "calibration", "scores", "population"))
    rows = [
        ("base_rate", words.figure(base["training"], "pd"), words.figure(base["test"], "pd"), base),
        ("level_of", words.figure(level["expected"], "pd"), words.figure(level["observed"], "pd"), level),
        ("scores", NOTHING, words.figure(scores["psi"], "three"), scores),
        ("population", NOTHING, words.figure(outside["outside"], "share"), outside),
    ]
    lines = [(words(f"tested.{name}"), was, now, words(_yes(sign["moved"]))) for name, was, now, sign in rows]
    head = words.heads("tested.sign", "tested.was", "tested.now", "tested.moved")
    said = words("tested.drifted" if found["drifted"] else "tested.steady")
    return paragraphs(words("tested.drift"), said, table(head, lines))


def record_groups(words: Words, found: Found) -> str:
    """Those without a history and with a clean one, family by family."""
    seen = {name: told for name, told in found["groups"].items() if told["n"]}
    empty = len(found["groups"]) - len(seen)
    rows = [
        (
            _group(words, name),
            f"{told['n']:,}",
            f"{told['bad']:,}",
            words.figure(told["expected"], "one"),
            words.figure(told["ratio"]["value"], "two"),
            words.between(told["ratio"], "two"),
            words(f"names.{told['verdict']}"),
        )
        for name, told in seen.items()
    ]
    said = words(
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
    return paragraphs(words("tested.groups"), said, table(head, rows) if rows else "")


def _group(words: Words, name: str) -> str:
    """A group's name in words, by its family's."""
    for family in FAMILIES.values():
        told = {f"no_{family.name}_history": "no_history", f"clean_{family.name}": "clean"}
        if name in told:
            return words(f"tested.{told[name]}", family=getattr(family.label, words.lang))
    return f"`{name}`"


def _yes(moved: bool) -> str:
    return "tested.yes" if moved else "tested.no"
