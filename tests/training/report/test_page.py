"""The page: thirteen parts behind the verdict, whole by itself, whatever the evidence and the names in it."""

import re
from dataclasses import replace

import pytest

from tests.training.report.reading import HOSTILE, Read, paged, read
from training.numbers import LANGS, NOT_EVALUABLE
from training.report.page import page
from training.report.parts import ORDER, data, identity, limits, method, summary
from training.report.words import Words

pytestmark = pytest.mark.slow  # a study is learned, and a dozen plots are drawn a page


@pytest.fixture(scope="module")
def pages(report):
    return {lang: paged(report, lang) for lang in LANGS}


@pytest.mark.parametrize("lang", LANGS)
def test_the_verdict_comes_first_and_thirteen_parts_follow_in_order(report, pages, lang):
    html = read(report, lang)
    assert not html.open
    anchors = [i for i in html.ids if i == "verdict" or re.fullmatch(r"part-\d+", i)]
    assert anchors == ["verdict", *(f"part-{n}" for n in range(1, 14))]
    assert len(html.headings) == len(ORDER) == 14


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_loads_nothing(report, pages, lang):
    html = read(report, lang)
    assert {"script", "link", "iframe", "object", "form", "img"}.isdisjoint(html.tags)
    assert [link for link in html.links if not link.startswith(("#", "data:image/png;base64,"))] == []
    assert [u for u in re.findall(r"url\(([^)]*)\)", pages[lang]) if not u.startswith("#")] == []
    beside = re.sub(r'xmlns(:xlink)?="[^"]*"', "", pages[lang])
    assert "://" not in beside
    assert "@import" not in beside


@pytest.mark.parametrize("lang", LANGS)
def test_every_id_is_unique_and_every_link_has_its_target(report, pages, lang):
    html = read(report, lang)
    assert len(html.ids) == len(set(html.ids))
    targets = {link[1:] for link in html.links if link.startswith("#")}
    targets |= {u[1:] for u in re.findall(r"url\(([^)]*)\)", pages[lang])}
    assert targets <= set(html.ids)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("which", ["report", "scarce", "none_bad"])
def test_no_placeholder_or_missing_value_is_left_in_the_text(request, which, lang):
    html = read(request.getfixturevalue(which), lang)
    assert [t for t in (*html.texts, *html.codes) if re.search(r"\b(nan|None|inf)\b|[{}]|Undefined", t)] == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_and_plot_says_what_it_is(report, pages, lang):
    page = pages[lang]
    assert page.count("<table") == page.count("<caption>") > 25
    assert page.count("<figure") == page.count("<figcaption>") > 15
    assert "<caption></caption>" not in page
    assert len(re.findall(r'<svg role="img" aria-label="[^"]+"', page)) == page.count("<svg")


def test_with_few_bads_the_verdict_is_not_evaluable(scarce, none_bad):
    for report in (scarce, none_bad):
        assert report.validation["verdict"]["overall"] == "not evaluable"
        for lang in LANGS:
            text = "\n".join(read(report, lang).texts)
            assert text.lower().count(NOT_EVALUABLE[lang]) > 20
    assert "Curves: not evaluable" in paged(none_bad)


@pytest.mark.parametrize("lang", LANGS)
def test_a_name_from_outside_does_no_harm(hostile, lang):
    text = paged(hostile, lang)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 5  # table cells, captions, and the texts in plots
    html = read(hostile, lang)
    assert not html.open
    assert HOSTILE in html.texts


def test_a_report_on_synthetic_facts_says_so_at_the_top(report):
    assert paged(report).index("Synthetic data") < paged(report).index("<main>")
    real = replace(report, spec=replace(report.spec, basis="model", data={**report.spec.data, "synthetic": False}))
    report_parts = [identity(real, Words("en")), limits(real, Words("en"))]
    assert not [text for text in Read(page(real, report_parts, Words("en"))).texts if "ynthetic" in text]


def test_an_override_is_never_claimed_to_be_known(pages):
    assert "Not evaluable: no decisions recorded yet" in pages["en"]
    assert "无法评估：尚无审批记录" in pages["zh"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"kind": "contract", "late_days_min": 91, "lag_days": 0, "id": "contract_failure/v1"},
            "contract end + 91 days",
        ),
        ({"kind": "given", "lag_days": 3, "id": "given/v1"}, "as in the table of outcomes"),
        (
            {"kind": "loan", "dpd": 60, "tail_days": 90, "cap_months": 24, "lag_days": 0, "id": "x/v1"},
            "at most 24 months",
        ),
    ],
)
def test_every_kind_of_outcome_says_what_bad_is(scarce, changed, sentence):
    spec = replace(scarce.spec, data={**scarce.spec.data, "outcome": changed})
    report = replace(scarce, spec=spec)
    assert sentence in page(report, [data(report, Words("en"))], Words("en"))


def test_the_page_says_that_a_scorecard_is_not_the_proposed_one(scarce):
    proposal = {**scarce.validation["proposal"], "name": "constant", "rule": 3}
    report = replace(scarce, validation={**scarce.validation, "proposal": proposal})
    text = page(report, [summary(report, Words("en")), method(report, Words("en"))], Words("en"))
    assert "The written rules propose: Constant." in text
    assert "Rule 3 decided." in text
