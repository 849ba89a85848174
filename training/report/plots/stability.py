"""Plots of stability: stability index by quarter, and migration of grades."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from training.report.plots.drawing import (
    BADS,
    GOODS,
    GREY,
    INK,
    INK_2,
    INK_3,
    LABELS_MAX,
    look,
    name_axes,
    panel,
    svg_text,
)
from training.report.words import Words
from training.validation.rules.rules import S1
from training.validation.rules.verdicts import NOT_EVALUABLE

FEW = 20  # grade changes; a row with fewer is drawn pale


def over_time(quarters: Sequence[Mapping[str, Any]], words: Words) -> str:
    """The stability index of each quarter, its limit by chance, and the two limits of rule S1.

    Quarters that cannot be judged are hollow, and are cut off if they are higher than the others.
    """
    known = [q for q in quarters if q["psi"] is not None]
    judged = [q for q in known if q["verdict"] != NOT_EVALUABLE]
    with look():
        figure, axes = panel(right=0.62)
        place = np.arange(len(known))
        for x, quarter in zip(place, known, strict=True):
            fill = "none" if quarter["verdict"] == NOT_EVALUABLE else GREY
            axes.bar(x, quarter["psi"], width=0.55, facecolor=fill, edgecolor=GREY)
        axes.plot(place, [q["by_chance"] for q in known], linestyle="none", marker="_", markersize=17, color=INK)
        top = 1.15 * max([S1["bad"], *(max(q["psi"], q["by_chance"]) for q in judged)])
        for limit, color, key, va in (
            (S1["watch"], GOODS, "state.watch", "top"),
            (S1["bad"], BADS, "state.bad", "bottom"),
        ):
            axes.axhline(limit, color=color, linewidth=1, linestyle=(0, (4, 3)))
            at = axes.get_yaxis_transform()
            axes.text(1.02, limit, f"{limit:.2f} {words(key)}", color=color, va=va, transform=at)
        axes.set(ylim=(0, top), xlim=(-0.6, len(known) - 0.4))
        each = -(-len(known) // LABELS_MAX)
        axes.set_xticks(place[::each], [q["quarter"][2:] for q in known[::each]])
        axes.grid(visible=True, axis="y")
        name_axes(axes, words("plot.quarter"), words("plot.psi"))
        return svg_text(figure, name=f"psi-{words.lang}", label=words("plot.over_time"))


def migration(moves: Mapping[str, Any], words: Words) -> str:
    """Grades of suppliers one quarter later, as shares of each row; the diagonal is outlined."""
    used = [i for i, row in enumerate(moves["shares"]) if row is not None or any(r[i] for r in moves["counts"])]
    codes = [moves["codes"][i] for i in used]
    with look():
        figure, axes = panel(4.4, 0.85 + 0.27 * len(codes), left=1.0, bottom=0.1, top=0.62)
        for y, i in enumerate(used):
            total = sum(moves["counts"][i])
            for x, j in enumerate(used):
                share = moves["counts"][i][j] / total if total else 0.0
                _cell(axes, x, y, share, outlined=i == j, pale=total < FEW)
        axes.set(xlim=(-0.5, len(codes) - 0.5), ylim=(len(codes) - 0.5, -0.5))
        counts = [f"{c}  n={sum(moves['counts'][i]):,}" for i, c in zip(used, codes, strict=True)]
        axes.set_yticks(range(len(codes)), counts)
        axes.set_xticks(range(len(codes)), codes)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(words("plot.grade_after"), pad=18)
        figure.text(0.02, 1 - 0.44 / figure.get_figheight(), words("plot.grade_before"), color=INK_2, va="center")
        return svg_text(figure, name=f"migration-{words.lang}", label=words("plot.migration"))


def _cell(axes: Any, x: int, y: int, share: float, *, outlined: bool, pale: bool) -> None:
    box: Any = {"facecolor": GOODS, "alpha": (0.35 if pale else 1) * (0.05 + 0.6 * share), "linewidth": 0}
    if share:
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, **box))
        axes.text(x, y, f"{share:.0%}", ha="center", va="center", fontsize=7.5, color=INK_3 if pale else INK)
    if outlined:
        axes.add_patch(Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=0.9))
