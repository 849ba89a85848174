"""The rooms' doors: who may import whom, and which one file opens each dependency."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("features", "models", "ledger", "training", "serving", "sandbox", "cli")
MAY_IMPORT = {
    "features": set(),
    "models": {"features"},
    "training": {"features", "models"},
    "serving": {"features", "models", "ledger"},
    "ledger": {"features", "models"},
    "sandbox": {"features"},
    "cli": set(ROOMS),
}
# The schemas, and what says that an argument cannot be used; nothing that computes a feature.
SANDBOX_MAY_READ = {"features.facts.tables", "features.errors"}
DOORS = {
    "lightgbm": ("models/scorecard/booster.py", "training/learning/fit.py"),
    "mlflow": ("training/tracking/",),
    "shap": ("training/",),
    "sklearn": ("training/",),
    "bentoml": ("serving/service.py",),
    "sqlalchemy": ("ledger/",),
    "alembic": ("ledger/",),
    "ibis": ("features/",),
    "duckdb": ("features/",),
    "pyspark": ("features/",),
}


def modules() -> list[Path]:
    return [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere below, as a dotted name; `from a import b` names both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "relative imports hide the room"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_rooms_are_entered_only_in_the_direction_of_the_road(file: Path):
    room = file.relative_to(ROOT).parts[0]
    entered = {name.split(".")[0] for name in imports(tree_of(file))} & set(ROOMS) - {room}
    assert entered <= MAY_IMPORT[room], f"{name_of(file)} imports {sorted(entered - MAY_IMPORT[room])}"


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_a_dependency_has_one_door(file: Path):
    name = name_of(file)
    opened = {dotted.split(".")[0] for dotted in imports(tree_of(file))} & set(DOORS)
    wrong = [library for library in opened if not name.startswith(DOORS[library])]
    assert not wrong, f"{name} opens {wrong}; the door is {[DOORS[library] for library in wrong]}"


def test_the_sandbox_knows_the_tables_and_no_feature():
    for file in sorted((ROOT / "sandbox").rglob("*.py")):
        read = {node.module for node in ast.walk(tree_of(file)) if isinstance(node, ast.ImportFrom) and node.module}
        assert {name for name in read if name.startswith("features")} <= SANDBOX_MAY_READ, name_of(file)


def test_the_command_line_imports_the_rooms_lazily():
    for file in sorted((ROOT / "cli").rglob("*.py")):
        eager = ast.Module([node for node in tree_of(file).body if not guarded(node)], [])
        eager.body = [node for node in eager.body if isinstance(node, ast.Import | ast.ImportFrom)]
        rooms = {name for name in imports(eager) if name.split(".")[0] in set(ROOMS) - {"cli"}}
        assert rooms <= {"features.errors", "features.errors.InputError"}, f"{name_of(file)} imports {rooms} at once"


def guarded(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_the_sandboxs_truth_is_read_by_sandbox_tests_and_benchmarks_alone():
    for file in modules():
        if file.relative_to(ROOT).parts[0] == "sandbox":
            continue
        tree = tree_of(file)
        assert not [name for name in imports(tree) if name.startswith("sandbox.truth.truth")], name_of(file)
        paths = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        assert not {p for p in paths if p in {"truth", "truth/"} or p.startswith("truth/")}, name_of(file)


def units_of(room: str) -> dict[str, set[str]]:
    """The packages and single files of a room, each with those of the same room that it imports."""
    files = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in (ROOT / room).rglob("*.py")}
    names = {name.removesuffix(".__init__") for name in files}
    imported: dict[str, set[str]] = {}
    for name, file in files.items():
        unit = ".".join(name.split(".")[:2])
        inside = {".".join(other.split(".")[:2]) for other in imports(tree_of(file)) if other in names}
        imported.setdefault(unit, set()).update({u for u in inside if u.split(".")[0] == room and "." in u} - {unit})
    return imported


@pytest.mark.parametrize("room", ROOMS)
def test_the_packages_of_a_room_import_each_other_in_one_direction(room: str):
    imported = units_of(room)
    while leaves := [unit for unit, others in imported.items() if not others & set(imported)]:
        for unit in leaves:
            del imported[unit]
    assert imported == {}, f"these import each other in a circle: {sorted(imported)}"


def test_the_modules_of_all_rooms_import_each_other_in_one_direction():
    files = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in modules()}
    imported = {name: set(imports(tree_of(file))) & set(files) - {name} for name, file in files.items()}
    while leaves := [name for name, others in imported.items() if not others & set(imported)]:
        for name in leaves:
            del imported[name]
    assert imported == {}, f"these import each other in a circle: {sorted(imported)}"
