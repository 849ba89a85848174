"""The words of the code: no banned name anywhere, and no file, function or folder above its size."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BANNED = tomllib.loads(Path(__file__).with_name("banned_names.toml").read_text(encoding="utf-8"))
FOLDERS = (
    *("models", "ledger", "serving", "cli", "sandbox", "benchmarks", "docs"),
    *("tests/models", "tests/cli", "tests/sandbox", "tests/ledger", "tests/benchmarks"),
)
FILE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX, FOLDER_FILES_MAX = 300, 400, 50, 15
# One module per family or verb; tests, benchmarks and docs are not parts of a flow.
WIDE_FOLDERS = ("features/declarations/families", "cli/verbs", "tests", "benchmarks", "docs")


def files() -> list[Path]:
    return [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file gives or uses, with its line."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield line, name
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield line, name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield line, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield line, name


def banned_words_of(name: str) -> set[str]:
    """The banned words that a name consists of: parts between underscores, and of CamelCase."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in words} & set(BANNED["names"])


@pytest.mark.parametrize("file", files(), ids=name_of)
def test_no_name_is_banned(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    names = [(1, file.stem), *names_in(tree)]
    found = {f"line {line}: {name} ({', '.join(words)})" for line, name in names if (words := banned_words_of(name))}
    assert found == set(), f"{name_of(file)}: {sorted(found)}; what to write instead is in tests/banned_names.toml"


@pytest.mark.parametrize("word", sorted(BANNED["texts"]))
def test_no_file_has_the_word(word: str):
    pattern = re.compile(rf"\b{word}\b", re.IGNORECASE)
    having = [name_of(file) for file in files() if pattern.search(file.read_text(encoding="utf-8"))]
    assert having == []


@pytest.mark.parametrize("file", files(), ids=name_of)
def test_files_and_functions_are_short(file: Path):
    text = file.read_text(encoding="utf-8")
    lines_max = TEST_LINES_MAX if file.is_relative_to(ROOT / "tests") else FILE_LINES_MAX
    assert len(text.splitlines()) <= lines_max
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f.name for f in functions if f.end_lineno - f.lineno + 1 > FUNCTION_LINES_MAX]
    assert long == []


def test_folders_are_narrow():
    modules: dict[str, int] = {}
    for file in files():
        if file.name != "__init__.py":
            folder = name_of(file.parent)
            modules[folder] = modules.get(folder, 0) + 1
    wide = {folder for folder, count in modules.items() if count > FOLDER_FILES_MAX}
    assert {folder for folder in wide if not folder.startswith(WIDE_FOLDERS)} == set()
