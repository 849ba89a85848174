"""The model card: what the scorecard is, what it was learned from, how good it is, what it is not for."""

from collections.abc import Mapping
from typing import Any

from models.spec import Gate, Spec

NOT_FOR = (
    "Not a credit report and not a decision: it says how likely the outcome is, and the bank decides.",
    "Not for suppliers outside the development population; their answers are limited or refused.",
    "It learned from those who were financed or contracted, not from all who might be: selection is not corrected.",
    "Contributions are measured against the development sample and are not causes.",
)


def card(spec: Spec, validation: Mapping[str, Any], counts: Mapping[str, int], gates: Mapping[str, Gate]) -> str:
    """Return the card as Markdown; like the scorecard it holds no time, run or person."""
    sections = [
        _identity(spec),
        _sample(spec, counts),
        _figures(validation),
        _calibration(validation),
        _grades(spec),
        f"## Drift\n\n{validation['drift']['text']}",
        _gates(gates),
        _columns(spec),
        "## Not for\n\n" + "\n".join(f"- {line}" for line in NOT_FOR),
    ]
    return "\n\n".join(sections) + "\n"


def _identity(spec: Spec) -> str:
    basis = " It was trained on **synthetic** facts." if spec.basis == "synthetic" else ""
    rows = [
        ("outcome", spec.outcome),
        ("horizon", spec.horizon),
        ("unit", spec.unit),
        ("purposes", ", ".join(spec.purposes)),
        ("scale", spec.scale.id),
        ("master scale", spec.master_scale),
        ("reasons", spec.catalogue),
        ("features", spec.features_digest),
        ("facts", str(spec.data["facts_digest"])),
    ]
    said = f"Probability that a case turns out bad, in points: higher is safer.{basis}"
    return f"# {spec.name}\n\n{said}\n\n" + _table(("what", "is"), rows)


def _sample(spec: Spec, counts: Mapping[str, int]) -> str:
    who, data = spec.population, spec.data
    lines = [
        f"{who['text']} Learned from {who['cases']} cases of {who['suppliers']} suppliers, {who['bad']} of them bad, "
        f"dated {who['as_of_first']} to {who['as_of_last']}; tested on every case from {data['out_of_time_from']} on. "
        f"{data['cases_not_known_before_the_split']} earlier cases were neither learned from nor tested on, because "
        "their outcome was not yet known on that day.",
        _table(("state of the cases", "n"), [(k.replace("_", " "), str(v)) for k, v in counts.items()]),
    ]
    if who["kinds"]:
        lines.append(_table(("kind of supplier", "n"), [(k, str(v)) for k, v in who["kinds"].items()]))
    return "## Sample\n\n" + "\n\n".join(lines)


def _figures(validation: Mapping[str, Any]) -> str:
    rows = [(who, *_line(found)) for who, found in validation["figures"].items()]
    rows += [(f"model, {part.replace('_', ' ')}", *_line(found)) for part, found in validation["parts"].items()]
    rows.append(("model, training out of fold", *_line(validation["out_of_fold"])))
    head = ("test", "n", "bad", "AUC", "90 % interval", "KS", "Brier", "mean PD", "bad rate")
    return "## Figures\n\n" + _table(head, rows)


def _line(found: Mapping[str, Any]) -> tuple[str, ...]:
    interval = f"{number(found['auc_low'])} to {number(found['auc_high'])}" if found["auc_low"] is not None else "–"
    rates = (percent(found.get("mean_pd")), percent(found.get("bad_rate")))
    n, bad = str(found["n"]), str(found["bad"])
    return (n, bad, number(found["auc"]), interval, number(found["ks"]), number(found["brier"], 5), *rates)


def _calibration(validation: Mapping[str, Any]) -> str:
    rows = [
        (str(i), str(d["n"]), str(d["bad"]), percent(d["mean_pd"]), percent(d["observed"]), _between(d))
        for i, d in enumerate(validation["calibration"]["deciles"], start=1)
    ]
    head = ("decile of PD", "n", "bad", "mean PD", "observed", "90 % interval")
    return "## Calibration\n\n" + _table(head, rows)


def _between(found: Mapping[str, Any]) -> str:
    return f"{percent(found['low'])} to {percent(found['high'])}"


def _grades(spec: Spec) -> str:
    rows = []
    for grade in spec.grades:
        seen = grade.observed
        told = (str(seen.n), str(seen.bad), f"{percent(seen.low)} to {percent(seen.high)}") if seen else ("0", "0", "–")
        rows.append((grade.code, percent(grade.pd_low), percent(grade.pd_high), *told))
    return "## Grades\n\n" + _table(("grade", "PD from", "below", "n", "bad", "observed, 90 %"), rows)


def _gates(gates: Mapping[str, Gate]) -> str:
    rows = [(name, "passed" if gate.passed else "**failed**", gate.text) for name, gate in sorted(gates.items())]
    return "## Gates\n\n" + _table(("gate", "verdict", "figures"), rows)


def _columns(spec: Spec) -> str:
    rows = [
        (c.name, c.code, c.unit, c.risk, number(c.low, 6), number(c.median, 6), number(c.high, 6)) for c in spec.columns
    ]
    head = ("column", "code", "unit", "risk", "0.1 %", "median", "99.9 %")
    return f"## Columns\n\n{len(rows)} columns.\n\n" + _table(head, rows)


def number(value: float | None, digits: int = 4) -> str:
    """A figure to so many significant digits, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}g}"


def percent(value: float | None) -> str:
    """A share as a percentage, or a dash where there is none."""
    return "–" if value is None else f"{value:.2%}"


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
