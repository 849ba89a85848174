"""The words of the code: no banned name anywhere, and no file, function or folder above its size."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BANNED = tomllib.loads(Path(__file__).with_name("banned_names.toml").read_text(encoding="utf-8"))
ROOMS = ("features", "models", "ledger", "training", "serving", "cli", "sandbox")
FOLDERS = (*ROOMS, "benchmarks", "docs", "tests")
FILE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX, FOLDER_FILES_MAX = 300, 400, 50, 15
WIDE_FOLDERS = {"features/declarations/families", "cli/verbs"}  # one module per family or verb


@cache
def texts(folder: str) -> dict[Path, str]:
    return {file: file.read_text(encoding="utf-8") for file in sorted((ROOT / folder).rglob("*.py"))}


@cache
def trees(folder: str) -> dict[Path, ast.Module]:
    return {file: ast.parse(text, filename=str(file)) for file, text in texts(folder).items()}


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


# The attribute of each kind of node that holds a name.
NAMED: dict[type[ast.AST], str] = {
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler), "name"),
    **dict.fromkeys((ast.MatchAs, ast.MatchStar), "name"),
    **dict.fromkeys((ast.arg, ast.keyword), "arg"),
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.alias: "asname",
    ast.MatchMapping: "rest",
}


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file gives or uses, with its line."""
    for node in ast.walk(tree):
        attribute = NAMED.get(type(node))
        if attribute is not None and (name := getattr(node, attribute)):
            yield node.lineno, name


@cache
def banned_words_of(name: str) -> set[str]:
    """The banned words that a name consists of: parts between underscores, and of CamelCase."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in words} & set(BANNED["names"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_name_is_banned(folder: str):
    """What to write instead is in banned_names.toml."""
    banned = []
    for file, tree in trees(folder).items():
        names = [(1, file.stem), *names_in(tree)]
        banned += [f"{name_of(file)}:{line} {name}" for line, name in names if banned_words_of(name)]
    assert banned == []


@pytest.mark.parametrize("word", sorted(BANNED["texts"]))
def test_no_file_has_the_word(word: str):
    pattern = re.compile(rf"\b{word}\b", re.IGNORECASE)
    assert [name_of(file) for folder in FOLDERS for file, text in texts(folder).items() if pattern.search(text)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_are_short(folder: str):
    lines_max = TEST_LINES_MAX if folder == "tests" else FILE_LINES_MAX
    counts = {name_of(file): len(text.splitlines()) for file, text in texts(folder).items()}
    assert {name: count for name, count in counts.items() if count > lines_max} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_functions_are_short(folder: str):
    long = []
    for file, tree in trees(folder).items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        counts = {f"{name_of(file)} {f.name}": (f.end_lineno or 0) - f.lineno + 1 for f in functions}
        long += [name for name, count in counts.items() if count > FUNCTION_LINES_MAX]
    assert long == []


@pytest.mark.parametrize("folder", ROOMS)
def test_folders_have_few_modules(folder: str):
    modules = Counter(name_of(file.parent) for file in texts(folder) if file.name != "__init__.py")
    wide = {name for name, count in modules.items() if count > FOLDER_FILES_MAX}
    assert wide - WIDE_FOLDERS == set()
