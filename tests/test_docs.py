"""The pages are right: generated ones are current, commands and links exist, figures were measured."""

import importlib.util
import json
import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from cli.main import app

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
PAGES = sorted(page.relative_to(ROOT).as_posix() for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def module(path: str):
    """Load a script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def commands(command, name="supplier-credit"):
    yield name, command
    for verb, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {verb}")


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("page", module("docs/generate.py").pages(), ids=lambda p: p.name)
def test_a_generated_page_is_current(page):
    assert page.read_text(encoding="utf-8") == module("docs/generate.py").pages()[page], "run `make docs`"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name):
    command = COMMANDS[name]
    assert command.help, f"{name} is missing its help"
    if not getattr(command, "commands", {}):
        assert "supplier-credit" in command.help, f"{name} shows no example"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is(name):
    silent = [p.name for p in COMMANDS[name].params if p.name != "help" and not getattr(p, "help", None)]
    assert silent == []


@pytest.mark.parametrize("page", PAGES)
def test_a_command_on_a_page_exists_with_its_options(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for line in re.findall(r"^\s*(supplier-credit [a-z].*)$", text, flags=re.MULTILINE):
        words = line.split("#")[0].split()
        verb = words[1]
        name = f"supplier-credit {verb}"
        assert name in COMMANDS, line
        if getattr(COMMANDS[name], "commands", {}):
            name = f"{name} {words[2]}"
            assert name in COMMANDS, line
        known = {option for p in COMMANDS[name].params for option in (*p.opts, *p.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", READMES)
def test_a_make_target_on_a_page_exists(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    named = re.findall(r"(?:^|`)make ([a-z][a-z-]*)", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert named
    assert set(named) <= set(targets)


@pytest.mark.slow
def test_make_explains_every_target():
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1].split()
    assert [target for target in phony if f"make {target} " not in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not ((ROOT / page).parent / link).exists()] == []


TAUGHT = {"features/sources/roads.py"}  # what a page has its reader write


@pytest.mark.parametrize("page", [page for page in PAGES if "decisions/" not in page and page != "CHANGELOG.md"])
def test_a_file_or_folder_on_a_page_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    rooms = "features|models|ledger|training|serving|sandbox|cli|tests|docs|examples|benchmarks|notebooks"
    paths = set(re.findall(rf"`((?:{rooms})/[a-z0-9_/.-]*)`", text)) - TAUGHT
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", READMES)
def test_the_answer_shown_is_one_that_was_given(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = re.search(r"<!-- demo -->\n(.*?)<!-- /demo -->", text, flags=re.DOTALL)[1]
    request, answer = (json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", shown, flags=re.DOTALL))
    assert answer["supplier"]["supplier_id"] == request["supplier_id"]
    assert answer["supplier"]["basis"] == "synthetic"
    # The market is of the past.
    assert (answer["status"], answer["codes"]) == ("scored_limited", ["STALE_PROFILE"])
    assert measured(text, "speed")
    assert measured(text, "truth")


def measured(text, part):
    return re.search(rf"<!-- {part} -->\n\|.*?<!-- /{part} -->", text, flags=re.DOTALL)


def test_both_readmes_show_the_same_figures():
    figures = []
    for page in READMES:
        parts = re.findall(r"<!-- (?:speed|truth) -->\n(.*?)<!-- /", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)
        figures.append([re.findall(r"\d[\d.,]*%?", part) for part in parts])
    assert figures[0] == figures[1]


def test_the_page_on_real_data_names_no_one():
    text = (ROOT / "docs" / "real-data.md").read_text(encoding="utf-8")
    assert re.findall(r"pcab-|\bname-[0-9a-f]{8}|CORPORATION|CONSTRUCTION|\bINC\b|\bLtd\b|\bLLC\b", text) == []
