"""Plots of discrimination: how well points tell bad from good."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training.report.plots.drawing import BADS, GOODS, INK, INK_2, LABELS_MAX, MARK, look, named, panel, said, shares_of
from training.report.words import Words

Curves = Mapping[str, Any]
ABOVE = 0.5  # inches over a plot: the names of the classes, and what is drawn
KEY: Mapping[str, Any] = {
    "frameon": False,
    "borderpad": 0.0,
    "borderaxespad": 0.3,
    "handlelength": 1.6,
    "columnspacing": 1.0,
}


def roc(curves: Curves, words: Words) -> str:
    """Share of the bads found against share of the goods refused, with chance beside it."""
    with look():
        figure, axes = panel()
        axes.plot([0, 1], [0, 1], color=MARK, linewidth=1, linestyle=(0, (4, 3)), label=words("plot.chance"))
        axes.plot(curves["roc"]["goods"], curves["roc"]["bads"], color=INK)
        axes.fill_between(curves["roc"]["goods"], curves["roc"]["bads"], color=GOODS, alpha=0.12, linewidth=0)
        axes.legend(loc="lower right", labelcolor=INK_2, **KEY)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        for axis in (axes.xaxis, axes.yaxis):
            shares_of(axis)
        axes.grid(visible=True)
        named(axes, words("plot.goods_refused"), words("plot.bads_found"))
        return said(figure, name=f"roc-{words.lang}", label=words("plot.roc"))


def ks(curves: Curves, distance: str, words: Words) -> str:
    """Cumulative shares of bads and goods over the points, and where they are farthest apart, by so much."""
    found = curves["ks"]
    with look():
        figure, axes = panel(top=ABOVE)
        points = np.asarray(found["points"])
        axes.plot(
            points, found["bads"], color=BADS, linestyle=(0, (5, 2)), drawstyle="steps-post", label=words("plot.bads")
        )
        axes.plot(points, found["goods"], color=GOODS, drawstyle="steps-post", label=words("plot.goods"))
        at = int(np.argmin(np.abs(points - found["widest_at"])))
        axes.plot([points[at]] * 2, [found["goods"][at], found["bads"][at]], color=INK, linewidth=1)
        axes.text(0.97, 0.08, f"KS {distance}", ha="right", transform=axes.transAxes)
        _classes(axes)
        axes.set_ylim(0, 1.02)
        shares_of(axes.yaxis)
        axes.grid(visible=True)
        named(axes, words("plot.points"), words("plot.up_to"))
        return said(figure, name=f"ks-{words.lang}", label=words("plot.ks"))


def _classes(axes: Any) -> None:
    """The names of both classes, above all: beside a curve or a bar they may lie on another."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.12), ncols=2, **KEY)


def distribution(curves: Curves, words: Words) -> str:
    """Shares of goods and of bads by points: filled bars and a hatched outline."""
    found = curves["histogram"]
    edges = np.asarray(found["edges"])
    goods, bads = (np.asarray(found[k], dtype=np.float64) for k in ("goods", "bads"))
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
        shares_of(axes.yaxis)
        axes.grid(visible=True, axis="y")
        named(axes, words("plot.points"), words("plot.of_class"))
        return said(figure, name=f"distribution-{words.lang}", label=words("plot.distribution"))


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
        named(axes, words("plot.quarter"), words("plot.auc_interval"))
        return said(figure, name=f"quarters-{words.lang}", label=words("plot.auc_over_time"))
