"""The parts of pages that are measured: filled from the last `make demo` and benchmarks, never by hand."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

WIDTH = 150
WORDS = tomllib.loads(Path(__file__).with_name("measured.toml").read_text(encoding="utf-8"))


def fill(root: Path) -> list[Path]:
    """Fill every measured part of every page for which there are figures; return what was written."""
    for name, words in WORDS.items():
        page = root / name
        text = page.read_text(encoding="utf-8")
        for part in re.findall(r"<!-- /(\w+) -->", text):
            file, render = SOURCES.get(part, (None, None))
            if file is not None and (root / file).is_file():
                content = render(json.loads((root / file).read_text(encoding="utf-8")), words)
                text = filled(text, part, content)
        page.write_text(text, encoding="utf-8")
    return [root / name for name in WORDS]


def filled(text: str, name: str, content: str) -> str:
    """A page's text with the content between the comments `name` and `/name`."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(pattern, lambda match: f"{match[1]}{content}\n{match[2]}", text, flags=re.DOTALL)


def printed(answers: list[dict[str, Any]], words: dict[str, str]) -> str:
    """An answer as `make demo` prints it."""
    from cli.shared.printing import lines

    line = answers[1]
    currency = line["request"]["request"]["currency"]
    return "\n".join(["```text", line["title"], *lines(line["answer"], lang=words["lang"], currency=currency), "```"])


def demo(answers: list[dict[str, Any]], _: dict[str, str]) -> str:
    """A request and its answer, whole."""
    request, answer = answers[1]["request"], answers[1]["answer"]
    return f"```http\nPOST /v1/scores\n```\n```json\n{compact(request)}\n```\n```json\n{compact(answer)}\n```"


def compact(value: Any, indent: int = 0) -> str:
    """JSON that breaks a line only where it would grow too long."""
    line = json.dumps(value, ensure_ascii=False)
    if indent + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        inner = [compact(item, indent + 2) for item in value]
        return "[\n" + ",\n".join(pad + item for item in inner) + "\n" + " " * indent + "]"
    items = [f"{json.dumps(key)}: {compact(item, indent + 2)}" for key, item in value.items()]
    return "{\n" + ",\n".join(pad + item for item in items) + "\n" + " " * indent + "}"


def speed(figures: dict[str, Any], words: dict[str, str]) -> str:
    """The speed table."""
    lines = [words["speed"], "|---|---:|---:|---:|---:|---:|"]
    for name, f in figures["figures"].items():
        cells = (
            f"{f['requests_a_second']:,.0f}",
            *(f"{f[q]:.1f}" for q in ("p50_ms", "p95_ms", "p99_ms")),
            f["errors"],
        )
        lines.append(f"| {words[name]} | " + " | ".join(str(cell) for cell in cells) + " |")
    about = words["machine"].format(clients=figures["clients"], **figures["shape"], **figures["machine"])
    return "\n".join([*lines, "", about])


def truth(figures: dict[str, Any], words: dict[str, str]) -> str:
    """The distance from the sandbox's truth."""
    lines = [words["truth"], "|---|---:|---:|---:|---:|---:|---:|---|"]
    for world, f in figures.items():
        pds = f"{f['mean_pd']:.2%} | {f['mean_best']:.2%} | {f['brier_excess']:.1%}"
        drifted = words["yes"] if f["drifted"] else words["no"]
        lines.append(f"| {world} | {f['n']:,} | {f['auc']:.3f} | {f['auc_best']:.3f} | {pds} | {drifted} |")
    return "\n".join(lines)


def training(figures: dict[str, Any], words: dict[str, str]) -> str:
    """What is proposed on each set of cases, and how far behind the best there it ranks."""
    lines = [words["training"], "|---|---:|---:|---|---:|---:|---:|---:|---|---:|"]
    for name, f in figures.items():
        if not f["lines"]:
            lines.append(f"| {name} | – | – | {words['not']} | – | – | – | – | – | – |")
            continue
        by_name = {line["name"]: line for line in f["lines"]}
        ours = by_name.pop("proposed" if f["proposed"] == f["written"] else f["proposed"])
        best = max(by_name.values(), key=lambda line: line["auc"])
        behind = "–" if best["name"] == f["written"] else "{:+.3f} – {:+.3f}".format(*best["behind"])
        counts = f"{f['n']:,}, {f['bad']:,} | {f['test_n']:,}, {f['test_bad']:,}"
        interval = "–" if ours["low"] is None else f"{ours['low']:.3f} – {ours['high']:.3f}"
        brier = f"{ours['brier']:.4f} ({by_name.get('constant', ours)['brier']:.4f})"
        numbers = f"{ours['auc']:.3f} | {interval} | {ours['ks']:.3f} | {brier}"
        lines.append(
            f"| {name} | {counts} | {f['proposed']} | {numbers} | {best['name']} {best['auc']:.3f} | {behind} |"
        )
    return "\n".join(lines)


def small(figures: dict[str, Any], words: dict[str, str]) -> str:
    """What training makes of few cases."""
    draws = figures["draws"]
    ours, rival, pd = (sum(d[k] for d in draws) / len(draws) for k in ("auc", "rival_auc", "mean_pd"))
    return words["small"].format(
        n=len(draws), fresh=figures["fresh"], ours=ours, rival=rival, ratio=pd / figures["rate"]
    )


def million(figures: dict[str, Any], words: dict[str, str]) -> str:
    """What a million profiles take."""
    two, one = figures["2"], figures["1"]
    return words["million"].format(
        cases=two["cases"], fit=two["fit_s"], whole=two["whole_s"], mib=two["peak_mib"], one=one["fit_s"]
    )


SOURCES = {
    "printed": ("var/demo/answers.json", printed),
    "demo": ("var/demo/answers.json", demo),
    "speed": ("var/figures/load.json", speed),
    "truth": ("var/figures/truth.json", truth),
    "training": ("var/figures/training.json", training),
    "small": ("var/figures/small_samples.json", small),
    "million": ("var/figures/million.json", million),
}
"""By part: the file its figures are in, and what renders them."""
