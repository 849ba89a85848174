"""Plots of calibration: expected against observed bad rates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from training.report.plots.drawing import BADS, GOODS, GREY, INK, MARK, look, name_axes, panel, percent_axis, svg_text
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE

TICKS = (0.0, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0)


def reliability(tenths: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Observed rate of each group of cases with its interval, against its mean PD.

    Both axes have a square-root scale, which shows rates of 0 and separates small rates.

    Args:
        tenths: {mean_pd, observed, low, high} of each group that has cases.
    """
    with look():
        figure, axes = panel()
        most = 1.05 * max(max(g["mean_pd"], g["high"]) for g in tenths)
        axes.plot([0, most], [0, most], color=MARK, linewidth=1, linestyle=(0, (4, 3)))
        for group in tenths:
            _observed(axes, group["mean_pd"], group, GOODS)
        for axis, set_scale, set_ticks in (
            (axes.xaxis, axes.set_xscale, axes.set_xticks),
            (axes.yaxis, axes.set_yscale, axes.set_yticks),
        ):
            _by_root(axis, set_scale, set_ticks, most)
        axes.set(xlim=(0, most), ylim=(0, most))
        axes.grid(visible=True)
        name_axes(axes, words("plot.mean_pd"), words("plot.observed"))
        return svg_text(figure, name=f"deciles-{words.lang}", label=words("plot.reliability"))


def by_grade(grades: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Observed rate of each grade with its interval, beside the mean PD of its cases.

    Args:
        grades: {code, mean_pd, observed, low, high, verdict} of each grade that has cases; a grade
            that cannot be judged is grey.
    """
    with look():
        figure, axes = panel()
        most = 1.05 * max(max(g["mean_pd"], g["high"]) for g in grades)
        for place, grade in enumerate(grades):
            _observed(axes, place, grade, GREY if grade["verdict"] == NOT_EVALUABLE else GOODS)
            axes.plot([place - 0.32, place + 0.32], [grade["mean_pd"]] * 2, color=BADS, linewidth=1.8)
        _by_root(axes.yaxis, axes.set_yscale, axes.set_yticks, most)
        axes.set_xticks(range(len(grades)), [g["code"] for g in grades])
        axes.set(xlim=(-0.6, len(grades) - 0.4), ylim=(0, most))
        axes.grid(visible=True, axis="y")
        name_axes(axes, words("plot.grade"), words("plot.observed"))
        return svg_text(figure, name=f"grades-{words.lang}", label=words("plot.reliability"))


def _observed(axes: Axes, x: float, group: Mapping[str, Any], color: str) -> None:
    axes.plot([x, x], [group["low"], group["high"]], color=color, linewidth=1.4)
    axes.plot(x, group["observed"], marker="o", markersize=4.5, color=INK, markerfacecolor="white", markeredgewidth=1.2)


def _by_root(axis: Any, set_scale: Any, set_ticks: Any, most: float) -> None:
    set_scale("function", functions=(_root, np.square))
    percent_axis(axis)
    set_ticks([tick for tick in TICKS if tick <= most])
    axis.set_minor_locator(NullLocator())


def _root(x: Any) -> Any:
    return np.sqrt(np.maximum(x, 0))
