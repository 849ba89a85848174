"""docs/province.md and docs/province.svg: what a province costs, and that cost grows as the facts do."""

import math
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, MARGIN = 640, 400, 60
FONT = 'font-family="sans-serif" font-size="12"'
COLOURS = {"sandbox": "#888888", "import": "#2563a8", "profile": "#b03a2e"}
NAMES = {"sandbox": "generation", "import": "import", "profile": "profiles"}


def write_page(figures: dict[str, Any], docs: Path) -> None:
    """Write the page and its plot."""
    (docs / "province.svg").write_text(plot(figures["sizes"]), encoding="utf-8")
    (docs / "province.md").write_text(page(figures), encoding="utf-8")


def page(figures: dict[str, Any]) -> str:
    """The page."""
    sizes, again = figures["sizes"], figures["resumed"]
    rows = "\n".join(_row(size) for size in sizes)
    same = "the same bytes" if again["same"] else "other bytes"
    return f"""# A province

Written by `make bench-province` on {figures["cores"]} cores: a synthetic market with both clocks, corrections and
retractions is made by the sandbox, imported, and its whole fleet profiled at one date. Each step is the command line's
own verb in a process of its own; memory is the most that the process ever held.

| facts | suppliers | profiled × columns | generation | import | profiles | profiles, per million facts |
|---:|---:|---:|---:|---:|---:|---:|
{rows}

![seconds against facts, both logarithmic](province.svg)

On these axes a straight line with the slope of the dashed ones is a cost that grows as the facts do.

A run of the profiles at the largest size, in an empty home, was killed by SIGKILL after
{again["killed_after_s"]:.0f} s. The same command then needed {again["resumed"]["seconds"]:.0f} s
and stored {same} as the run that nobody disturbed.
"""


def _row(size: dict[str, Any]) -> str:
    steps = " | ".join(f"{s['seconds']:.1f} s, {s['peak_mib']:,.0f} MiB" for s in size["steps"].values())
    per = size["steps"]["profile"]["seconds"] / size["facts"] * 1e6
    shape = f"{size['profiled']:,} × {size['columns']}"
    return f"| {size['facts']:,} | {size['suppliers']:,} | {shape} | {steps} | {per:.2f} s |"


def plot(sizes: list[dict[str, Any]]) -> str:
    """Seconds against facts, both logarithmic, one line a step and dashed lines of slope one."""
    seconds = [step["seconds"] for size in sizes for step in size["steps"].values()]
    axes = _Axes(
        (math.floor(math.log10(sizes[0]["facts"])), math.ceil(math.log10(sizes[-1]["facts"]))),
        (math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *axes.ticks(),
    ]
    for number, (step, colour) in enumerate(COLOURS.items()):
        points = [axes.at(size["facts"], size["steps"][step]["seconds"]) for size in sizes]
        first = sizes[0]["facts"], sizes[0]["steps"][step]["seconds"]
        straight = [axes.at(*first), axes.at(sizes[-1]["facts"], first[1] * sizes[-1]["facts"] / first[0])]
        parts.append(_line(straight, f'stroke="{colour}" stroke-dasharray="3 4" opacity="0.5"'))
        parts.append(_line(points, f'stroke="{colour}" stroke-width="2"'))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        parts.append(f'<text x="{MARGIN + 12}" y="{MARGIN + 4 + 18 * number}" fill="{colour}">{NAMES[step]}</text>')
    return "\n".join([*parts, "</svg>\n"])


class _Axes:
    """Where facts and seconds lie on the plot; both ranges in powers of ten."""

    def __init__(self, facts: tuple[int, int], seconds: tuple[int, int]) -> None:
        self.facts = (facts[0], max(facts[1], facts[0] + 1))
        self.seconds = (seconds[0], max(seconds[1], seconds[0] + 1))

    def at(self, facts: float, seconds: float) -> tuple[float, float]:
        across = (math.log10(facts) - self.facts[0]) / (self.facts[1] - self.facts[0])
        up = (math.log10(seconds) - self.seconds[0]) / (self.seconds[1] - self.seconds[0])
        return MARGIN + across * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)

    def ticks(self) -> list[str]:
        low, high = 10.0 ** self.facts[0], 10.0 ** self.seconds[0]
        parts = []
        for power in range(self.facts[0], self.facts[1] + 1):
            x, y = self.at(10.0**power, high)
            parts.append(_line([(x, MARGIN), (x, y)], 'stroke="#dddddd"'))
            parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{10**power:,} facts</text>')
        for power in range(self.seconds[0], self.seconds[1] + 1):
            x, y = self.at(low, 10.0**power)
            parts.append(_line([(x, y), (WIDTH - MARGIN, y)], 'stroke="#dddddd"'))
            parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
        return parts


def _line(points: list[tuple[float, float]], style: str) -> str:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{drawn}" fill="none" {style}/>'
