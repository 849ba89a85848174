"""Words: every sentence in both languages, with the same figures, told somewhere; no sentence in the other language."""

import re
import string
from pathlib import Path

import pytest

from features.facts.tables import TABLES
from tests.training.report.reading import paged, read
from training.numbers import LANGS
from training.report.words import Words
from training.validation.rules.rules import RULES
from training.words import sentences

SOURCES = Path("training/report")
SENTENCES = sentences(Words.tables)
VOCABULARY = {  # names of ours, told by `known`: a report tells those that it meets
    *("basis", "case", "case_use", "dimension", "gate", "gate_asks", "held", "leak", "limit", "measure", "purpose"),
    *("risk", "segment", "severity", "source", "state", "unit", "which"),
}


def figures(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_a_sentence_is_told_in_both_languages_with_the_same_figures(key):
    said = SENTENCES[key]
    assert said.en.strip()
    assert said.zh.strip()
    assert figures(said.en) == figures(said.zh)
    assert not re.search(r"[\u4e00-\u9fff]", said.en)


@pytest.mark.slow
def test_every_sentence_is_told_and_every_name_of_ours_has_one(recorded, told, scarce, none_bad, hostile):
    """What only another outcome or proposal tells stands in the source, literally or by its kind."""
    for found in (told, scarce, none_bad, hostile):
        paged(found)
    source = "\n".join(file.read_text("utf-8") for file in sorted(SOURCES.rglob("*.py")))
    by_kind = re.compile(r"data\.(bad|indeterminate)_(contract|given)|method\.rule_[123]|data\.differ_applicants")
    silent = [
        key
        for key in SENTENCES
        if key not in recorded.told
        and f'"{key}"' not in source
        and key.split(".")[0] not in VOCABULARY
        and not by_kind.fullmatch(key)
    ]
    assert silent == []


def test_names_of_ours_are_those_that_there_are():
    keys = {table: {k.split(".", 1)[1] for k in SENTENCES if k.startswith(f"{table}.")} for table in VOCABULARY}
    assert keys["gate"] == keys["gate_asks"]
    assert keys["case"] == keys["case_use"]
    assert keys["source"] == set(TABLES)
    assert keys["limit"] == {name for rule in RULES for name in rule.limits}


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_a_page_is_in_one_language(told, scarce, lang):
    """Codes, names of columns and names of regions, which come from the facts, may be in another."""
    for found in (told, scarce):
        texts = read(found, lang).texts
        if lang == "zh":
            foreign = [t for t in texts if re.search(r"\b[A-Za-z][a-z]+(?: [a-z]{2,}){3,}", t)]
        else:
            regions = set(found.validation["segments"]["dimensions"]["region"]["values"])
            foreign = [t for t in texts if re.search(r"[\u4e00-\u9fff]", t) and not any(r in t for r in regions)]
        assert foreign == []


def test_a_name_that_nobody_explained_is_told_as_it_is():
    assert Words("zh").known("gate", "no_such_gate") == "no such gate"
