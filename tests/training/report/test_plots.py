"""Plots: text that stays text, drawn alike everywhere, of any evidence."""

import re
import warnings

import numpy as np
import pytest

from training.numbers import LANGS
from training.report.parts import parts
from training.report.plots import drawing
from training.report.plots.discrimination import ABOVE, distribution, ks
from training.report.plots.explanations import bars, dependence, swarm
from training.report.report_input import Contributions
from training.report.words import Words
from training.report.write import plots_of

pytestmark = pytest.mark.slow  # a study is learned, and a dozen plots are drawn a page


@pytest.fixture(scope="module")
def drawn(report):
    """Every plot; whoever warned while they were drawn, of glyphs that only measuring lacks, would fail here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        return {plot.name: plot.svg for plot in plots_of(parts(report, Words("zh")))}


def test_every_plot_is_text_without_a_time_or_an_address(drawn):
    for name, svg in drawn.items():
        assert svg.startswith("<svg "), name
        assert "<text" in svg, name
        assert "<metadata" not in svg
        assert set(re.findall(r"https?://[^\"]*", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_chinese_labels_stay_text_and_ask_for_chinese_glyphs(drawn):
    for name, svg in drawn.items():
        assert re.search(r"<text[^>]*Noto Sans CJK SC[^>]*>[^<]*[\u4e00-\u9fff]", svg), name
        assert drawing.MEASURED not in svg


def test_drawing_leaves_numpys_generator_as_it_was(report):
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    labels = [c.name for c in report.spec.columns]
    swarm(
        Contributions(report.contributions.values[:30], report.contributions.points[:30], report.contributions.base),
        labels,
        Words("en"),
    )
    assert (np.random.random(3) == expected).all()


@pytest.mark.parametrize(
    "values",
    [[1.0, 1.0, 1.0], [np.nan, np.nan, np.nan], [np.nan, 0.0, 1.0], [0.0, 1.0, 1e9], [-1e9, 0.0, 1.0], [2.0]],
)
def test_a_column_of_any_values_is_drawn(values):
    column = np.array(values)[:, None]
    contributions = Contributions(column, np.linspace(-1, 1, len(values))[:, None], 600.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "<svg" in dependence(contributions, 0, "x", Words("en"))


@pytest.mark.parametrize("lang", LANGS)
def test_the_names_of_the_classes_lie_above_the_plot_where_no_curve_is(report, scarce, lang):
    words = Words(lang)
    for one in (report, scarce):
        curves = one.validation["discrimination"]["curves"]
        for svg in (ks(curves, "0.4", words), distribution(curves, words)):
            for name in (words("plot.bads"), words("plot.goods")):
                (y,) = re.findall(rf'<text [^>]*y="([\d.]+)"[^>]*>{name}</text>', svg)
                assert float(y) < 72 * ABOVE


@pytest.mark.parametrize("n", [1, 2, 15, 16])
@pytest.mark.parametrize("cases", [1, 3, 600])
def test_few_or_many_columns_and_cases_are_drawn(n, cases):
    rng = np.random.default_rng(n)
    values = np.round(rng.normal(size=(cases, n)), 1)
    values[:, 0] = np.nan  # no case has a known value
    points = rng.normal(size=(cases, n))
    points[:, -1] = 0.0  # of no use
    labels = [f"column {j} " * 20 for j in range(n)]
    for draw in (swarm, bars):
        svg = draw(Contributions(values, points, 600.0), labels, Words("en"))
        assert "…</text>" in svg
        assert ("The other 2 columns together" in svg) == (n == 16 and draw is bars)


def test_a_long_label_is_cut_to_its_place():
    assert drawing.shortened("short  name", 2) == "short name"
    cut = drawing.shortened("供应商" * 30, 2)
    assert cut.endswith("…")
    assert drawing.width_of(cut) <= 2


def test_a_han_character_is_measured_as_wide_as_it_is_high():
    assert drawing.width_of("供应商", 10) == pytest.approx(3 * 10 / 72)
    assert drawing.width_of("abc", 10) < drawing.width_of("供应商", 10)
