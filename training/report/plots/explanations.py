"""Plots of explanations: the contribution of each column. The shap library draws the swarm and the bars."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from training.numbers import Lang, large
from training.report.plots.drawing import (
    GOODS,
    GREY,
    INK,
    INK_3,
    MARK,
    SCALE,
    WHOLE,
    look,
    name_axes,
    panel,
    shortened,
    svg_text,
    width_of,
)
from training.report.report_input import Contributions
from training.report.words import Words

LABEL_MAX, HEIGHT_MIN, ROW = 2.9, 1.7, 0.2  # inches
TOP = 15  # columns in the swarm and in the bars
SEED = 7  # for the positions of the swarm's dots, which shap draws from numpy's global generator
BINS = 12  # of the line through a column's dots


def swarm(contributions: Contributions, names: Sequence[str], words: Words) -> str:
    """One dot per case and column: its place shows the contribution, its colour the value."""
    from shap.plots import beeswarm

    labels = [shortened(name, LABEL_MAX) for name in names]
    shown = contributions.order[:TOP]
    with look():
        figure, axes = _rows(labels, shown, right=0.75)
        before = np.random.get_state()
        np.random.seed(SEED)
        try:
            beeswarm(
                _explanation(contributions, labels)[:, shown],
                max_display=len(shown),
                ax=axes,
                show=False,
                plot_size=None,
                color=mpl.colormaps[SCALE],
                color_bar=False,
                group_remaining_features=False,
                s=7,
            )
        finally:
            np.random.set_state(before)
        _plain(axes)
        _bar_of_values(figure, words)
        axes.set_xlabel(words("plot.contribution"), fontsize=8)
        return svg_text(figure, name=f"swarm-{words.lang}", label=words("plot.swarm"))


def bars(contributions: Contributions, names: Sequence[str], words: Words) -> str:
    """Mean absolute contribution of each column, and of all remaining columns together."""
    from shap.plots import bar

    labels = [shortened(name, LABEL_MAX) for name in names]
    with look():
        shown = min(TOP, len(labels))
        rest = words("plot.rest", n=str(len(labels) - shown + 1))
        named_rows = [labels[j] for j in contributions.order[:shown]]
        if shown < len(labels):
            named_rows[-1] = rest
        figure, axes = _rows(named_rows, range(shown), right=0.75)
        bar(_explanation(contributions, labels), max_display=shown, ax=axes, show=False)
        for patch in axes.patches:
            patch.set(facecolor=GOODS, edgecolor="none")
        for text in axes.texts:
            text.set(color=INK, fontsize=8, text=text.get_text().lstrip("+"))
        axes.set_yticks(range(shown, 0, -1), named_rows)
        _plain(axes)
        axes.set_xlabel(words("plot.mean_size"), fontsize=8)
        return svg_text(figure, name=f"bars-{words.lang}", label=words("plot.bars"))


def dependence(contributions: Contributions, place: int, label: str, words: Words) -> str:
    """One column's contribution against its value: one dot per case, and the mean as a line; nulls are on the left."""
    values, points = contributions.values[:, place], contributions.points[:, place]
    known = ~np.isnan(values)
    with look():
        figure, axes = panel(2.2, 1.65, left=0.4, bottom=0.42, top=0.22, right=0.14)
        axes.axhline(0, color=MARK, linewidth=0.8)
        x, ticks = _spread(values[known])
        dots: Any = {"s": 4, "linewidth": 0, "alpha": 0.5, "rasterized": True}
        axes.scatter(x, points[known], color=GOODS, **dots)
        middle, mean = _mean_along(x, points[known])
        axes.plot(middle, mean, color=INK, linewidth=1.2)
        if (~known).any():
            jitter = np.linspace(-0.03, 0.03, int((~known).sum()))
            axes.scatter(-0.26 + jitter, points[~known], color=GREY, **dots)
            axes.plot([-0.31, -0.21], [points[~known].mean()] * 2, color=INK, linewidth=1.2)
            axes.axvline(-0.13, color=MARK, linewidth=0.6, linestyle=(0, (2, 2)))
        axes.set_xlim(-0.36 if (~known).any() else -0.04, 1.04)
        nulls = [(-0.26, words("plot.null"))] if (~known).any() else []
        marks = [*nulls, *((at, _short(value, words.lang)) for at, value in ticks)]
        axes.set_xticks([at for at, _ in marks], [text for _, text in marks], fontsize=7)
        axes.tick_params("y", labelsize=7)
        name_axes(axes, words("plot.value"), words("plot.contribution"), size=7)
        return svg_text(figure, name=f"dependence-{place}-{words.lang}", label=label)


def _spread(values: np.ndarray) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Values scaled to 0 to 1, by the root of their distance if they have a long tail; and ticks (place, value)."""
    if not len(values):
        return values, []
    low, high = float(values.min()), float(values.max())
    if high == low:
        return np.full(len(values), 0.5), [(0.5, low)]
    middle = float(np.median(values))
    if 0.15 < (middle - low) / (high - low) < 0.85:
        return (values - low) / (high - low), [(0.0, low), (0.5, (low + high) / 2), (1.0, high)]
    # With a long tail, the root of the distance from the near end separates the many small values.
    near_low = middle - low < high - middle
    root = np.sqrt((values - low) / (high - low)) if near_low else 1 - np.sqrt((high - values) / (high - low))
    quarter = low + (high - low) / 4 if near_low else high - (high - low) / 4
    return root, [(0.0, low), (0.5, quarter), (1.0, high)]


def _mean_along(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean contribution at each place if there are few places, otherwise in bins of equal count at their mean place."""
    different = np.unique(x)
    if len(different) <= BINS:
        parts = [np.flatnonzero(x == place) for place in different]
    else:
        parts = [part for part in np.array_split(np.argsort(x, kind="stable"), BINS) if len(part)]
    return np.array([x[p].mean() for p in parts]), np.array([y[p].mean() for p in parts])


def _short(value: float, lang: Lang) -> str:
    return large(float(f"{value:.3g}"), lang)


def _explanation(contributions: Contributions, labels: Sequence[str]) -> Any:
    """The contributions as a shap object; a copy, because shap changes its input."""
    from shap import Explanation

    base = np.full(len(contributions.points), contributions.base)
    return Explanation(
        contributions.points.copy(), base_values=base, data=contributions.values.copy(), feature_names=list(labels)
    )


def _rows(labels: Sequence[str], shown: Sequence[int], *, right: float) -> tuple[Any, Axes]:
    left = 0.15 + max(width_of(labels[j]) for j in shown)
    return panel(WHOLE, max(HEIGHT_MIN, 0.65 + ROW * len(shown)), left=left, right=right, bottom=0.5, top=0.1)


def _plain(axes: Axes) -> None:
    """Give shap's axes the report's style."""
    axes.tick_params("y", length=0, labelsize=8, labelcolor=INK)
    axes.tick_params("x", labelsize=8, labelcolor=INK_3)
    axes.spines["left"].set_visible(False)


def _bar_of_values(figure: Any, words: Words) -> None:
    """The colour bar, from small to large values."""
    height = figure.get_figheight()
    inside = figure.add_axes((1 - 0.42 / WHOLE, 0.75 / height, 0.09 / WHOLE, (height - 1.3) / height))
    inside.imshow(np.linspace(1, 0, 128)[:, None], aspect="auto", cmap=SCALE)
    inside.set(xticks=[], yticks=[])
    inside.spines[:].set_visible(False)
    for x, y, va, key in ((0.5, 1.02, "bottom", "plot.large"), (0.5, -0.02, "top", "plot.small")):
        inside.text(x, y, words(key), transform=inside.transAxes, ha="center", va=va, color=INK_3)
