"""World files: those that ship are understood, and what is not understood is refused."""

from pathlib import Path

import pytest

from sandbox.world.world import WorldError
from sandbox.world.world_file import WORLDS, read_world

PLAIN = (WORLDS / "plain.toml").read_text("utf-8")


def broken(folder: Path, old: str, new: str) -> Path:
    assert old in PLAIN
    path = folder / "world.toml"
    path.write_text(PLAIN.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize("name", ["plain", "interactions", "shifted", "province"])
def test_a_shipped_world_is_found_by_its_name_and_is_called_so(name: str):
    world, text = read_world(name)
    assert world.name == name
    assert text == (WORLDS / f"{name}.toml").read_text("utf-8")


def test_a_world_may_be_any_file(tmp_path: Path):
    path = broken(tmp_path, "bad_rate = 0.03", "bad_rate = 0.05")
    assert read_world(path)[0].risk.bad_rate == 0.05


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "plain"', 'name = "plain"\ncolour = "red"', "unknown key 'colour'"),
        ("growth = ", "grwoth = ", "market: unknown key 'grwoth'"),
        ("bad_rate = 0.03", "", "'bad_rate' is missing"),
        ("bad_rate = 0.03", "bad_rate = 3.0", "3.0 is not between"),
        ("bad_rate = 0.03", "bad_rate = nan", "wants float, not nan"),
        ("bad_rate = 0.03", 'bad_rate = "low"', "wants float, not 'low'"),
        ("tenants = 5", "tenants = 5.5", "wants int, not 5.5"),
        ("last = 2025-12-31", "last = 2018-12-31", "wants first < lending_from < last"),
        ("last = 2025-12-31", 'last = "2025-12-31"', "wants date"),
        ("amount_share = [0.3, 0.8]", "amount_share = [0.3]", "wants a list of 2"),
        ("days_min = 60", "days_min = 350", "days_min exceeds days_max"),
        ('variable = "amount_ratio"', 'variable = "luck"', "unknown variable 'luck'"),
        ('variable = "amount_ratio", cap', 'variable = "amount_ratio", colour', "unknown key 'colour'"),
        ("coefficient = 3.4", "coefficient = 3.4\ncoefficient_after = 1.0", "coefficient_after needs a [shift]"),
        ("[risk]", "[risk", "not a TOML file"),
    ],
)
def test_a_world_that_is_not_understood_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str):
    with pytest.raises(WorldError) as refused:
        read_world(broken(tmp_path, old, new))
    assert said in str(refused.value)
    assert "world.toml" in str(refused.value)


def test_a_world_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(WorldError, match="interactions, plain, province, shifted"):
        read_world("atlantis")
