"""Counts in the sentence of a reason: "100 % late" of one delivery is "1 of 1"."""

from collections.abc import Mapping
from typing import Any, Final

INTEGER_WITHIN: Final = 0.02
"""Rates are shown with four figures: times their count they are this near to a whole number."""


def with_counts(reasons: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `reasons` block whose sentences about a rate name the counts behind it, where evidence holds them."""
    sides = {side: [_counted(reason) for reason in reasons[side]] for side in ("adverse", "favourable")}
    return {**reasons, **sides}


def _counted(reason: Mapping[str, Any]) -> dict[str, Any]:
    counts = _counts(reason["evidence"])
    if counts is None:
        return dict(reason)
    some, every = counts
    text = reason["text"]
    return {
        **reason,
        "text": {"zh": f"{text['zh']}（{every} 次中 {some} 次）", "en": f"{text['en']} ({some} of {every})"},
    }


def _counts(evidence: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the numerator and the denominator of a rate, None where the evidence is not a rate of a count."""
    from features.declarations.catalogue import column

    if len(evidence) < 2:
        return None
    (rate_name, rate), (count_name, count) = list(evidence.items())[:2]
    try:
        units = column(rate_name).feature.unit.value, column(count_name).feature.unit.value
    except KeyError:
        return None
    if "rate" not in rate_name.split("_") or units != ("ratio", "count") or rate is None or not count:
        return None
    some = rate * count
    return (round(some), int(count)) if abs(some - round(some)) <= INTEGER_WITHIN and 0 <= rate <= 1 else None
