"""The page that teaches writing a feature: its declaration, its tests and what it shows are run as printed."""

import json
import re
from pathlib import Path

import pytest

from features.declarations.catalogue import COLUMNS, FEATURES
from features.declarations.families import delivery
from features.engines.worked_example import example_value
from features.reference.features_page import _HEADINGS, table

DOCS = Path(__file__).parents[4] / "docs"
PAGES = ("write-a-feature.md", "write-a-feature.zh-CN.md")


def blocks(page, kind):
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def namespace(page):
    """The family's module as it would be with the page's code in it."""
    names = dict(vars(delivery))
    for code in blocks(page, "python"):
        exec(compile(code, page, "exec"), names)
    return names


@pytest.fixture
def declared():
    return namespace(PAGES[0])["week_late_rate"]


def test_the_example_gives_its_value(declared):
    assert example_value(declared) == pytest.approx(declared.example.value)


def test_the_code_and_the_column_are_free(declared):
    assert declared.code not in {feature.code for feature in FEATURES}
    assert declared.columns[0].name not in {column.name for column in COLUMNS}
    numbers = [int(feature.code[1:]) for feature in FEATURES if re.fullmatch(r"D1\d\d", feature.code)]
    assert declared.code == f"D{max(numbers) + 1}", "the page says: the next free number"


@pytest.mark.parametrize("page", PAGES)
def test_the_tests_of_the_page_pass(page, value_of):
    tests = [made for name, made in namespace(page).items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test(value_of)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_the_generated_row(page, declared):
    assert blocks(page, "text") == [table([declared], _HEADINGS, "en")[-1] + "\n"]


def test_the_reason_shown_is_of_the_declaration(declared):
    for page in PAGES:
        (reason,) = (json.loads(block) for block in blocks(page, "json"))
        assert (reason["code"], reason["text"]["en"], reason["text"]["zh"]) == (
            declared.code,
            declared.adverse.en,
            declared.adverse.zh,
        )
        assert set(reason["evidence"]) == {declared.columns[0].name, "deliveries_365d"}


def test_both_pages_teach_by_the_same_example():
    assert all(blocks(PAGES[0], kind) == blocks(PAGES[1], kind) for kind in ("python", "text", "json"))
