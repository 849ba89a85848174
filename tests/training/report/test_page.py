"""The page: thirteen parts behind the verdict, whole by itself, whatever the evidence and the names in it."""

import re
from dataclasses import replace

import pytest

from tests.training.report.reading import HOSTILE, Read
from training.report.numbers import LANGS, NOT_EVALUABLE
from training.report.page import page
from training.report.parts import ORDER, parts
from training.report.words import Words


def paged(told, lang="en"):
    words = Words(lang)
    return page(told, parts(told, words), words)


@pytest.fixture(scope="module")
def pages(told):
    return {lang: paged(told, lang) for lang in LANGS}


@pytest.mark.parametrize("lang", LANGS)
def test_the_verdict_comes_first_and_thirteen_parts_follow_in_order(pages, lang):
    read = Read(pages[lang])
    assert not read.open
    anchors = [i for i in read.ids if i == "verdict" or re.fullmatch(r"part-\d+", i)]
    assert anchors == ["verdict", *(f"part-{n}" for n in range(1, 14))]
    assert len(read.headings) == len(ORDER) == 14


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_is_whole_by_itself(pages, lang):
    read = Read(pages[lang])
    assert {"script", "link", "iframe", "object", "form", "img"}.isdisjoint(read.tags)
    assert [lead for lead in read.leads if not lead.startswith(("#", "data:image/png;base64,"))] == []
    assert [u for u in re.findall(r"url\(([^)]*)\)", pages[lang]) if not u.startswith("#")] == []
    beside = re.sub(r'xmlns(:xlink)?="[^"]*"', "", pages[lang])
    assert "://" not in beside
    assert "@import" not in beside


@pytest.mark.parametrize("lang", LANGS)
def test_every_id_is_there_once_and_every_link_leads_to_one(pages, lang):
    read = Read(pages[lang])
    assert len(read.ids) == len(set(read.ids))
    led = {lead[1:] for lead in read.leads if lead.startswith("#")}
    led |= {u[1:] for u in re.findall(r"url\(([^)]*)\)", pages[lang])}
    assert led <= set(read.ids)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("which", ["told", "scarce", "none_bad"])
def test_nothing_is_left_over(request, which, lang):
    read = Read(paged(request.getfixturevalue(which), lang))
    assert [t for t in (*read.texts, *read.codes) if re.search(r"\b(nan|None|inf)\b|[{}]|Undefined", t)] == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_and_plot_says_what_it_is(pages, lang):
    page = pages[lang]
    assert page.count("<table") == page.count("<caption>") > 25
    assert page.count("<figure") == page.count("<figcaption>") > 15
    assert "<caption></caption>" not in page
    assert len(re.findall(r'<svg role="img" aria-label="[^"]+"', page)) == page.count("<svg")


def test_few_bads_are_told_as_not_evaluable(scarce, none_bad):
    for found in (scarce, none_bad):
        assert found.validation["verdict"]["overall"] == "not evaluable"
        for lang in LANGS:
            text = "\n".join(Read(paged(found, lang)).texts)
            assert text.lower().count(NOT_EVALUABLE[lang]) > 20
    assert "Curves: not evaluable" in paged(none_bad)


@pytest.mark.parametrize("lang", LANGS)
def test_a_name_from_outside_does_no_harm(hostile, lang):
    text = paged(hostile, lang)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 5  # table cells, captions, and the texts in plots
    read = Read(text)
    assert not read.open
    assert HOSTILE in read.texts


def test_synthetic_facts_are_called_so_on_top(told):
    assert paged(told).index("Synthetic data") < paged(told).index("<main>")
    real = replace(told, spec=replace(told.spec, basis="model", data={**told.spec.data, "synthetic": False}))
    assert "ynthetic" not in paged(real)


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
    assert said in paged(replace(scarce, spec=spec))


def test_what_is_not_proposed_is_told_for_what_it_is(scarce):
    proposal = {**scarce.validation["proposal"], "name": "constant", "rule": 3}
    text = paged(replace(scarce, validation={**scarce.validation, "proposal": proposal}))
    assert "The written rules propose: Constant." in text
    assert "Rule 3:" in text
