"""Evidence: the cases that a scorecard is judged on, with the PD and the outcome of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.figures import Floats, effective_count

Mask = NDArray[np.bool_]
Labels = NDArray[np.object_]


@dataclass(frozen=True, eq=False)  # arrays are not compared by ==
class Evidence:
    """Judged cases; every array has one entry a case.

    Attributes:
        bad: 1 for bad, 0 for good.
        pd: calibrated probability of bad.
        margin: calibrated log-odds of bad.
        points: exact points; higher is safer.
        supplier: the supplier of each case, as any sortable code. Cases of one supplier are not independent.
        as_of: instants of the cases; calendar periods are computed from them without a time zone.
        segments: for each dimension (`size_class`, `region`, ...) a label a case, None where it is unknown.
        exposure: amount at risk, in one currency; NaN where it is unknown, None where it is unknown throughout.

    Raises:
        ValueError: the arrays differ in length, or one has an invalid value.
    """

    bad: Floats
    pd: Floats
    margin: Floats
    points: Floats
    supplier: NDArray[Any]
    as_of: NDArray[np.datetime64]
    segments: Mapping[str, Labels] = field(default_factory=dict)
    exposure: Floats | None = None

    def __post_init__(self) -> None:
        n = len(self.bad)
        for name, array in self._arrays().items():
            if array.shape != (n,):
                raise ValueError(f"{name!r} has the shape {array.shape} where there are {n} cases.")
        faults = [
            (not np.isin(self.bad, (0, 1)).all(), "`bad` holds something else than 0 and 1"),
            (not ((self.pd >= 0) & (self.pd <= 1)).all(), "`pd` does not lie between 0 and 1"),
            (not np.isfinite(self.margin).all(), "`margin` is not finite"),
            (not np.isfinite(self.points).all(), "`points` are not finite"),
            (bool(np.isnat(self.as_of).any()), "`as_of` is not known for every case"),
            (self.exposure is not None and _not_an_amount(self.exposure), "`exposure` is not positive and finite"),
        ]
        for wrong, fault in faults:
            if wrong:
                raise ValueError(f"This is no evidence: {fault}.")

    @property
    def n(self) -> int:
        """How many cases there are."""
        return len(self.bad)

    @property
    def bads(self) -> int:
        """How many of them are bad."""
        return int(self.bad.sum())

    def rows(self, mask: Mask) -> "Evidence":
        """The part of the cases under a mask."""
        return Evidence(
            bad=self.bad[mask],
            pd=self.pd[mask],
            margin=self.margin[mask],
            points=self.points[mask],
            supplier=self.supplier[mask],
            as_of=self.as_of[mask],
            segments={name: labels[mask] for name, labels in self.segments.items()},
            exposure=None if self.exposure is None else self.exposure[mask],
        )

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {"bad": self.bad, "pd": self.pd, "margin": self.margin, "points": self.points}
        arrays |= {"supplier": self.supplier, "as_of": self.as_of, **self.segments}
        return arrays if self.exposure is None else arrays | {"exposure": self.exposure}


EFFECTIVE_MIN = 10  # bads, and goods, in effective numbers, without which ranking and level are not evaluable


def effective(bad: Floats, supplier: NDArray[Any] | Sequence[Any]) -> tuple[float, float]:
    """Effective numbers of bads and of goods: what they are worth where one supplier has several of them."""
    return effective_count(bad, supplier), effective_count(1 - bad, supplier)


def evaluable(bad: Floats, supplier: NDArray[Any] | Sequence[Any]) -> bool:
    """Whether there are enough effective bads and goods to judge ranking and level."""
    return min(effective(bad, supplier)) >= EFFECTIVE_MIN


def _not_an_amount(exposure: Floats) -> bool:
    return bool(((exposure <= 0) | np.isinf(exposure)).any())
