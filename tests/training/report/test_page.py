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
def pages(told):
    return {lang: paged(told, lang) for lang in LANGS}


@pytest.mark.parametrize("lang", LANGS)
def test_the_verdict_comes_first_and_thirteen_parts_follow_in_order(told, pages, lang):
    found = read(told, lang)
    assert not found.open
    anchors = [i for i in found.ids if i == "verdict" or re.fullmatch(r"part-\d+", i)]
    assert anchors == ["verdict", *(f"part-{n}" for n in range(1, 14))]
    assert len(found.headings) == len(ORDER) == 14


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_is_whole_by_itself(told, pages, lang):
    found = read(told, lang)
    assert {"script", "link", "iframe", "object", "form", "img"}.isdisjoint(found.tags)
    assert [lead for lead in found.leads if not lead.startswith(("#", "data:image/png;base64,"))] == []
    assert [u for u in re.findall(r"url\(([^)]*)\)", pages[lang]) if not u.startswith("#")] == []
    beside = re.sub(r'xmlns(:xlink)?="[^"]*"', "", pages[lang])
    assert "://" not in beside
    assert "@import" not in beside


@pytest.mark.parametrize("lang", LANGS)
def test_every_id_is_there_once_and_every_link_leads_to_one(told, pages, lang):
    found = read(told, lang)
    assert len(found.ids) == len(set(found.ids))
    led = {lead[1:] for lead in found.leads if lead.startswith("#")}
    led |= {u[1:] for u in re.findall(r"url\(([^)]*)\)", pages[lang])}
    assert led <= set(found.ids)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("which", ["told", "scarce", "none_bad"])
def test_nothing_is_left_over(request, which, lang):
    found = read(request.getfixturevalue(which), lang)
    assert [t for t in (*found.texts, *found.codes) if re.search(r"\b(nan|None|inf)\b|[{}]|Undefined", t)] == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_and_plot_says_what_it_is(told, pages, lang):
    page = pages[lang]
    assert page.count("<table") == page.count("<caption>") > 25
    assert page.count("<figure") == page.count("<figcaption>") > 15
    assert "<caption></caption>" not in page
    assert len(re.findall(r'<svg role="img" aria-label="[^"]+"', page)) == page.count("<svg")


def test_few_bads_are_told_as_not_evaluable(scarce, none_bad):
    for found in (scarce, none_bad):
        assert found.validation["verdict"]["overall"] == "not evaluable"
        for lang in LANGS:
            text = "\n".join(read(found, lang).texts)
            assert text.lower().count(NOT_EVALUABLE[lang]) > 20
    assert "Curves: not evaluable" in paged(none_bad)


@pytest.mark.parametrize("lang", LANGS)
def test_a_name_from_outside_does_no_harm(hostile, lang):
    text = paged(hostile, lang)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 5  # table cells, captions, and the texts in plots
    found = read(hostile, lang)
    assert not found.open
    assert HOSTILE in found.texts


def test_synthetic_facts_are_called_so_on_top(told):
    assert paged(told).index("Synthetic data") < paged(told).index("<main>")
    real = replace(told, spec=replace(told.spec, basis="model", data={**told.spec.data, "synthetic": False}))
    told_parts = [identity(real, Words("en")), limits(real, Words("en"))]
    assert not [text for text in Read(page(real, told_parts, Words("en"))).texts if "ynthetic" in text]


def test_an_override_is_never_claimed_to_be_known(pages):
    assert "Not evaluable: no decisions recorded yet" in pages["en"]
    assert "无法评估：尚无审批记录" in pages["zh"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"kind": "contract", "late_days_min": 91, "lag_days": 0, "id": "contract_failure/v1"},
            "contract end + 91 days",
        ),
        ({"kind": "given", "lag_days": 3, "id": "given/v1"}, "as the table of outcomes was drawn up"),
        (
            {"kind": "loan", "dpd": 60, "tail_days": 90, "cap_months": 24, "lag_days": 0, "id": "x/v1"},
            "at most 24 months",
        ),
    ],
)
def test_every_kind_of_outcome_says_what_bad_is(scarce, changed, said):
    spec = replace(scarce.spec, data={**scarce.spec.data, "outcome": changed})
    found = replace(scarce, spec=spec)
    assert said in page(found, [data(found, Words("en"))], Words("en"))


def test_what_is_not_proposed_is_told_for_what_it_is(scarce):
    proposal = {**scarce.validation["proposal"], "name": "constant", "rule": 3}
    found = replace(scarce, validation={**scarce.validation, "proposal": proposal})
    text = page(found, [summary(found, Words("en")), method(found, Words("en"))], Words("en"))
    assert "The written rules propose: Constant." in text
    assert "Rule 3:" in text
