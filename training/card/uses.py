"""Uses: intended and forbidden uses of a scorecard, from its declaration and its validation."""

from collections.abc import Mapping
from typing import Any

from models.scorecard.score import LIMITED_SHARE, REFUSED_SHARE
from models.scorecard.spec import Gate, Spec
from training.card.markdown import bullets, paragraphs
from training.card.words import Words

PRICED = ("good", "watch")  # verdicts under which grades may be used for pricing
PRICING = ("calibration", "grades")  # parts of a validation that need such a verdict


def uses(words: Words, spec: Spec, validation: Mapping[str, Any], gates: Mapping[str, Gate]) -> str:
    """The lists of intended and forbidden uses."""
    failed = sorted(name for name, gate in gates.items() if not gate.passed)
    pricing = _pricing(words, spec, validation, gates)
    intended = [
        words.meaning("uses", p) if _named(words, p) else words("uses.another", purpose=p) for p in spec.purposes
    ]
    intended.append(words(f"uses.{spec.unit}"))
    forbidden = [
        words("uses.no_real") if spec.data["synthetic"] else "",
        words("uses.no_serving", gates=words.listed(f"`{name}`" for name in failed)) if failed else "",
        words("uses.no_report"),
        words("uses.no_refusal"),
        "" if pricing is None else pricing,
        words("uses.no_purpose"),
        words("uses.no_outsider", limited=f"{LIMITED_SHARE:.0%}", refused=f"{REFUSED_SHARE:.0%}"),
        words("uses.no_consumer", kinds=_kinds(words, spec)),
        words("uses.no_cause"),
    ]
    if pricing is None and not failed:
        intended.append(words("uses.pricing", verdict=words(f"names.{validation['verdict']['parts']['calibration']}")))
    return paragraphs(
        words("uses.intended"),
        bullets(intended),
        words("uses.forbidden"),
        bullets(line for line in forbidden if line),
    )


def _pricing(words: Words, spec: Spec, validation: Mapping[str, Any], gates: Mapping[str, Gate]) -> str | None:
    """Why the scorecard may not be used for pricing; None if it may."""
    if spec.basis == "expert":
        return words("uses.no_pricing_declared")
    if not gates["slope"].passed:
        return words("uses.no_pricing_slope")
    verdicts: Mapping[str, str] = validation["verdict"]["parts"]
    for part in PRICING:
        if verdicts[part] not in PRICED:
            names = {"part": words(f"parts.{part}"), "verdict": words(f"names.{verdicts[part]}")}
            return words("uses.no_pricing_verdict", **names)
    return None


def _kinds(words: Words, spec: Spec) -> str:
    kinds: Mapping[str, int] = spec.population["kinds"]
    return words.listed(f"{words.meaning('names', kind)} {n:,}" for kind, n in kinds.items()) or words.figure(
        None, "count"
    )


def _named(words: Words, purpose: str) -> bool:
    return words.meaning("uses", purpose) != f"`{purpose}`"
