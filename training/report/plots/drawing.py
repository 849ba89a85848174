"""Drawing: the style of all plots of a report, and their conversion to SVG text.

Text in a plot stays text, and the reader's fonts draw it. Positions are computed with matplotlib's own font, so that a
plot has the same bytes on every machine.
"""

import html
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK, INK_2, INK_3, RULE, MARK = "#15181c", "#4a5159", "#5f666f", "#dedad2", "#8a857b"
# Blue and orange, distinct for colour-blind readers; in grey, line and hatch differ.
GOODS, BADS = "#1c6a9e", "#a84a08"
GREY = "#b9b3a8"
SCALE = "cividis"  # its lightness is the same in grey

MEASURED = "DejaVu Sans"
STACK = "'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', sans-serif"
LOOK: Any = {
    "font.family": [MEASURED],
    "font.size": 8.0,
    "text.parse_math": False,  # a name may hold a dollar sign
    "text.color": INK,
    "axes.edgecolor": MARK,
    "axes.labelcolor": INK_2,
    "axes.labelsize": 8.0,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8.0,
    "axes.titlecolor": INK_2,
    "axes.titlelocation": "left",
    "axes.titlepad": 7.0,
    "xtick.color": MARK,
    "ytick.color": MARK,
    "xtick.labelcolor": INK_3,
    "ytick.labelcolor": INK_3,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.6,
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "supplier-credit",
    "axes.formatter.useoffset": False,
}
DOTS_PER_INCH = 200  # of swarms, which are drawn as images because their vector text would be very large
LABELS_MAX = 6  # labels of quarters below a plot
HALF, WHOLE = 3.3, 6.9  # inches: width of a plot on A4 beside another, or alone


@contextmanager
def look() -> Iterator[None]:
    """Use the report's style; hide warnings on Han glyphs, which the measuring font lacks but the reader has."""
    with mpl.rc_context(LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        warnings.filterwarnings("ignore", message="All-NaN")  # a column without a known value among the drawn cases
        yield


def panel(
    width: float = HALF,
    height: float = 2.5,
    *,
    left: float = 0.48,
    right: float = 0.18,
    bottom: float = 0.45,
    top: float = 0.3,
) -> tuple[Figure, Axes]:
    """A figure with one plot; all measures, including the four margins, are in inches."""
    figure = Figure(figsize=(width, height))
    inside = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    return figure, figure.add_axes(inside)


def name_axes(axes: Axes, x: str, y: str, *, size: float = 8.0) -> None:
    """Name the axes: x below the plot, y above it in horizontal text."""
    axes.set_xlabel(x, fontsize=size)
    axes.set_title(y, fontsize=size)
    axes.set_axisbelow(True)


def percent_axis(axis: Any) -> None:
    """Label an axis in whole percent."""
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))


def svg_text(figure: Figure, *, name: str, label: str) -> str:
    """The figure as SVG text, without time and external addresses; its element ids are unique to the plot.

    Args:
        name: name of the plot, unique within a page.
        label: text for screen readers.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", dpi=DOTS_PER_INCH, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = text.replace(f"'{MEASURED}'", STACK)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(label)}"', 1).strip() + "\n"


def shortened(label: str, inches: float, size: float = 8.0) -> str:
    """A label on one line, cut off if it is wider than `inches`."""
    line = " ".join(label.split())
    if width_of(line, size) <= inches:
        return line
    while line and width_of(f"{line}…", size) > inches:
        line = line[:-1]
    return f"{line.rstrip()}…"


def width_of(label: str, size: float = 8.0) -> float:
    """Approximate width of a label in inches: a Han character is as wide as high, others are 0.56 of that."""
    ems = sum(1.0 if ord(c) > 0x2E7F else 0.56 for c in label)
    return ems * size / 72
