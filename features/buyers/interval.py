"""Student's confidence interval of a mean, from exact sums."""

from typing import Any

import ibis

from features.declarations.exact import exact_std, real

NORMAL = 1.959963984540054  # the normal distribution's 97.5 % quantile, for an interval of 95 %
LEAST = 5  # fewer rows give no interval


def mean_interval(x: Any) -> tuple[Any, Any]:
    """Bounds of the 95 % confidence interval of the mean of a whole-number column; null below `LEAST` rows.

    x̄ ∓ t · s / √n with Student's t on n − 1 degrees of freedom (W. S. Gosset, Biometrika 6, 1908).
    """
    n = real(x.count())
    mean = real(x.cast("int64").sum()) / n.nullif(0.0)
    half = t_quantile(n - 1.0) * exact_std(x) / n.sqrt()
    half = ibis.ifelse(n >= float(LEAST), half, ibis.null("float64"))
    return mean - half, mean + half


def t_quantile(freedom: Any) -> Any:
    """Student's 97.5 % quantile: expansion 26.7.5 of Abramowitz and Stegun (1964), within 0.0015 from 4 degrees on."""
    inverse = 1.0 / freedom
    value: Any = 0.0
    for term in reversed(_TERMS):
        value = value * inverse + term
    return value


_Z = NORMAL
_TERMS = (
    _Z,
    (_Z**3 + _Z) / 4,
    (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
    (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
    (79 * _Z**9 + 776 * _Z**7 + 1482 * _Z**5 - 1920 * _Z**3 - 945 * _Z) / 92160,
)
