"""The generated reference says what the declarations say."""

from pathlib import Path

from features.declarations.catalogue import COLUMNS, FEATURES
from features.reference.features_page import PAGES, page, stale

ROOT = Path(__file__).parents[3]


def test_the_generated_pages_are_current():
    assert stale(ROOT) == [], "run `make docs`"


def test_every_code_and_column_is_on_both_pages():
    for language in PAGES:
        text = page(language)
        assert [f.code for f in FEATURES if f"| {f.code} |" not in text] == []
        assert [c.name for c in COLUMNS if f"`{c.name}`" not in text] == []


def test_a_changed_page_is_noticed(tmp_path):
    (tmp_path / "docs").mkdir()
    for language, file in PAGES.items():
        (tmp_path / file).write_text(page(language), encoding="utf-8")
    assert stale(tmp_path) == []
    (tmp_path / PAGES["en"]).write_text("# Features\n", encoding="utf-8")
    assert stale(tmp_path) == [tmp_path / PAGES["en"]]
