"""The four verdicts of a validation, and the worst of several."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

Verdict = Literal["good", "watch", "bad", "not evaluable"]
GOOD: Final = "good"
WATCH: Final = "watch"
BAD: Final = "bad"
NOT_EVALUABLE: Final = "not evaluable"

ORDER: tuple[Verdict, ...] = (GOOD, WATCH, BAD)  # from better to worse


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts that could be reached; not evaluable where none could."""
    reached = [v for v in verdicts if v != NOT_EVALUABLE]
    return max(reached, key=ORDER.index) if reached else NOT_EVALUABLE


def of_part(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of the verdicts of a part's rules, the leading rule first.

    A part is never better than its leading rule: where that could not be judged, good rules beside it do not make the
    part good.
    """
    worst_verdict = worst(verdicts)
    return NOT_EVALUABLE if worst_verdict == GOOD and verdicts[0] == NOT_EVALUABLE else worst_verdict


def beyond(value: float | None, *, watch: float, bad: float) -> Verdict:
    """Good up to `watch`, bad above `bad`; for figures of which more is worse."""
    if value is None:
        return NOT_EVALUABLE
    return BAD if value > bad else WATCH if value > watch else GOOD


def short_of(value: float | None, *, watch: float, bad: float) -> Verdict:
    """Good from `watch` on, bad below `bad`; for figures of which more is better."""
    if value is None:
        return NOT_EVALUABLE
    return BAD if value < bad else WATCH if value < watch else GOOD
