"""The page and the plot of `make bench-province`, which are written at the end of a long run."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from province_page import write_page

Points = list[tuple[float, ...]]

SVG = "{http://www.w3.org/2000/svg}"


def figures(growth: float) -> dict:
    """Three sizes; a step's seconds grow `growth` times from one to the next."""

    def size(number: int) -> dict:
        steps = {n: {"seconds": s * growth**number, "peak_mib": 900.0} for n, s in STEPS.items()}
        facts = 1_037_299 * 10**number
        return {"facts": facts, "suppliers": 11_000 * 10**number, "profiled": 10_603, "columns": 155, "steps": steps}

    resumed = {"killed_after_s": 70.2, "resumed": {"seconds": 81.0, "peak_mib": 1300.0}, "same": True}
    return {"sizes": [size(n) for n in range(3)], "resumed": resumed, "cores": 2}


STEPS = {"sandbox": 1.3, "import": 2.5, "profile": 1.9}


def lines(folder: Path) -> tuple[list[Points], list[Points]]:
    """Points of the three steps' lines, and of the dashed ones that belong to them."""
    found = list(ElementTree.parse(folder / "province.svg").iter(f"{SVG}polyline"))
    drawn = [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in found]
    dashed = [points for points, line in zip(drawn, found, strict=True) if line.get("stroke-dasharray")]
    return [points for points in drawn if len(points) == 3], dashed


def test_a_cost_that_grows_as_the_facts_do_lies_on_its_dashed_line(tmp_path: Path):
    write_page(figures(growth=10.0), tmp_path)
    steps, dashed = lines(tmp_path)
    assert len(steps) == len(dashed) == 3
    for step, straight in zip(steps, dashed, strict=True):
        assert step[0] == straight[0]
        assert step[-1] == pytest.approx(straight[-1], abs=0.11)


def test_a_cost_that_grows_faster_rises_above_it(tmp_path: Path):
    write_page(figures(growth=15.0), tmp_path)
    for step, straight in zip(*lines(tmp_path), strict=True):
        assert step[-1][1] < straight[-1][1] - 5  # y counts from the top


def test_the_page_tells_every_size_and_the_killed_run(tmp_path: Path):
    write_page(figures(growth=10.0), tmp_path)
    page = (tmp_path / "province.md").read_text("utf-8")
    assert re.findall(r"^\| ([\d,]+) \|", page, flags=re.MULTILINE) == ["1,037,299", "10,372,990", "103,729,900"]
    assert "| 1.83 s |" in page
    assert "after\n70 s" in page
    assert "the same bytes" in page
