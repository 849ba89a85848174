"""Origin: the outcome, the data windows, and the population."""

from collections.abc import Mapping
from typing import Any

from models.scorecard.spec import Spec
from training.card.markdown import NOTHING, paragraphs, plain, table
from training.card.words import Words


def outcome(words: Words, spec: Spec, counts: Mapping[str, int]) -> str:
    """The definition of bad with its parameters, and the number of cases by state."""
    declared: Mapping[str, Any] = spec.data["outcome"]
    filled = {name: _given(words, value) for name, value in declared.items()}
    cap = words("origin.cap", **filled) if declared.get("cap_months") is not None else ""
    lag = words("origin.lag", **filled) if declared["lag_days"] else ""
    parameters = [
        (f"`{name}`", NOTHING if value is None or value == "" else str(value))
        for name, value in filled.items()
        if name not in ("id", "name", "version", "kind")
    ]
    states = [(words.meaning("case", state), f"{n:,}") for state, n in counts.items()]
    return paragraphs(
        words("origin.outcome"),
        f"`{declared['id']}`. "
        + words(f"origin.{declared['kind']}", **filled | {"cap": cap})
        + (f" {lag}" if lag else ""),
        table(words.heads("origin.parameter", "origin.value"), parameters),
        table(words.heads("origin.state", "origin.cases"), states) if states else "",
    )


def _given(words: Words, value: Any) -> Any:
    """A parameter of the outcome: a list as one text, texts escaped."""
    if isinstance(value, list | tuple):
        return words.listed(plain(str(one)) for one in value)
    return plain(value) if isinstance(value, str) else value


def horizon(words: Words, spec: Spec) -> str:
    """The end of a case's observation period, in words."""
    declared: Mapping[str, Any] = spec.data["outcome"]
    cap = words("origin.cap", **declared) if declared.get("cap_months") is not None else ""
    return words(f"origin.until_{declared['kind']}", **{**declared, "cap": cap})


def data(words: Words, spec: Spec) -> str:
    """Data windows, clocks, columns from outside and columns left out."""
    who, recorded = spec.population, spec.data
    if "out_of_time_from" not in recorded:  # declared weights that no outcome tested
        window = words("origin.cold", as_of=words.day(recorded["as_of"]))
    else:
        window = words(
            "origin.windows",
            first=words.day(who["as_of_first"]),
            last=words.day(who["as_of_last"]),
            split=words.day(recorded["out_of_time_from"]),
            tested=f"{recorded['test_cases']:,}",
            waiting=f"{recorded['cases_not_known_before_the_split']:,}",
        )
    used = {c.name for c in spec.columns}  # a column without any known value before the cases was left out
    outside = [f"`{name}`" for name in recorded.get("external", {}).get("columns", {}) if name in used]
    without = [f"`{name}`" for name in recorded.get("without", ())]
    return paragraphs(
        words("origin.data"),
        window,
        words("origin.clock"),
        words("origin.where", currency=recorded["currency"], tz=recorded["tz"]),
        words("origin.external", columns=words.listed(outside)) if outside else "",
        words("origin.without", columns=words.listed(without)) if without else "",
    )


def population(words: Words, spec: Spec, compared: Mapping[str, Any] | None) -> str:
    """The development sample, and how many applicants and other suppliers would get a score.

    Args:
        compared: result of `training.evidence.representativeness`; None if nothing was learned.
    """
    who = spec.population
    figures = {name: f"{who[name]:,}" for name in ("cases", "suppliers", "bad")}
    if compared is None:
        inside = words("origin.inside_cold", **figures)
    else:
        inside = words("origin.inside", **figures, rate=words.figure(who["bad"] / who["cases"], "pd"))
    kinds = [(words.meaning("names", kind), f"{n:,}") for kind, n in who["kinds"].items()]
    depth = [
        (words.meaning("names", name), *(words.large(quantiles.get(end)) for end in ("low", "median", "high")))
        for name, quantiles in who["depth"].items()
        if quantiles
    ]
    return paragraphs(
        words("origin.population"),
        inside,
        table(words.heads("origin.kind", "origin.suppliers"), kinds) if kinds else "",
        table((words("origin.depth"), "5 %", words("card.median"), "95 %"), depth) if depth else "",
        *(_compared(words, compared) if compared else ()),
    )


def _compared(words: Words, compared: Mapping[str, Any]) -> tuple[str, ...]:
    groups = {"development": "development", "applicants": "applicants", "suppliers": "fleet"}
    rows = []
    for group, key in groups.items():
        figures = compared[group]
        if figures is None:
            continue
        most = [f"`{name}` {words.figure(index, 'two')}" for name, index in figures["most_moved"].items()]
        rows.append(
            (
                words(f"origin.{key}"),
                f"{figures['n']:,} / {figures['of']:,}",
                words.figure(figures["limited"], "share"),
                words.figure(figures["refused"], "share"),
                f"{figures['moved']:,}",
                words.listed(most) or NOTHING,
            )
        )
    head = words.heads(*(f"origin.{key}" for key in ("who", "looked", "limited", "refused", "moved", "most")))
    lead = words("origin.compared", as_of=words.day(compared["as_of"]), columns=f"{compared['columns']:,}")
    return (
        words("origin.selected"),
        lead,
        table(head, rows),
        words("origin.no_applicants") if compared["applicants"] is None else "",
    )
