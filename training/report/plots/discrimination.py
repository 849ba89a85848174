"""Plots of discrimination: how well points separate bads from goods."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training.report.plots.drawing import (
    BADS,
    GOODS,
    INK,
    INK_2,
    LABELS_MAX,
    MARK,
    look,
    name_axes,
    panel,
    percent_axis,
    svg_text,
)
from training.report.words import Words

Curves = Mapping[str, Any]
ABOVE = 0.5  # inches above a plot for the names of the classes
KEY: Mapping[str, Any] = {
    "frameon": False,
    "borderpad": 0.0,
    "borderaxespad": 0.3,
    "handlelength": 1.6,
    "columnspacing": 1.0,
}


def roc(curves: Curves, words: Words) -> str:
    """Share of bads refused against share of goods refused, with the line of chance."""
    with look():
        figure, axes = panel()
        axes.plot([0, 1], [0, 1], color=MARK, linewidth=1, linestyle=(0, (4, 3)), label=words("plot.chance"))
        axes.plot(curves["roc"]["goods"], curves["roc"]["bads"], color=INK)
        axes.fill_between(curves["roc"]["goods"], curves["roc"]["bads"], color=GOODS, alpha=0.12, linewidth=0)
        axes.legend(loc="lower right", labelcolor=INK_2, **KEY)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        for axis in (axes.xaxis, axes.yaxis):
            percent_axis(axis)
        axes.grid(visible=True)
        name_axes(axes, words("plot.goods_refused"), words("plot.bads_found"))
        return svg_text(figure, name=f"roc-{words.lang}", label=words("plot.roc"))


def ks(curves: Curves, distance: str, words: Words) -> str:
    """Cumulative shares of bads and goods over the points, with their largest distance."""
    curve = curves["ks"]
    with look():
        figure, axes = panel(top=ABOVE)
        points = np.asarray(curve["points"])
        axes.plot(
            points, curve["bads"], color=BADS, linestyle=(0, (5, 2)), drawstyle="steps-post", label=words("plot.bads")
        )
        axes.plot(points, curve["goods"], color=GOODS, drawstyle="steps-post", label=words("plot.goods"))
        at = int(np.argmin(np.abs(points - curve["widest_at"])))
        axes.plot([points[at]] * 2, [curve["goods"][at], curve["bads"][at]], color=INK, linewidth=1)
        axes.text(0.97, 0.08, f"KS {distance}", ha="right", transform=axes.transAxes)
        _classes(axes)
        axes.set_ylim(0, 1.02)
        percent_axis(axes.yaxis)
        axes.grid(visible=True)
        name_axes(axes, words("plot.points"), words("plot.up_to"))
        return svg_text(figure, name=f"ks-{words.lang}", label=words("plot.ks"))


def _classes(axes: Any) -> None:
    """Write the names of both classes above the plot, where no curve or bar can hide them."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.12), ncols=2, **KEY)


def distribution(curves: Curves, words: Words) -> str:
    """Shares of goods and of bads by points: filled bars and a hatched outline."""
    histogram = curves["histogram"]
    edges = np.asarray(histogram["edges"])
    goods, bads = (np.asarray(histogram[k], dtype=np.float64) for k in ("goods", "bads"))
    inside = np.flatnonzero(goods + bads)
    first, last = int(inside[0]), int(inside[-1]) + 1
    with look():
        figure, axes = panel(top=ABOVE)
        filled: Any = {"color": GOODS, "alpha": 0.35, "linewidth": 0}
        hatched: Any = {"facecolor": "none", "edgecolor": BADS, "hatch": "////", "linewidth": 1.2}
        for counts, label, style in ((goods, "plot.goods", filled), (bads, "plot.bads", hatched)):
            if counts.sum():
                shares = counts[first:last] / counts.sum()
                axes.stairs(shares, edges[first : last + 1], fill=True, label=words(label), **style)
        _classes(axes)
        percent_axis(axes.yaxis)
        axes.grid(visible=True, axis="y")
        name_axes(axes, words("plot.points"), words("plot.of_class"))
        return svg_text(figure, name=f"distribution-{words.lang}", label=words("plot.distribution"))


def over_time(vintages: Sequence[Mapping[str, Any]], words: Words) -> str:
    """The AUC of each quarter with its interval; quarters with too few bads or goods are left out."""
    known = [v for v in vintages if v["auc"]["value"] is not None]
    with look():
        figure, axes = panel()
        axes.axhline(0.5, color=MARK, linewidth=1, linestyle=(0, (4, 3)))
        axes.text(0.02, 0.5, words("plot.chance"), color=INK_2, va="bottom", transform=axes.get_yaxis_transform())
        for place, vintage in enumerate(known):
            area = vintage["auc"]
            axes.plot([place] * 2, [area["low"], area["high"]], color=GOODS, linewidth=1.4)
            axes.plot(place, area["value"], marker="o", markersize=4.5, color=INK, markerfacecolor="white")
        each = -(-len(known) // LABELS_MAX)
        axes.set_xticks(range(0, len(known), each), [v["vintage"][2:] for v in known[::each]])
        axes.set(xlim=(-0.6, len(known) - 0.4), ylim=(min(0.45, *(v["auc"]["low"] for v in known)), 1.0))
        axes.grid(visible=True, axis="y")
        name_axes(axes, words("plot.quarter"), words("plot.auc_interval"))
        return svg_text(figure, name=f"quarters-{words.lang}", label=words("plot.auc_over_time"))
