"""The page that teaches writing a source: its example is run as it stands there."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from features.importing.import_facts import detect, import_facts
from features.sources.registry import SOURCES

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("write-a-source.md", "write-a-source.zh-CN.md")


def blocks(page):
    """The page's first block of each kind: csv, python, text."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks_found = re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return dict(reversed(blocks_found))


@pytest.fixture
def roads(tmp_path, monkeypatch):
    """The publisher's file and the module of the page, registered as the page says."""

    def make(page):
        code_blocks = blocks(page)
        (tmp_path / "roads").mkdir()
        (tmp_path / "roads" / "works.csv").write_text(code_blocks["csv"], encoding="utf-8")
        module = ModuleType("features.sources.roads")
        exec(compile(code_blocks["python"], page, "exec"), module.__dict__)
        monkeypatch.setitem(SOURCES, "roads", module)
        return tmp_path / "roads"

    return make


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_source_imports_the_pages_file_and_says_what_the_page_shows(roads, tmp_path, page):
    source = roads(page)
    assert detect(source) == "roads"
    summary = import_facts(source, tmp_path / "facts", max_bad=0.2)
    assert blocks(page)["text"] in "\n".join(summary.lines()) + "\n"


def test_an_end_is_known_on_the_day_it_was_recorded(roads, tmp_path, rows_of):
    import_facts(roads(PAGES[0]), tmp_path / "facts", max_bad=0.2)
    rows = rows_of(tmp_path / "facts", "contracts", "contract_id = 'R-1' ORDER BY known_at")
    assert [(row["end_state"], str(row["known_at"].date())) for row in rows] == [
        (None, "2024-01-05"),
        ("completed", "2024-07-20"),
    ]


def test_both_pages_teach_by_the_same_example():
    assert blocks(PAGES[0]) == blocks(PAGES[1])


def test_every_source_says_where_it_is_used_and_how_it_is_read():
    for name, source in SOURCES.items():
        assert {"CURRENCY", "TZ", "recognises", "read"} <= set(dir(source)), name
