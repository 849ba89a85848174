"""Plots of calibration: what was told against what came."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import NullLocator

from training.report.plots.drawing import GOODS, INK, INK_2, MARK, look, named, panel, said, shares_of
from training.report.words import Words

TICKS = (0.0, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0)


def reliability(groups: Sequence[tuple[str, Mapping[str, Any]]], words: Words, *, name: str) -> str:
    """Observed rate of each group with its interval, against the mean probability that it was told.

    Both axes are square roots: rates of 0 stay on the page, and small ones apart.

    Args:
        groups: a label, which may be empty, and {mean_pd, observed, low, high} of each group that has cases.
    """
    with look():
        figure, axes = panel()
        most = 1.05 * max(max(g["mean_pd"], g["high"]) for _, g in groups)
        axes.plot([0, most], [0, most], color=MARK, linewidth=1, linestyle=(0, (4, 3)))
        for label, group in groups:
            x, y = group["mean_pd"], group["observed"]
            axes.plot([x, x], [group["low"], group["high"]], color=GOODS, linewidth=1.4)
            axes.plot(x, y, marker="o", markersize=4.5, color=INK, markerfacecolor="white", markeredgewidth=1.2)
            if label:
                shift: Any = {"textcoords": "offset points", "ha": "center", "color": INK_2, "fontsize": 7}
                axes.annotate(label, (x, group["high"]), (0, 3), **shift)
        for axis, set_scale, set_ticks in (
            (axes.xaxis, axes.set_xscale, axes.set_xticks),
            (axes.yaxis, axes.set_yscale, axes.set_yticks),
        ):
            set_scale("function", functions=(_root, np.square))
            set_ticks([tick for tick in TICKS if tick <= most])
            axis.set_minor_locator(NullLocator())
            shares_of(axis)
        axes.set(xlim=(0, most), ylim=(0, most * 1.1))
        axes.grid(visible=True)
        named(axes, words("plot.mean_pd"), words("plot.observed"))
        return said(figure, name=f"{name}-{words.lang}", label=words("plot.reliability"))


def _root(x: Any) -> Any:
    return np.sqrt(np.maximum(x, 0))
