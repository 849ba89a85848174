"""Points: how the odds of a bad outcome are written as a score."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Scale:
    """`points` points at `odds` good to one bad; `pdo` more points double those odds. Higher is safer."""

    id: str = "pcs-600-50-20/v1"
    points_at_odds: float = 600.0
    odds_good_to_bad: float = 50.0
    pdo: float = 20.0  # points that double the odds of good

    @cached_property
    def factor(self) -> float:
        """Points lost for each unit of the log-odds of bad."""
        return self.pdo / math.log(2)

    @cached_property
    def offset(self) -> float:
        """Points at even odds."""
        return self.points_at_odds - self.factor * math.log(self.odds_good_to_bad)

    def points(self, log_odds_bad: Any) -> Any:
        """Return the exact points of log-odds of **bad**: a number, or an array of them."""
        return self.offset - self.factor * log_odds_bad

    def log_odds_bad(self, points: Any) -> Any:
        """Return the log-odds of bad behind exact points."""
        return (self.offset - points) / self.factor


SCALE = Scale()
