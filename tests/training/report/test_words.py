"""Words: every sentence has both languages with the same figures, and is used; a page holds one language only."""

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
VOCABULARY = {  # meanings of code names, read by `meaning`: a report reads only those that occur
    *(
        "basis",
        "case",
        "case_use",
        "dimension",
        "gate",
        "gate_asks",
        "group_state",
        "leak",
        "limit",
        "measure",
        "purpose",
    ),
    *("risk", "segment", "severity", "source", "state", "unit", "which"),
}


def figures(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_a_sentence_has_both_languages_with_the_same_figures(key):
    sides = SENTENCES[key]
    assert sides.en.strip()
    assert sides.zh.strip()
    assert figures(sides.en) == figures(sides.zh)
    assert not re.search(r"[\u4e00-\u9fff]", sides.en)


@pytest.mark.slow
def test_every_sentence_is_used(recorded, report, scarce, none_bad, hostile):
    """A sentence that needs another outcome or proposal must occur in the source, literally or by its kind."""
    for one in (report, scarce, none_bad, hostile):
        paged(one)
    source = "\n".join(file.read_text("utf-8") for file in sorted(SOURCES.rglob("*.py")))
    by_kind = re.compile(r"data\.(bad|indeterminate)_(contract|given)|method\.rule_[34]|data\.differ_applicants")
    unused = [
        key
        for key in SENTENCES
        if key not in recorded.read
        and f'"{key}"' not in source
        and key.split(".")[0] not in VOCABULARY
        and not by_kind.fullmatch(key)
    ]
    assert unused == []


def test_the_tables_hold_exactly_the_code_names_that_exist():
    keys = {table: {k.split(".", 1)[1] for k in SENTENCES if k.startswith(f"{table}.")} for table in VOCABULARY}
    assert keys["gate"] == keys["gate_asks"]
    assert keys["case"] == keys["case_use"]
    assert keys["source"] == set(TABLES)
    assert keys["limit"] == {name for rule in RULES for name in rule.limits}


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_a_page_is_in_one_language(report, scarce, lang):
    """Codes, names of columns and names of regions, which come from the facts, may be in another."""
    for one in (report, scarce):
        texts = read(one, lang).texts
        if lang == "zh":
            foreign = [t for t in texts if re.search(r"\b[A-Za-z][a-z]+(?: [a-z]{2,}){3,}", t)]
        else:
            regions = set(one.validation["segments"]["dimensions"]["region"]["values"])
            foreign = [t for t in texts if re.search(r"[\u4e00-\u9fff]", t) and not any(r in t for r in regions)]
        assert foreign == []


def test_a_name_without_a_meaning_is_shown_as_it_is():
    assert Words("zh").meaning("gate", "no_such_gate") == "no such gate"
