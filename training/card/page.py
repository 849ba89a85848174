"""The page: the card of a learned scorecard, and of one with declared weights; English first, then Chinese."""

from collections.abc import Callable, Mapping
from typing import Any

from features.declarations.catalogue import column
from models.scorecard.spec import ColumnSpec, Gate, Spec
from training.card import limits, origin, tested
from training.card.markdown import paragraphs, plain, table
from training.card.uses import uses
from training.card.words import Words
from training.learning.expert import ASSUMPTION, DeclaredWeights, Weight
from training.numbers import LANGS
from training.outside.declarations import FLAG


def card(spec: Spec, validation: Mapping[str, Any], gates: Mapping[str, Gate]) -> str:
    """The card of a learned and tested scorecard, as Markdown; it holds no time, run or person."""

    def side(words: Words) -> str:
        return paragraphs(
            _head(words, spec, validation["comparison"][spec.data["method"]]["label"][words.lang]),
            uses(words, spec, validation, gates),
            origin.outcome(words, spec, validation["cases"]),
            origin.data(words, spec),
            origin.population(words, spec, validation["representativeness"]),
            tested.figures(words, validation),
            tested.calibration(words, spec, validation),
            tested.drift(words, validation["drift"]),
            tested.record_groups(words, validation["record_groups"]),
            limits.gates(words, gates),
            limits.leaks(words, validation["leaks"]),
            limits.limits(words, validation),
            _columns(words, spec),
        )

    return _both(side)


def expert_card(spec: Spec, weights: DeclaredWeights, validation: Mapping[str, Any], gates: Mapping[str, Gate]) -> str:
    """The card of an untested scorecard with declared weights."""

    def side(words: Words) -> str:
        return paragraphs(
            _head(words, spec, f"`{weights.id}`"),
            uses(words, spec, validation, gates),
            origin.outcome(words, spec, {}),
            origin.data(words, spec),
            origin.population(words, spec, None),
            _weights(words, spec, weights),
            tested.tendency(words, spec),
            limits.gates(words, gates),
            limits.limits(words, validation),
            _columns(words, spec),
        )

    return _both(side)


def _both(side: Callable[[Words], str]) -> str:
    return paragraphs(*(side(Words(lang)) for lang in LANGS)) + "\n"


def _head(words: Words, spec: Spec, method: str) -> str:
    scale, until = spec.scale, origin.horizon(words, spec)
    values = {
        "name": f"`{spec.name}`",
        "unit": words(f"names.{spec.unit}"),
        "purposes": words.listed(f"`{purpose}`" for purpose in spec.purposes),
        "outcome_of": f"`{spec.outcome}`",
        "horizon": until,
        "basis": words(f"names.{spec.basis}"),
        "method": method,
        "scale": words(
            "card.scale_is",
            id=scale.id,
            points=words.large(scale.points_at_odds),
            odds=words.large(scale.odds_good_to_bad),
            pdo=words.large(scale.pdo),
        ),
        "master_scale": spec.master_scale,
        "catalogue": spec.catalogue,
        "features": f"`{spec.features_digest}`",
        "facts": f"`{spec.data['facts_digest']}`",
        "libraries": words.listed(f"{name} {version}" for name, version in spec.libraries.items()),
    }
    sentences = [words("card.says", outcome=spec.outcome, horizon=until)]
    sentences += [words("card.synthetic")] if spec.data["synthetic"] else []
    sentences += [words("card.declared")] if spec.basis == "expert" else []
    rows = [(words(f"card.{key}"), value) for key, value in values.items()]
    return paragraphs(
        words("card.title", name=spec.name),
        (" " if words.lang == "en" else "").join(sentences),
        table(words.heads("card.what", "card.is"), rows),
    )


def _columns(words: Words, spec: Spec) -> str:
    rows = [
        (
            f"`{c.name}`",
            _label(words, spec, c),
            c.code,
            words(f"risk.{c.risk}"),
            words(f"measure.{c.unit}"),
            *(words.large(q) for q in (c.low, c.median, c.high)),
        )
        for c in spec.columns
    ]
    head = words.heads("card.column", "card.label", "card.code", "card.direction", "card.counts_in")
    lead = words("card.columns_are", n=len(rows))
    return paragraphs(words("card.columns"), lead, table((*head, "0.1 %", words("card.median"), "99.9 %"), rows))


def _label(words: Words, spec: Spec, column_spec: ColumnSpec) -> str:
    """The label of a column, from its declaration or, for a column from outside, from the scorecard."""
    outside: Mapping[str, Any] = spec.data.get("external", {}).get("columns", {})
    if column_spec.name in outside:
        return plain(outside[column_spec.name]["label"][words.lang])
    if column_spec.name == FLAG.name:
        return str(getattr(FLAG.label, words.lang))
    label = str(getattr(column(column_spec.name).feature.label, words.lang))
    return label if column_spec.window_days is None else words("card.window", label=label, days=column_spec.window_days)


def _weights(words: Words, spec: Spec, weights: DeclaredWeights) -> str:
    declared = {weight.name: weight for weight in weights.weights}
    rows = [
        (f"`{c.name}`", c.code, _steps(words, declared[c.name]), _because(words, declared[c.name]))
        for c in spec.columns
    ]
    head = words.heads("card.column", "card.code", "card.steps", "card.because")
    return paragraphs(words("card.weights"), f"`{weights.id}`: {weights.text[words.lang]}", table(head, rows))


def _because(words: Words, weight: Weight) -> str:
    """The reason of a weight, and what was published about it."""
    evidence = words("card.assumption") if weight.evidence == ASSUMPTION else plain(weight.evidence)
    return f"{weight.because[words.lang]} ({evidence})"


def _steps(words: Words, weight: Weight) -> str:
    steps = [
        f"≤ {words.large(edge)}: {_log_odds(value)}" for edge, value in zip(weight.edges, weight.values, strict=False)
    ]
    last = f"{words('card.above')}: {_log_odds(weight.values[-1])}"
    return words.listed([*steps, last, f"{words('card.unknown')}: {_log_odds(weight.missing)}"])


def _log_odds(value: float) -> str:
    return f"{value:+g}".replace("-", "−") if value else "0"
